"""What other servers hear of the operations in `tests/forum/stated`, and of a few that concern them alone."""

from typing import Any

from service.forum import votes
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.feeds import operations as feeds
from service.forum.messages import operations as messages
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost, PostChanges
from service.forum.reports import operations as reports
from service.forum.reports.operations import Complaint
from tests.forum.making import DOMAIN
from tests.forum.stated.place import Step

FAR_FEED = 100

# What is done, and what is done before it.
ELSEWHERE: dict[str, tuple[Step, Step | None]] = {
    "write to somebody elsewhere": (lambda s, p: _letter(s, p), None),
    "change a letter": (
        lambda s, p, letter: messages.edit(s, p.ana, letter, "Hello again", domain=DOMAIN),
        lambda s, p: _letter(s, p),
    ),
    "take a letter back": (
        lambda s, p, letter: messages.set_deleted(s, p.ana, letter, deleted=True),
        lambda s, p: _letter(s, p),
    ),
    "bring a letter back": (
        lambda s, p, letter: messages.set_deleted(s, p.ana, letter, deleted=False),
        lambda s, p: _letter(s, p, deleted=True),
    ),
    "follow a feed elsewhere": (lambda s, p: feeds.follow(s, p.ben, FAR_FEED), None),
    "follow a feed elsewhere no more": (
        lambda s, p: feeds.unfollow(s, p.ben, FAR_FEED),
        lambda s, p: feeds.follow(s, p.ben, FAR_FEED),
    ),
    "change a post in a community elsewhere": (
        lambda s, p, post: posts.edit(s, p.ben, post, PostChanges(title="Another"), domain=DOMAIN),
        lambda s, p: _post(s, p),
    ),
    "take a post in a community elsewhere back": (
        lambda s, p, post: posts.set_deleted(s, p.ben, post, deleted=True),
        lambda s, p: _post(s, p),
    ),
    "remove a post from a community elsewhere": (
        lambda s, p, post: posts.set_removed(s, p.admin, post, removed=True),
        lambda s, p: _post(s, p),
    ),
    "vote in a community elsewhere": (
        lambda s, p, post: votes.vote_on_post(s, p.eva, post, 1),
        lambda s, p: _post(s, p),
    ),
    "comment in a community elsewhere": (
        lambda s, p, post: comments.publish(s, p.eva, NewComment(post_id=post, body="Well"), domain=DOMAIN),
        lambda s, p: _post(s, p),
    ),
    "report in a community elsewhere": (
        lambda s, p, post: reports.report_post(s, p.eva, post, Complaint(reason="Spam", to_remote=True)),
        lambda s, p: _post(s, p),
    ),
    "leave a community elsewhere": (
        lambda s, p: communities.leave(s, p.ben, p.far_cats),
        lambda s, p: communities.join(s, p.ben, p.far_cats),
    ),
}


async def _letter(session: Any, place: Any, *, deleted: bool = False) -> int:
    """Ana's letter to Zoe."""
    letter: int = await messages.send(session, place.ana, place.far.id, "Hello", domain=DOMAIN)
    if deleted:
        await session.flush()
        await messages.set_deleted(session, place.ana, letter, deleted=True)
    return letter


async def _post(session: Any, place: Any) -> int:
    """Ben's post in the community elsewhere."""
    new = NewPost(community_id=place.far_cats, title="Far away")
    return int((await posts.publish(session, place.ben, new, domain=DOMAIN)).post_id)


