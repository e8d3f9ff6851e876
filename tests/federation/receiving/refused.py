"""What is refused of what other servers say: each refusal by its word, at a site where something of everything is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from tests.federation.hearing import HERE, PUBLIC, Hearing, group, note, page
from tests.federation.receiving.test_letters import letter
from tests.federation.signing import actor
from tests.forum import making
from tests.servers import DOMAIN

Activity = dict[str, Any]

HIDDEN = f"{HERE}/c/secret"  # a community that keeps to this site
KEEPER = f"{HERE}/u/keeper"  # owns all that is here
READER = f"{HERE}/u/reader"  # has joined two communities elsewhere
GONE = f"{HERE}/u/lost"  # has deleted the account
CATS, OURS = f"{HERE}/c/cats", f"{HERE}/post/1"
PEOPLE = (
    """INSERT INTO {} SELECT u.id, c.id FROM "user" u, community c WHERE u.user_name = '{}' AND c.name {}"""
)
FACTS = (
    "UPDATE community SET local_only = true WHERE name = 'secret'",
    "UPDATE community SET private = true WHERE name = 'club'",
    "UPDATE \"user\" SET banned = true WHERE user_name = 'bob'",
    "UPDATE \"user\" SET deleted = true WHERE user_name IN ('gone', 'lost')",
    PEOPLE.format("community_member (user_id, community_id)", "reader", "IN ('trains', 'club')"),
    PEOPLE.format("community_ban (user_id, community_id)", "ben", "= 'cats'"),
)


class Place:
    """A site that hears, and two other servers.

    Attributes:
        mod, old: of the first one; trains is there, which is followed, planes, which is not, club, which is private,
            and a feed.
        ana, eve, ben, bob, gone: of the second one; ben is banned from cats, bob from this site.
        post, comment, poll, deleted, letter: ana's, all but the letter in cats.
        like: ana's, of the poll.
        early, withdrawn: what was deleted, and what was taken back, before it came.
    """

    def __init__(self, site: Hearing) -> None:
        self.site = site

    async def fill(self) -> None:
        """Make all that there is."""
        site = self.site
        keeper = await making.member(site.database, "keeper")
        for name in ("reader", "lost"):
            await making.member(site.database, name)
        cats, _ = [await making.community(site.database, keeper, name) for name in ("cats", "secret")]
        await site.database.write(
            posts.publish, keeper, NewPost(community_id=cats, title="Ours"), domain=DOMAIN
        )
        first, second = await site.server(), await site.server()
        self.first, self.second = first, second
        self.mod, self.old = (actor(first, f"/u/{name}") for name in ("mod", "old"))
        self.trains, self.planes, self.club = (group(first, name) for name in ("trains", "planes", "club"))
        self.feed = actor(first, "/f/all", type="Feed", following=first.id("/f/all/following"))
        self.ana, self.eve, self.ben, self.bob, self.gone = (
            actor(second, f"/u/{name}") for name in ("ana", "eve", "ben", "bob", "gone")
        )
        theirs = (self.mod, self.old, self.trains, self.planes, self.club, self.feed)
        for one in (*theirs, self.ana, self.eve, self.ben, self.bob, self.gone):
            await site.fetch_actor(one)
        choices = [{"type": "Note", "name": name} for name in ("Tea", "Coffee")]
        poll = page(self.ana, CATS, "/post/2", type="Question", oneOf=choices, endTime="2099-01-01T00:00:00Z")
        written = page(self.ana, CATS), poll, page(self.ana, CATS, "/post/3")
        self.post, self.poll, self.deleted = (one["id"] for one in written)
        answer = note(self.ana, self.post, CATS)
        self.comment, self.letter = answer["id"], letter(self.ana, to=[READER])
        self.early = page(self.ana, CATS, "/post/4")
        self.like = site.activity("Like", self.ana, self.poll)
        self.withdrawn = site.activity("Like", self.ana, self.post)
        await site.hear(*(site.activity("Create", self.ana, one) for one in written), by=self.ana)
        await site.hear(
            site.activity("Create", self.ana, answer),
            site.activity("Create", self.ana, self.letter, to=[READER]),
            *(site.activity("Delete", self.ana, one) for one in (self.deleted, self.early["id"])),
            site.activity("Undo", self.ana, self.withdrawn),
            self.like,
            by=self.ana,
        )
        for fact in FACTS:
            await site.do(fact)
        await self._let_servers_have_things()

    async def _let_servers_have_things(self) -> None:
        """What is fetched when it is named."""
        self.second.has("/notes/9", **page(self.gone, self.trains, "/notes/9"))
        self.second.has("/notes/8", **page(self.ana, HIDDEN, "/notes/8"))
        self.second.has("/private_message/9", **letter(self.ana, 9))
        self.second.has("/u/paper", **page(self.ana, CATS, "/u/paper"))

    def choice(self, parent: str, word: str) -> Activity:
        """Eve's vote in a poll, as a note."""
        return {
            "id": self.second.id(f"/votes/{word}"), "type": "Note", "attributedTo": self.eve,
            "inReplyTo": parent, "name": word, "to": [self.ana],
        }  # fmt: skip


