"""An activity on its way to its effect: with everybody and everything that it names, as the tables have them."""

from datetime import datetime
from typing import Literal

import msgspec

from service.federation.deliver.outgoing import Outgoing
from service.federation.errors import Refused
from service.federation.read.activities import Activity
from service.federation.receive.known import Collection, Found, Group, Known, Message, Person, Thing
from service.federation.receive.plan import Step
from service.federation.vocabulary import ACTIVITIES, ACTORS, CONTENT, MESSAGES, PERSONS, kind_of
from service.forum.accounts.author import Author

# What an activity is done to, as far as the rules tell it apart.
ObjectKind = Literal["content", "message", "person", "group", "feed", "activity", "unknown"]


class Ignored(Refused):
    """An activity that is none of our business, or that changes nothing here."""


class Act(msgspec.Struct, kw_only=True):
    """One activity, and what comes of it.

    Attributes:
        step: the activity as it was read.
        known: all that its batch names.
        domain: this site's.
        now: naive UTC.
        place: the community in which it happens; set by the rules.
        made: what came to stand here by it.
        outgoing: what is to be sent in consequence.
    """

    step: Step
    known: Known
    domain: str
    now: datetime
    place: Group | None = None
    made: Thing | None = None
    outgoing: list[Outgoing] = msgspec.field(default_factory=list)

    @property
    def activity(self) -> Activity:
        """What is done; of an Undo, what is undone."""
        return self.step.wanted

    @property
    def via(self) -> Group | Collection | None:
        """The community or feed that announced it."""
        found = self.known.find(self.step.activity.via)
        return found if isinstance(found, Group | Collection) else None

    @property
    def actor(self) -> Person | Group | Collection | None:
        """Who does it."""
        found = self.known.find(self.step.activity.actor)
        return found if isinstance(found, Person | Group | Collection) else None

    @property
    def person(self) -> Person:
        """The account that does it.

        Raises:
            Refused: it is none.
        """
        if not isinstance(self.actor, Person):
            raise Refused("actor", "Only an account can do that.")
        return self.actor

    @property
    def author(self) -> Author:
        """What permissions need to know of the account that does it.

        Raises:
            Refused: it is none, or deleted.
        """
        author = self.known.authors.get(self.person.id)
        if author is None:
            raise Refused("actor", "That account is deleted.")
        return author

    @property
    def object(self) -> Found | None:
        """What it is done to."""
        return self.known.find(self.activity.object_id)

    @property
    def thing(self) -> Thing:
        """The post or comment that it is done to.

        Raises:
            Ignored: it is not here.
        """
        found = self.object
        if not isinstance(found, Thing):
            raise Ignored("not here", "That post or comment is not here.")
        return found

    @property
    def told_in(self) -> Group | None:
        """The community of ours whose followers are to hear of it; None if it happens in none."""
        return self.place if self.place is not None and self.place.local and not self.place.hidden else None

    @property
    def object_kind(self) -> ObjectKind:
        """What kind of thing it is done to: as the tables know it, else as it is embedded."""
        return _kind_of_found(self.object) or _kind_of_embedded(self)


def _kind_of_found(found: Found | None) -> ObjectKind | None:
    match found:
        case Thing():
            return "content"
        case Message():
            return "message"
        case Person():
            return "person"
        case Group():
            return "group"
        case Collection():
            return "feed"
        case _:
            return None


def _kind_of_embedded(act: Act) -> ObjectKind:
    kind = act.activity.object_kind or kind_of(act.activity.object)
    content = act.step.content
    if kind in MESSAGES or (content is not None and content.is_message):
        return "message"
    kinds: tuple[tuple[set[str], ObjectKind], ...] = (
        (CONTENT, "content"),
        (PERSONS, "person"),
        ({"Group"}, "group"),
        ({"Feed"} & ACTORS, "feed"),
        (ACTIVITIES, "activity"),
    )
    return next((name for names, name in kinds if kind in names), "unknown")
