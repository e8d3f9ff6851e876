"""Other servers as pages and the API show them."""

from datetime import datetime
from typing import Any

import msgspec

from service.forum.instances.choices import Mode, State
from service.forum.instances.rules import Reason


class InstanceRow(msgspec.Struct, frozen=True):
    """A server; software and version are empty while nothing is known of it."""

    id: int
    domain: str
    software: str
    version: str
    created_at: datetime
    updated_at: datetime


class KnownInstances(msgspec.Struct, frozen=True):
    """The servers by how this one stands to them."""

    linked: list[InstanceRow]
    allowed: list[InstanceRow]
    blocked: list[InstanceRow]


class Proposal(msgspec.Struct, frozen=True):
    """A server that newcomers may choose, with what it says of itself.

    Attributes:
        about: The fields of the API's instance chooser, as the server gave them; some or all may be missing.
    """

    id: int
    domain: str
    language: str
    newbie_friendly: bool
    about: dict[str, Any]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with a server.

    Attributes:
        id: None for one of which no more than an entry of a list is known.
        last_heard: when something last came from it.
        last_reached: when something last reached it.
        failures: tries to reach it that failed since, as far as they were counted.
        why_not: why it may not talk to this site; None if it may.
        allowed: it is on this site's list of the allowed.
        silenced: its communities stand in nobody's Popular and All.
        waiting: activities that it is still to get, counted up to `MOST_COUNTED`.
    """

    id: int | None
    domain: str
    software: str
    version: str
    last_heard: datetime | None
    last_reached: datetime | None
    failures: int
    state: State
    why_not: Reason | None
    allowed: bool
    trusted: bool
    silenced: bool
    waiting: int = 0


class InstancePage(msgspec.Struct, frozen=True):
    """A page of servers.

    Attributes:
        total: how many there are on all pages.
    """

    instances: list[Standing]
    total: int


class ListEntry(msgspec.Struct, frozen=True):
    """An entry of a list that a server is on, itself or one above it.

    Attributes:
        by: who put it there, as PieFed's column says; '' for nobody who is known.
        list_of: the site whose list is followed; '' for a decision of this site.
    """

    domain: str
    reason: str
    by: str
    created_at: datetime | None
    list_of: str


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """All that an administrator is shown of a server.

    Attributes:
        entries: why it is blocked.
        withdrawn: what is here of it is taken down.
        retry_at: when it is tried again; None for at once, or never.
        parked: activities that it was not able to take, which wait for a human.
        skipped: activities that grew too old before it could be reached.
        last_error: what it answered last, where that was no success.
        note: an administrator's.
        posting_warning: what people are told who post there.
    """

    standing: Standing
    entries: tuple[ListEntry, ...] = ()
    withdrawn: bool = False
    met: datetime | None = None
    inbox: str = ""
    people: int = 0
    communities: int = 0
    posts: int = 0
    comments: int = 0
    retry_at: datetime | None = None
    parked: int = 0
    skipped: int = 0
    last_error: str = ""
    note: str = ""
    posting_warning: str = ""


class Subscription(msgspec.Struct, frozen=True):
    """A site whose list of blocks is followed here.

    Attributes:
        entries: how many servers are blocked by it.
        read_at: when it was read last.
        problem: why it could not be read the last time; '' if it could.
    """

    id: int
    domain: str
    entries: int
    read_at: datetime | None
    problem: str


class FollowedSite(msgspec.Struct, frozen=True):
    """A site whose list is to be read.

    Attributes:
        id: of the subscription.
        software: '' while it is not known.
    """

    id: int
    domain: str
    software: str


class Federation(msgspec.Struct, frozen=True):
    """Whom this site federates with."""

    mode: Mode
    blocked: int
    allowed: int
    subscriptions: list[Subscription]
