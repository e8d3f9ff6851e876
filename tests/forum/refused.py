"""What operations refuse: each refusal by its word, at the place where all operations are tried."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import polls
from service.forum.accounts import operations as accounts
from service.forum.accounts.choices import Role
from service.forum.accounts.operations.administration import Act, Action
from service.forum.accounts.queries.profiles import profile_by_id
from service.forum.accounts.viewer import Viewer
from service.forum.attachments import operations as attachments
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.communities.operations import NewCommunity
from service.forum.errors import ForumError
from service.forum.feeds import operations as feeds
from service.forum.messages import operations as messages
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost, PostChanges
from service.forum.reports import operations as reports
from service.forum.reports import rules as report_rules
from service.forum.reports.operations import Complaint
from service.forum.votes import operations as votes
from service.forum.wiki import operations as wiki
from service.forum.wiki.operations import PageText
from service.storage.transaction import Database
from tests.forum.making import DOMAIN, KEYS
from tests.forum.stated.place import OTHER_IMAGE, Place, Step, then

SPAM = Complaint(reason="Spam")


@dataclass(frozen=True)
class Refused:
    """What an operation refuses.

    Attributes:
        word: the refusal's code, and behind a colon the field at fault, if one is named.
        step: gets the session and the place.
        after: what is done before it, or statements with the place's values in them.
    """

    word: str
    step: Step
    after: Step | str = ""


async def refusal(database: Database, place: Place, refused: Refused) -> str:
    """Try an operation, and take back whatever it did; return how it was refused, "" if it was not."""

    async def attempt(session: AsyncSession) -> None:
        if isinstance(refused.after, str):
            if refused.after:
                for statement in refused.after.format(**vars(place)).split(";"):
                    await session.execute(text(statement))
        else:
            await refused.after(session, place)
        await session.flush()
        try:
            await refused.step(session, place)
            await session.flush()
        except ForumError as error:
            raise _EndedError(f"{error.code}:{error.field}" if error.field else error.code) from error
        raise _EndedError("")

    try:
        await database.write(attempt)
    except _EndedError as ended:
        return str(ended)
    raise AssertionError("it was not taken back")


class _EndedError(Exception):
    """Takes an attempt back."""


def publish(author: str, **more: Any) -> Step:
    """A post in the community."""
    return lambda s, p: posts.publish(
        s, getattr(p, author), NewPost(**{"community_id": p.cats, "title": "New"} | more), domain=DOMAIN
    )


def answer(author: str, post: str = "post", parent: str = "") -> Step:
    """A comment below a post, or below another."""
    return lambda s, p: comments.publish(
        s,
        getattr(p, author),
        NewComment(post_id=getattr(p, post), body="New", parent_id=getattr(p, parent) if parent else None),
        domain=DOMAIN,
    )


def without(right: str) -> Callable[[Place], Any]:
    """Somebody whom the site does not let do one thing any more."""
    return lambda place: msgspec.structs.replace(place.ben, **{right: True})


def wiki_page(title: str, slug: str) -> PageText:
    """A page of a wiki."""
    return PageText(title=title, slug=slug, body="Be kind")


def doing(action: Action, who: str = "ben") -> Step:
    """What an administrator does to an account."""
    return lambda s, p: accounts.perform(s, p.power, action, getattr(p, who).id, Act())


def banned(who: str, place: str = "cats") -> Step:
    """Ana bans somebody from a community."""
    return lambda s, p: communities.ban_member(s, p.ana, getattr(p, place), getattr(p, who).id)


async def invited(session: AsyncSession, place: Place) -> str:
    """Invite eva; return the word in the link."""
    await communities.invite(session, place.ana, place.cats, place.eva.id, domain=DOMAIN)
    return str(await session.scalar(text("SELECT token FROM community_invitation ORDER BY id DESC LIMIT 1")))


def by_word(accept: Callable[[AsyncSession, Place, str], Awaitable[Any]]) -> Step:
    """Do something with an invitation that was just sent."""

    async def step(session: AsyncSession, place: Place) -> None:
        await accept(session, place, await invited(session, place))

    return step


REFUSED: dict[str, Refused] = {
    # Whom the site, a community or a feed has banned
    "post when banned from posting": Refused(
        "banned_from_posting",
        lambda s, p: posts.publish(
            s, without("ban_posts")(p), NewPost(community_id=p.cats, title="New"), domain=DOMAIN
        ),
    ),
    "edit a post when banned from posting": Refused(
        "banned_from_posting",
        lambda s, p: posts.edit(
            s, without("ban_posts")(p), p.bens_post, PostChanges(title="Other"), domain=DOMAIN
        ),
    ),
    "bring a post back when banned from posting": Refused(
        "banned_from_posting",
        lambda s, p: posts.set_deleted(s, without("ban_posts")(p), p.bens_post, deleted=False),
        lambda s, p: posts.set_deleted(s, p.ben, p.bens_post, deleted=True),
    ),
    "comment when banned from commenting": Refused(
        "banned_from_commenting",
        lambda s, p: comments.publish(
            s, without("ban_comments")(p), NewComment(post_id=p.post, body="New"), domain=DOMAIN
        ),
    ),
    "edit a comment when banned from commenting": Refused(
        "banned_from_commenting",
        lambda s, p: comments.edit(s, without("ban_comments")(p), p.bens_comment, "Other", domain=DOMAIN),
    ),
    "bring a comment back when banned from commenting": Refused(
        "banned_from_commenting",
        lambda s, p: comments.set_deleted(s, without("ban_comments")(p), p.bens_comment, deleted=False),
        lambda s, p: comments.set_deleted(s, p.ben, p.bens_comment, deleted=True),
    ),
    "choose an answer where one is banned": Refused(
        "banned_from_community",
        lambda s, p: comments.set_answer(s, p.ben, p.comment, answer=True),
        "UPDATE post SET user_id = {ben.id} WHERE id = {post};"
        " INSERT INTO community_ban (user_id, community_id) VALUES ({ben.id}, {cats})",
    ),
    "choose an answer to somebody else's question": Refused(
        "not_a_mod", lambda s, p: comments.set_answer(s, p.ben, p.comment, answer=True)
    ),
    "bring a post back where one is banned": Refused(
        "banned_from_community",
        lambda s, p: posts.set_deleted(s, p.ben, p.bens_post, deleted=False),
        lambda s, p: then(
            s,
            posts.set_deleted(s, p.ben, p.bens_post, deleted=True),
            communities.ban_member(s, p.ana, p.cats, p.ben.id),
        ),
    ),
    "bring a comment back where one is banned": Refused(
        "banned_from_community",
        lambda s, p: comments.set_deleted(s, p.ben, p.bens_comment, deleted=False),
        lambda s, p: then(
            s,
            comments.set_deleted(s, p.ben, p.bens_comment, deleted=True),
            communities.ban_member(s, p.ana, p.cats, p.ben.id),
        ),
    ),
    "report where one is banned": Refused(
        "banned_from_community",
        lambda s, p: reports.report_post(s, p.ben, p.post, SPAM),
        banned("ben"),
    ),
    "watch where one is banned": Refused(
        "banned_from_community",
        lambda s, p: communities.set_watched(s, p.ben, p.cats, watched=True),
        banned("ben"),
    ),
    "join where one is banned": Refused(
        "banned_from_community",
        lambda s, p: communities.join(s, p.eva, p.cats),
        banned("eva"),
    ),
    "join where one's membership is banned": Refused(
        "banned_from_community",
        lambda s, p: communities.join(s, p.ben, p.cats),
        "UPDATE community_member SET is_banned = true WHERE user_id = {ben.id} AND community_id = {cats}",
    ),
    "follow a feed that banned one": Refused(
        "banned_from_feed",
        lambda s, p: feeds.follow(s, p.eva, p.feed),
        "INSERT INTO feed_member (user_id, feed_id, is_banned) VALUES ({eva.id}, {feed}, true)",
    ),
    # Joining, leaving and inviting
    "join a community that invites": Refused(
        "by_invitation",
        lambda s, p: communities.join(s, p.eva, p.cats),
        "UPDATE community SET invitations = 2 WHERE id = {cats}",
    ),
    "join a private community": Refused("not_found", lambda s, p: communities.join(s, p.eva, p.secret)),
    "join from elsewhere what keeps to the site": Refused(
        "local_only",
        lambda s, p: communities.join(s, p.far, p.cats),
        "UPDATE community SET local_only = true WHERE id = {cats}",
    ),
    "leave one's own community": Refused(
        "owner_cannot_leave", lambda s, p: communities.leave(s, p.ana, p.cats)
    ),
    "leave one's own feed": Refused("owner_cannot_leave", lambda s, p: feeds.unfollow(s, p.ana, p.feed)),
    "step down as the last moderator": Refused(
        "last_moderator",
        lambda s, p: communities.set_moderator(s, p.ana, p.cats, p.ana.id, added=False),
        "UPDATE community_member SET is_owner = false WHERE community_id = {cats}",
    ),
    "dismiss the owner": Refused(
        "owner_is_moderator",
        lambda s, p: communities.set_moderator(s, p.admin, p.cats, p.ana.id, added=False),
    ),
    "hand a community over to whoever does not moderate it": Refused(
        "not_a_moderator", lambda s, p: communities.hand_over(s, p.ana, p.cats, p.ben.id)
    ),
    "hand somebody else's community over": Refused(
        "forbidden",
        lambda s, p: communities.hand_over(s, p.ben, p.cats, p.ben.id),
        lambda s, p: communities.set_moderator(s, p.ana, p.cats, p.ben.id, added=True),
    ),
    "invite without the right to": Refused(
        "may_not_invite", lambda s, p: communities.invite(s, p.eva, p.cats, p.far.id, domain=DOMAIN)
    ),
    "invite a member": Refused(
        "conflict:person", lambda s, p: communities.invite(s, p.ana, p.cats, p.ben.id, domain=DOMAIN)
    ),
    "invite whom the community banned": Refused(
        "banned_from_community",
        lambda s, p: communities.invite(s, p.ana, p.cats, p.eva.id, domain=DOMAIN),
        banned("eva"),
    ),
    "invite whom the site banned": Refused(
        "banned_from_community",
        lambda s, p: communities.invite(s, p.ana, p.cats, p.eva.id, domain=DOMAIN),
        lambda s, p: accounts.ban(s, p.admin, p.eva.id),
    ),
    "invite people of other servers to what keeps to the site": Refused(
        "invalid:person",
        lambda s, p: communities.invite(s, p.ana, p.cats, p.far.id, domain=DOMAIN),
        "UPDATE community SET local_only = true WHERE id = {cats}",
    ),
    "accept somebody else's invitation": Refused(
        "not_found", by_word(lambda s, p, word: communities.accept_invitation(s, p.ben, word))
    ),
    "turn somebody else's invitation down": Refused(
        "not_found", by_word(lambda s, p, word: communities.decline_invitation(s, p.ben, word))
    ),
    "accept an invitation when banned since": Refused(
        "banned_from_community",
        by_word(
            lambda s, p, word: then(
                s,
                communities.ban_member(s, p.ana, p.cats, p.eva.id),
                communities.accept_invitation(s, p.eva, word),
            )
        ),
    ),
    "accept an invitation into a deleted community": Refused(
        "no_such_community",
        by_word(
            lambda s, p, word: then(
                s,
                communities.set_deleted(s, p.ana, p.cats, deleted=True),
                communities.accept_invitation(s, p.eva, word),
            )
        ),
    ),
    "withdraw somebody else's invitation": Refused(
        "not_a_mod",
        lambda s, p: then(s, invited(s, p), _withdraw(s, p)),
    ),
    # Making, moving and closing
    "make a community where administrators do": Refused(
        "only_admins_can_create_communities",
        lambda s, p: communities.create(
            s, p.ben, NewCommunity(name="birds", title="Birds", keys=KEYS), domain=DOMAIN
        ),
        "UPDATE site SET community_creation_admin_only = true",
    ),
    "move a post out of a community that keeps to the site": Refused(
        "not_for_everybody",
        lambda s, p: posts.move(s, p.ana, p.bens_post, p.dogs),
        "UPDATE community SET local_only = true WHERE id = {cats}",
    ),
    "move a post into a private community": Refused(
        "not_for_everybody", lambda s, p: posts.move(s, p.ana, p.bens_post, p.secret)
    ),
    "move a post to where its author is banned": Refused(
        "banned_from_community",
        lambda s, p: posts.move(s, p.ana, p.bens_post, p.dogs),
        banned("ben", "dogs"),
    ),
    "move a post to where one does not moderate": Refused(
        "not_a_mod",
        lambda s, p: posts.move(s, p.eva, p.bens_post, p.dogs),
        lambda s, p: communities.set_moderator(s, p.ana, p.cats, p.eva.id, added=True),
    ),
    "post in a closed community": Refused(
        "community_closed", publish("ana"), "UPDATE community SET banned = true WHERE id = {cats}"
    ),
    "comment in a closed community": Refused(
        "community_closed", answer("ana"), "UPDATE community SET banned = true WHERE id = {cats}"
    ),
    # What was deleted, or is not out
    "bring back what a moderator removed": Refused(
        "removed_by_moderator",
        lambda s, p: posts.set_deleted(s, p.ben, p.bens_post, deleted=False),
        lambda s, p: posts.set_removed(s, p.ana, p.bens_post, removed=True),
    ),
    "bring back a comment that a moderator removed": Refused(
        "removed_by_moderator",
        lambda s, p: comments.set_deleted(s, p.ben, p.bens_comment, deleted=False),
        lambda s, p: comments.set_removed(s, p.ana, p.bens_comment, removed=True),
    ),
    "bring back what its author deleted": Refused(
        "deleted_by_author",
        lambda s, p: posts.set_removed(s, p.ana, p.bens_post, removed=False),
        lambda s, p: posts.set_deleted(s, p.ben, p.bens_post, deleted=True),
    ),
    **{
        f"{what} a deleted post": Refused(
            "gone", step, lambda s, p: posts.set_deleted(s, p.ben, p.bens_post, deleted=True)
        )
        for what, step in {
            "hide": lambda s, p: posts.set_hidden(s, p.ben, p.bens_post, hidden=True),
            "save": lambda s, p: posts.set_saved(s, p.ben, p.bens_post, saved=True),
            "vote on": lambda s, p: votes.vote_on_post(s, p.ben, p.bens_post, -1),
            "edit": lambda s, p: posts.edit(s, p.ben, p.bens_post, PostChanges(title="Other"), domain=DOMAIN),
            "report": lambda s, p: reports.report_post(s, p.ben, p.bens_post, SPAM),
        }.items()
    },
    **{
        f"{what} a deleted comment": Refused(
            "gone", step, lambda s, p: comments.set_deleted(s, p.ben, p.bens_comment, deleted=True)
        )
        for what, step in {
            "save": lambda s, p: comments.set_saved(s, p.ben, p.bens_comment, saved=True),
            "vote on": lambda s, p: votes.vote_on_comment(s, p.ben, p.bens_comment, -1),
            "edit": lambda s, p: comments.edit(s, p.ben, p.bens_comment, "Other", domain=DOMAIN),
            "choose as an answer": lambda s, p: comments.set_answer(s, p.ana, p.bens_comment, answer=True),
        }.items()
    },
    "comment on a deleted post": Refused(
        "gone", answer("ben"), lambda s, p: posts.set_deleted(s, p.ana, p.post, deleted=True)
    ),
    "answer a deleted comment": Refused(
        "gone",
        answer("ben", parent="comment"),
        lambda s, p: comments.set_deleted(s, p.ana, p.comment, deleted=True),
    ),
    "answer a comment of another post": Refused("not_found", answer("ben", "bens_post", parent="comment")),
    "comment on what waits": Refused("not_found", answer("eva", "waiting")),
    "comment on what the site does not take": Refused(
        "not_found",
        answer("ben"),
        lambda s, p: then(
            s,
            s.execute(text(f"UPDATE post SET nsfw = true WHERE id = {p.post}")),
            s.execute(text("UPDATE site SET enable_nsfw = false")),
        ),
    ),
    "vote on what waits": Refused("not_found", lambda s, p: votes.vote_on_post(s, p.eva, p.waiting, 1)),
    "comment below what is locked": Refused(
        "locked", answer("ben"), lambda s, p: posts.set_locked(s, p.ana, p.post, locked=True)
    ),
    "edit a comment below what is locked": Refused(
        "locked",
        lambda s, p: comments.edit(s, p.ben, p.bens_comment, "Other", domain=DOMAIN),
        lambda s, p: posts.set_locked(s, p.ana, p.post, locked=True),
    ),
    "answer whoever blocks one": Refused(
        "blocked", answer("ben"), lambda s, p: accounts.block(s, p.ana, p.ben.id)
    ),
    "edit somebody else's comment": Refused(
        "forbidden", lambda s, p: comments.edit(s, p.ana, p.bens_comment, "Other", domain=DOMAIN)
    ),
    "edit somebody else's post": Refused(
        "forbidden", lambda s, p: posts.edit(s, p.ana, p.bens_post, PostChanges(title="Other"), domain=DOMAIN)
    ),
    "make one's post NSFW where nothing is": Refused(
        "nsfw_not_allowed:nsfw",
        lambda s, p: posts.edit(s, p.ben, p.bens_post, PostChanges(nsfw=True), domain=DOMAIN),
        "UPDATE site SET enable_nsfw = false",
    ),
    "say nothing but this": Refused(
        "low_quality_reply:body",
        lambda s, p: comments.publish(s, p.ben, NewComment(post_id=p.post, body="This."), domain=DOMAIN),
        "UPDATE site SET enable_this_comment_filter = true",
    ),
    "say nothing but a moving picture": Refused(
        "low_quality_reply:body",
        lambda s, p: comments.publish(
            s, p.ben, NewComment(post_id=p.post, body="https://i.imgflip.com/a.gif"), domain=DOMAIN
        ),
        "UPDATE site SET enable_gif_reply_rep_decrease = true",
    ),
    # Polls
    "vote otherwise in a poll": Refused(
        "already_voted:choice_id",
        lambda s, p: polls.vote(s, p.ben, p.poll, [p.choices[1]]),
        lambda s, p: polls.vote(s, p.ben, p.poll, [p.choices[0]]),
    ),
    "vote in a poll that is over": Refused(
        "poll_closed",
        lambda s, p: polls.vote(s, p.ben, p.poll, [p.choices[0]]),
        "UPDATE poll SET end_poll = '2020-01-01'",
    ),
    "choose two where one may be chosen": Refused(
        "invalid:choice_id", lambda s, p: polls.vote(s, p.ben, p.poll, p.choices[:2])
    ),
    "choose what is not offered": Refused(
        "invalid:choice_id", lambda s, p: polls.vote(s, p.ben, p.poll, [2**30])
    ),
    # Messages and reports
    "write to whoever takes no messages": Refused(
        "no_messages",
        lambda s, p: messages.send(s, p.ben, p.eva.id, "Hello", domain=DOMAIN),
        'UPDATE "user" SET accept_private_messages = 0 WHERE id = {eva.id}',
    ),
    "write to whoever blocks one": Refused(
        "no_messages",
        lambda s, p: messages.send(s, p.ben, p.eva.id, "Hello", domain=DOMAIN),
        lambda s, p: accounts.block(s, p.eva, p.ben.id),
    ),
    "write to whom one blocks": Refused(
        "blocked",
        lambda s, p: messages.send(s, p.ben, p.eva.id, "Hello", domain=DOMAIN),
        lambda s, p: accounts.block(s, p.ben, p.eva.id),
    ),
    "edit a message to whoever blocks one since": Refused(
        "no_messages",
        lambda s, p: messages.edit(s, p.ana, p.message, "Hello again", domain=DOMAIN),
        lambda s, p: accounts.block(s, p.ben, p.ana.id),
    ),
    "edit somebody else's message": Refused(
        "not_found", lambda s, p: messages.edit(s, p.ben, p.message, "Hello again", domain=DOMAIN)
    ),
    "mark one's own message": Refused(
        "not_found", lambda s, p: messages.mark(s, p.ana, p.message, read=True)
    ),
    "leave somebody else's conversation": Refused(
        "not_found", lambda s, p: messages.leave(s, p.eva, p.conversation)
    ),
    "report somebody else's message": Refused(
        "not_found", lambda s, p: reports.report_message(s, p.eva, p.message, SPAM)
    ),
    "report somebody else's conversation": Refused(
        "not_found", lambda s, p: reports.report_conversation(s, p.eva, p.conversation, SPAM)
    ),
    "report oneself": Refused(
        "invalid:person_id", lambda s, p: reports.report_person(s, p.ben, p.ben.id, SPAM)
    ),
    "report a post that was looked at": Refused(
        "already_assessed",
        lambda s, p: reports.report_post(s, p.ben, p.post, SPAM),
        f"UPDATE post SET reports = {report_rules.IGNORES_REPORTS} WHERE id = {{post}}",
    ),
    "report a comment that was looked at": Refused(
        "already_assessed",
        lambda s, p: reports.report_comment(s, p.eva, p.comment, SPAM),
        f"UPDATE post_reply SET reports = {report_rules.IGNORES_REPORTS} WHERE id = {{comment}}",
    ),
    "report a deleted comment": Refused(
        "gone",
        lambda s, p: reports.report_comment(s, p.eva, p.bens_comment, SPAM),
        lambda s, p: comments.set_deleted(s, p.ben, p.bens_comment, deleted=True),
    ),
    "report a closed community": Refused(
        "no_such_community",
        lambda s, p: reports.report_community(s, p.ben, p.cats, SPAM),
        "UPDATE community SET banned = true WHERE id = {cats}",
    ),
    # Wikis
    "write a second wiki page under a word": Refused(
        "conflict:slug",
        lambda s, p: wiki.add(s, p.ana, p.cats, wiki_page("Rules", "rules"), domain=DOMAIN),
    ),
    "call a wiki page like another": Refused(
        "conflict:slug",
        lambda s, p: wiki.edit(s, p.ana, p.cats, p.wiki_page, wiki_page("Rules", "other"), domain=DOMAIN),
        lambda s, p: wiki.add(s, p.ana, p.cats, wiki_page("Other", "other"), domain=DOMAIN),
    ),
    "change a wiki page of another community": Refused(
        "not_found",
        lambda s, p: wiki.edit(s, p.ana, p.dogs, p.wiki_page, wiki_page("Rules", "rules"), domain=DOMAIN),
    ),
    "change a wiki page of the moderators": Refused(
        "forbidden",
        lambda s, p: wiki.edit(s, p.ben, p.cats, p.wiki_page, wiki_page("Rules", "rules"), domain=DOMAIN),
    ),
    "change a wiki page for everybody where one is banned": Refused(
        "forbidden",
        lambda s, p: wiki.edit(s, p.ben, p.cats, p.wiki_page, wiki_page("Rules", "rules"), domain=DOMAIN),
        "UPDATE community_wiki_page SET who_can_edit = 3;"
        " UPDATE community_member SET is_banned = true WHERE user_id = {ben.id}",
    ),
    # Accounts
    "take somebody else's address": Refused(
        "email_taken:email", lambda s, p: accounts.change_email(s, p.ben, "ana@post.example")
    ),
    "want somebody else's address": Refused(
        "email_taken:email", lambda s, p: accounts.want_email(s, p.ben, "ana@post.example")
    ),
    "give a role to somebody banned": Refused(
        "cannot_sign_in",
        lambda s, p: accounts.set_role(s, p.power, p.ben.id, Role.ADMINISTRATOR, held=True),
        lambda s, p: accounts.ban(s, p.admin, p.ben.id),
    ),
    "give a role to somebody unconfirmed": Refused(
        "cannot_sign_in",
        lambda s, p: accounts.set_role(s, p.power, p.newcomer, Role.ADMINISTRATOR, held=True),
    ),
    "dismiss the first administrator": Refused(
        "first_account",
        lambda s, p: accounts.set_role(s, p.power, p.admin.id, Role.ADMINISTRATOR, held=False),
    ),
    "ban the owner of the community": Refused(
        "target_moderates",
        lambda s, p: communities.ban_member(s, p.ben, p.cats, p.ana.id),
        lambda s, p: communities.set_moderator(s, p.ana, p.cats, p.ben.id, added=True),
    ),
    "let in again whom nobody banned": Refused("not_banned", doing("unban")),
    "ban somebody banned": Refused("already_banned", doing("ban"), doing("ban")),
    "enable whom nobody disabled": Refused("not_disabled", doing("enable")),
    "disable somebody disabled": Refused("already_disabled", doing("disable"), doing("disable")),
    "disable an administrator": Refused("forbidden", doing("disable", "admin")),
    "confirm somebody disabled": Refused(
        "disabled:verified",
        lambda s, p: accounts.update_account(s, p.power, p.ben.id, {"verified": True}, domain=DOMAIN),
        doing("disable"),
    ),
    "confirm whose application waits": Refused(
        "application_waiting:verified",
        lambda s, p: accounts.update_account(s, p.power, p.newcomer, {"verified": True}, domain=DOMAIN),
        "INSERT INTO user_registration (user_id, status, answer) VALUES ({newcomer}, 0, 'Please')",
    ),
    "look for nobody": Refused("no_such_person", lambda s, p: _profile(s, p.ben, 2**30)),
    "end somebody else's session": Refused(
        "not_found",
        lambda s, p: accounts.revoke_session(s, p.ben, "00" * 32),
        "INSERT INTO pieloop.session (token_hash, user_id, created_at, last_seen_at, expires_at, user_agent, ip)"
        " VALUES (decode(repeat('00', 32), 'hex'), {ana.id}, now(), now(), '9999-12-31', '', '')",
    ),
    "keep more than fits": Refused(
        "quota_reached:file",
        lambda s, p: attachments.keep_upload(s, p.ben.id, OTHER_IMAGE, p.claim, quota=1500, field="file"),
    ),
}


async def _profile(session: AsyncSession, viewer: Viewer, account_id: int) -> None:
    await profile_by_id(await session.connection(), viewer, account_id)


async def _withdraw(session: AsyncSession, place: Place) -> None:
    last = await session.scalar(text("SELECT max(id) FROM community_invitation"))
    await communities.withdraw_invitation(session, place.ben, last)