@dataclass(frozen=True)
class Refused:
    """What somebody says, and what becomes of it.

    Attributes:
        kind: of the activity, as it is counted.
        word: the refusal's.
        by: who signs it, as the place calls them.
        said: what.
    """

    kind: str
    word: str
    by: str
    said: Callable[[Place], Activity]


def does(
    kind: str, word: str, by: str, thing: str | Activity | Callable[[Place], Any], **more: Any
) -> Refused:
    """An activity about something that the place has under a name, or an address, or what a function gives."""

    def said(place: Place) -> Activity:
        given = {name: _meant(place, value) for name, value in more.items()}
        return place.site.activity(kind, getattr(place, by), _meant(place, thing), **given)

    return Refused(kind, word, by, said)


def announces(kind: str, word: str, by: str, said: Callable[[Place], Any]) -> Refused:
    """What somebody announces."""
    return Refused(kind, word, by, lambda p: p.site.announced(getattr(p, by), said(p)))


def undoes(kind: str, word: str, by: str, said: Callable[[Place], Activity]) -> Refused:
    """What somebody takes back."""
    return Refused(kind, word, by, lambda p: p.site.activity("Undo", getattr(p, by), said(p)))


def _meant(place: Place, value: Any) -> Any:
    return (
        value(place) if callable(value) else getattr(place, value, value) if isinstance(value, str) else value
    )


def _by(p: Place, kind: str, who: str, thing: Any, **more: Any) -> Activity:
    return p.site.activity(kind, who, thing, **more)


def _letter_in_public(p: Place) -> Activity:
    """A note to one person that names a community, too."""
    return page(p.mod, p.trains, "/notes/5", type="Note", name=None, to=[READER])