HEARD_OF: dict[str, list[str]] = {
    "write to somebody elsewhere": ["Create/Note of u/ana, u2/m+ to zoe"],
    "change a letter": ["Update/Note of u/ana, u2/m+ to zoe"],
    "take a letter back": ["Delete of u/ana, u2/m+ to zoe"],
    "bring a letter back": ["Undo/Delete of u/ana, u2/m+ to zoe"],
    "follow a feed elsewhere": ["Follow of u/ben, f100/u3 to f"],
    "follow a feed elsewhere no more": ["Undo/Follow of u/ben, f100/u3 to f"],
    "change a post in a community elsewhere": ["Update/Page of u/ben, p+ to far_cats"],
    "take a post in a community elsewhere back": ["Delete of u/ben, p+ to far_cats"],
    "vote in a community elsewhere": ["Like of u/eva, p+/v4 to far_cats"],
    "comment in a community elsewhere": ["Create/Note of u/eva, p+/+ to far_cats"],
    "report in a community elsewhere": ["Flag of u/eva, r+ to far_cats"],
    "leave a community elsewhere": ["Undo/Follow of u/ben, c3/u3 to far_cats"],
    "change one's profile": ["Update/Person of u/ben, u3 to everybody"],
    "show an avatar": ["Update/Person of u/ben, u3 to everybody"],
    "follow elsewhere": ["Follow of u/ben, u3/u6 to zoe"],
    "be followed from elsewhere": ["Accept/Follow of u/ana, u2/u6 to zoe"],
    "delete one's account": ["Delete of u/ben, u3 to everybody"],
    "delete one's account with content": ["Delete of u/ben, u3 to everybody"],
    "ban from the site": ["Block of u/admin, u3 to everybody"],
    "ban from the site who is signed in": ["Block of u/admin, u3 to everybody"],
    "ban from the site with content": ["Block of u/admin, u3 to everybody"],
    "ban with the address": ["Block of u/admin, u3 to everybody"],
    "ban and tell": ["Block of u/admin, u3 to everybody"],
    "delete somebody": ["Delete of u/ben, u3 to everybody"],
    "delete who asked to leave": ["Delete of u/ben, u3 to everybody"],
    "save one's settings": [
        "Update/Person of u/ben, u3 to everybody",
        "Update/Person of u/ben, u3 to everybody",
    ],
    "accept a follower": ["Accept/Follow of u/ana, u2/u6 to zoe"],
    "comment": ["Announce/Create/Note of u/ben, p1/+ to c1"],
    "answer": ["Announce/Create/Note of u/ana, p1/1/2/+ to c1"],
    "comment without wanting to be told": ["Announce/Create/Note of u/ben, p1/+ to c1"],
    "edit a comment": ["Announce/Update/Note of u/ben, p1/1/2 to c1"],
    "vote on a comment": ["Announce/Like of u/ben, p1/1/v3 to c1"],
    "vote a comment down": ["Announce/Dislike of u/ben, p1/1/v3 to c1"],
    "vote on one's own comment": ["Announce/Dislike of u/ben, p1/1/2/v3 to c1"],
    "delete a comment": ["Announce/Delete of u/ben, p1/1/2 to c1"],
    "remove a comment": [
        "Announce/Delete+microblogs of u/ben, p1/1/2 to c1",
        "Announce/Delete of u/ana, p1/1/2 to c1",
    ],
    "restore a deleted comment": ["Announce/Undo/Delete of u/ben, p1/1/2 to c1"],
    "restore a removed comment": ["Announce/Undo/Delete of u/ana, p1/1/2 to c1"],
    "lock a comment": ["Announce/Lock of u/ana, p1/1/2 to c1"],
    "distinguish a comment": ["Announce/Update/Note of u/ana, p1/1 to c1"],
    "choose an answer": ["Announce/ChooseAnswer of u/ana, p1/1/2 to c1"],
    "remove some answers": ["Announce/Delete+microblogs of u/ben, p1/1/2 to c1"],
    "change a community": ["Announce/Update/Group of u/ana, c1 to c1"],
    "delete a community": ["Announce/Delete of u/ana, c1 to c1"],
    "join elsewhere": ["Follow of u/ben, c3/u3 to far_cats"],
    "make a moderator": ["Announce/Add of u/ana, c1/u3 to c1"],
    "make a stranger a moderator": ["Announce/Add of u/ana, c1/u4 to c1"],
    "ban from the community": ["Announce/Block of u/ana, c1/u3 to c1"],
    "ban a stranger from the community": ["Announce/Block of u/ana, c1/u4 to c1"],
    "ban from the community with content": ["Announce/Block of u/ana, c1/u3 to c1"],
    "let somebody in from elsewhere": ["Accept/Follow of c/cats, c1/u6 to zoe"],
    "make a flair": ["Announce/Update/Group of u/ana, c1 to c1"],
    "change a flair": ["Announce/Update/Group of u/ana, c1 to c1"],
    "remove a flair": ["Announce/Update/Group of u/ana, c1 to c1"],
    "rename a feed": ["Update/Feed of u/ana, f1 to zoe"],
    "put a community into a feed": [
        "Announce/Add/Group of f/pets, f1 to zoe",
        "Update/Feed of u/ana, f1 to zoe",
    ],
    "put a community into a followed feed": [
        "Announce/Add/Group of f/pets, f1 to zoe",
        "Update/Feed of u/ana, f1 to zoe",
    ],
    "take a community out of a followed feed": [
        "Announce/Remove/Group of f/pets, f1 to zoe",
        "Update/Feed of u/ana, f1 to zoe",
    ],
    "delete a feed": ["Delete/Feed of u/ana, f1 to zoe"],
    "follow a feed from elsewhere": ["Accept/Follow of f/pets, f1/u6 to zoe"],
    "take a feed down": ["Delete/Feed of u/ana, f1 to zoe"],
    "remove what was reported": [
        "Announce/Delete+microblogs of u/ana, p1/1 to c1",
        "Announce/Delete of u/admin, p1/1 to c1",
    ],
    "lock what was reported": ["Announce/Lock of u/ana, p1/1 to c1"],
    "remove some of what somebody wrote": [
        "Announce/Delete+microblogs of u/ben, p2 to c1",
        "Announce/Delete+microblogs of u/ben, p1/1/2 to c1",
    ],
    "publish": ["Announce/Create/Page of u/ben, p+ to c1"],
    "publish a link": ["Announce/Create/Page of u/ben, p+ to c1"],
    "publish in a community elsewhere": ["Create/Page of u/ben, p+ to far_cats"],
    "edit the title": ["Announce/Update/Page of u/ben, p2 to c1"],
    "edit the body": ["Announce/Update/Page of u/ben, p2 to c1"],
    "edit the address": ["Announce/Update/Page of u/ben, p2 to c1"],
    "vote up": ["Announce/Like of u/ben, p1/v3 to c1"],
    "vote down": ["Announce/Dislike of u/ben, p1/v3 to c1"],
    "turn a vote": ["Announce/Dislike of u/ben, p1/v3 to c1"],
    "vote on one's own": ["Announce/Dislike of u/ben, p2/v3 to c1"],
    "delete a post": ["Announce/Delete of u/ben, p2 to c1"],
    "remove a post": ["Announce/Delete+microblogs of u/ben, p2 to c1", "Announce/Delete of u/ana, p2 to c1"],
    "restore a deleted post": ["Announce/Undo/Delete of u/ben, p2 to c1"],
    "restore a removed post": ["Announce/Undo/Delete of u/ana, p2 to c1"],
    "lock a post": ["Announce/Lock of u/ana, p2 to c1"],
    "pin a post": ["Announce/Add of u/ana, p2 to c1"],
    "pin a post on the site": ["Announce/Add of u/admin, p2 to c1"],
    "move a post": ["Announce/Move of u/ana, p2 to c1"],
    "assign a flair": ["Announce/Update/Page of u/ben, p2 to c1"],
    "publish now what was to wait": ["Announce/Create/Page of u/ben, p3 to c1"],
    "let nobody quote any more": ["Delete/QuoteAuthorization of u/ana, p1 to zoe"],
    "keep some posts no longer": [
        "Announce/Delete+microblogs of u/ana, p1 to c1",
        "Announce/Delete of u/admin, p1 to c1",
        "Announce/Delete+microblogs of u/ben, p2 to c1",
        "Announce/Delete of u/admin, p2 to c1",
        "Announce/Delete+microblogs of u/ana, p4 to c1",
        "Announce/Delete of u/admin, p4 to c1",
    ],
    "let a post through": ["Announce/Create/Page of u/ben, p2 to c1"],
    "publish what is due": ["Announce/Create/Page of u/ben, p3 to c1"],
    "unpack": ["Update/Person of u/ben, u3 to everybody"],
    "not to vote up": ["Announce/Undo/Like of u/ben, p1/v3 to c1"],
    "not to vote on a comment": ["Announce/Undo/Like of u/ben, p1/1/v3 to c1"],
    "not to delete a post": ["Announce/Undo/Delete of u/ben, p2 to c1"],
    "not to remove a post": ["Announce/Undo/Delete of u/ana, p2 to c1"],
    "not to delete a comment": ["Announce/Undo/Delete of u/ben, p1/1/2 to c1"],
    "not to remove a comment": ["Announce/Undo/Delete of u/ana, p1/1/2 to c1"],
    "not to lock a post": ["Announce/Undo/Lock of u/ana, p2 to c1"],
    "not to lock a comment": ["Announce/Undo/Lock of u/ana, p1/1/2 to c1"],
    "not to pin a post": ["Announce/Remove of u/ana, p2 to c1"],
    "not to make a moderator": ["Announce/Remove of u/ana, c1/u3 to c1"],
    "not to ban from the community": ["Announce/Undo/Block of u/ana, c1/u3 to c1"],
    "not to delete a community": ["Announce/Undo/Delete of u/ana, c1 to c1"],
    "not to delete a feed": ["Undo/Delete/Feed of u/ana, f1 to zoe"],
    "not to ban from the site": ["Undo/Block of u/admin, u3 to everybody"],
}