REFUSED: dict[str, Refused] = {
    # Who may say something at all
    "vote when banned here": does("Like", "banned", "bob", "post"),
    "report when banned here": does("Flag", "banned", "bob", "post", summary="Spam"),
    "write when banned here": does("Create", "banned", "bob", lambda p: page(p.bob, CATS, "/post/9")),
    "ban when banned here": does("Block", "banned", "bob", "eve", target=CATS),
    "vote with a deleted account": does("Like", "actor", "gone", "post"),
    "vote as a community": does("Like", "actor", "trains", "post"),
    "write in the name of a deleted account": does(
        "Create", "actor", "eve", lambda p: page(p.gone, CATS, "/post/9")
    ),
    "write in the name of a community": does(
        "Create", "actor", "mod", lambda p: page(p.trains, CATS, "/post/9")
    ),
    "name what a deleted account wrote": does(
        "Announce", "actor", "trains", lambda p: p.second.id("/notes/9")
    ),
    # Of what others wrote or did
    "write in the name of another server's": does(
        "Create", "origin", "mod", lambda p: page(p.ana, CATS, "/post/9")
    ),
    "change a comment of somebody else's": does(
        "Update", "origin", "eve", lambda p: note(p.ana, p.post, CATS)
    ),
    "change a letter of somebody else's": does("Update", "origin", "eve", "letter", to=[READER]),
    "take a letter of somebody else's back": does("Delete", "origin", "eve", lambda p: p.letter["id"]),
    "write a letter in somebody else's name": does(
        "Create", "origin", "eve", lambda p: letter(p.ana, 2, to=[READER]), to=[READER]
    ),
    "take somebody else's vote back": undoes("Like", "origin", "eve", lambda p: p.like),
    "delete somebody else's account": does("Delete", "origin", "eve", "ana"),
    "delete another server's community": does("Delete", "origin", "eve", "trains"),
    "answer for another community": does(
        "Accept", "origin", "trains", lambda p: _by(p, "Follow", READER, p.planes)
    ),
    "say that somebody else moves": does("Move", "origin", "eve", "old", target="ana"),
    "ask to quote with another server's": does(
        "QuoteRequest", "origin", "eve", OURS, instrument=lambda p: p.first.id("/notes/1")
    ),
    "ban from another server": does("Block", "origin", "mod", "ana", target=lambda p: p.second.id("/")),
    "ban as no administrator": does("Block", "not_an_admin", "eve", "ana", target=lambda p: p.second.id("/")),
    "pin in another community": does(
        "Add", "origin", "mod", "post", target=lambda p: f"{p.trains}/featured", audience="trains"
    ),
    "speak for a feed as a community": announces(
        "Add", "origin", "trains", lambda p: _by(p, "Add", p.feed, p.planes, target=f"{p.feed}/following")
    ),
    "speak of another server's feed": does(
        "Add", "origin", "feed", "planes", target=lambda p: p.second.id("/f/some/following")
    ),
    # Which community announces it
    "announced by another community": announces(
        "Like", "origin", "trains", lambda p: _by(p, "Like", p.eve, p.post)
    ),
    "announced by whom nobody follows": announces(
        "Like", "unsolicited", "planes", lambda p: _by(p, "Like", p.eve, p.post)
    ),
    "what is done here": announces("Like", "ours", "trains", lambda p: _by(p, "Like", KEEPER, p.post)),
    "a letter announced": announces(
        "Create",
        "private",
        "trains",
        lambda p: _by(p, "Create", p.mod, _letter_in_public(p), audience=p.trains),
    ),
    # What is not for everybody
    "write for followers": does(
        "Create",
        "private",
        "ana",
        lambda p: page(p.ana, CATS, "/post/9", to=[f"{p.ana}/followers"], cc=[CATS]),
    ),
    "write into a private community": does(
        "Create", "private", "eve", lambda p: page(p.eve, p.club, "/post/9", to=[p.club])
    ),
    "fetch a private message": does("Like", "message", "eve", lambda p: p.second.id("/private_message/9")),
    # What says nothing, or nothing that is known
    "write nothing": does("Create", "malformed", "ana", "post"),
    "change a letter into nothing": does("Update", "malformed", "ana", lambda p: p.letter["id"]),
    "write as what is nobody": does(
        "Create", "malformed", "eve", lambda p: page(p.second.id("/u/paper"), CATS, "/post/9")
    ),
    "lock a person": does("Lock", "no rule", "mod", "eve"),
    "like a person": does("Like", "no rule", "eve", "ana"),
    "take writing back": undoes(
        "Create", "malformed", "ana", lambda p: _by(p, "Create", p.ana, page(p.ana, CATS))
    ),
    "take a report back": undoes("Flag", "no rule", "ana", lambda p: _by(p, "Flag", p.ana, OURS)),
    "answer with a post": does("ChooseAnswer", "no rule", "ana", "post"),
    "move a comment": does("Move", "no rule", "ana", "comment", target=CATS),
    "move to nowhere": does("Move", "no rule", "ana", "post", target=f"{HERE}/c/none"),
    # What is not here, or not any more
    "do again what was taken back": Refused("Like", "taken back", "ana", lambda p: p.withdrawn),
    "write what was deleted before": does("Create", "deleted", "ana", "early"),
    "change what is deleted": does("Update", "deleted", "ana", lambda p: page(p.ana, CATS, "/post/3")),
    "lock what is not here": does("Lock", "not here", "mod", {"id": f"{HERE}/post/99", "type": "Page"}),
    "answer what is not here": does(
        "Create", "not here", "ana", lambda p: note(p.ana, f"{HERE}/post/99", CATS, "/c/9")
    ),
    "write where nothing from elsewhere belongs": does(
        "Create", "not here", "ana", lambda p: page(p.ana, HIDDEN, "/post/9")
    ),
    "write for no community": does(
        "Create", "no place", "ana", lambda p: page(p.ana, PUBLIC, "/post/9", audience=None)
    ),
    "name what was written for this site alone": does(
        "Announce", "no place", "trains", lambda p: p.second.id("/notes/8")
    ),
    "write a letter to nobody here": does(
        "Create", "not here", "ana", lambda p: letter(p.ana, 2, to=[p.eve]), to=lambda p: [p.eve]
    ),
    "take a letter back that is not here": does(
        "Delete",
        "not here",
        "ana",
        lambda p: {"id": p.second.id("/private_message/7"), "type": "ChatMessage"},
    ),
    "vote in a poll below a comment": does("Create", "not here", "eve", lambda p: p.choice(p.comment, "Tea")),
    "vote for what is not offered": does("Create", "not here", "eve", lambda p: p.choice(p.poll, "Cocoa")),
    "vote by a word for what is not offered": does(
        "PollVote", "not here", "eve", "poll", choice_text="Cocoa"
    ),
    "quote what is not ours": does(
        "QuoteRequest", "not here", "eve", "post", instrument=lambda p: p.second.id("/notes/1")
    ),
    "pin in nothing": does("Add", "not here", "mod", "post", target=f"{HERE}/c/none/featured"),
    "pin a comment": does("Add", "not here", "mod", "comment", target=f"{CATS}/featured"),
    "ban nobody": does("Block", "not here", "mod", {"id": f"{HERE}/u/none", "type": "Person"}, target=CATS),
    "report nothing of ours": does("Flag", "not here", "eve", "ana", summary="Spam"),
    "say that nothing is dealt with": does(
        "Resolve", "not here", "mod", {"type": "Flag", "id": f"{HERE}/flags/1"}
    ),
    "say that a report of nothing is dealt with": does(
        "Resolve", "not here", "mod", lambda p: _by(p, "Flag", p.eve, f"{HERE}/post/99")
    ),
    "move what is ours": does("Move", "not here", "ana", KEEPER, target="ana"),
    "follow what keeps to this site": does("Follow", "not here", "eve", HIDDEN),
    "follow a community that is elsewhere": does("Follow", "not here", "eve", "trains"),
    "follow a person who is elsewhere": does("Follow", "not here", "eve", "mod"),
    "follow a person who is gone": does("Follow", "not here", "eve", GONE),
    "follow a feed that is elsewhere": does("Follow", "not here", "eve", "feed"),
    "grant what nobody wished": does(
        "Accept", "not here", "trains", lambda p: _by(p, "Follow", READER, p.trains)
    ),
    "refuse what nobody wished": does(
        "Reject", "not here", "trains", lambda p: _by(p, "Follow", KEEPER, p.trains)
    ),
    "put into no feed": does("Add", "not here", "eve", "trains", target=lambda p: f"{p.trains}/nothing"),
    # What the forum refuses
    "write where one is banned": does(
        "Create", "banned_from_community", "ben", lambda p: page(p.ben, CATS, "/post/9")
    ),
    "remove somebody else's": does("Delete", "not_a_mod", "eve", "post"),
    "appoint as nobody": does("Add", "forbidden", "eve", "ana", target=f"{CATS}/moderators", audience=CATS),
}
