"""SQL of how it stands with servers, in the words of `rules`."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from service.forum.instances.choices import Mode, State
from service.forum.instances.rules import Lists
from service.storage.tables import AllowedInstance, BannedInstance, Instance

LABELS_MAX = 127  # of a host

# SQL of a text that may be NULL.
Text = ColumnElement[Any] | InstrumentedAttribute[Any]


def blocked_here() -> Select[Any]:
    """SQL: the entries that administrators made."""
    return select(BannedInstance.domain).where(BannedInstance.subscription_id.is_(None))


def blocked_elsewhere() -> Select[Any]:
    """SQL: the entries of lists that are followed."""
    return select(BannedInstance.domain).where(BannedInstance.subscription_id.is_not(None))


def is_blocked(domain: Text) -> ColumnElement[bool]:
    """SQL: `Lists.entry` of a host says that it is on a list of the blocked."""
    return or_(
        covered(domain, blocked_here()),
        and_(covered(domain, blocked_elsewhere()), ~covered(domain, select(AllowedInstance.domain))),
    )


def covered(domain: Text, entries: Select[Any]) -> ColumnElement[bool]:
    """SQL: `Hosts.cover` of a host.

    Parameters:
        domain: the host, perhaps with a port.
        entries: of a list, one column.
    """
    listed = entries.subquery()
    entry = plain(listed.c.domain)
    host = func.split_part(domain, ":", 1)
    labels = func.string_to_array(host, ".", type_=ARRAY(String))
    place = func.generate_series(1, func.cardinality(labels)).alias("place")
    suffix = func.array_to_string(labels[place.column : LABELS_MAX], ".")
    by_name = exists(select(literal(1)).select_from(place).where(suffix.in_(select(entry))))
    pattern = func.concat(r"^([^/]*\.)?", _as_pattern(entry), "$")
    by_stars = exists(
        select(literal(1))
        .select_from(listed)
        .where(entry.contains("*", autoescape=True), host.regexp_match(pattern))
    )
    return or_(by_name, by_stars)


def state_of(lists: Lists, domain: Text) -> ColumnElement[str]:
    """SQL: the State of a server, joined to `Instance`, which may be missing.

    Parameters:
        lists: those in force.
        domain: its host.
    """
    blocked = true() if lists.mode is Mode.OFF else is_blocked(domain)
    return case(
        (blocked, State.BLOCKED.value),
        (
            and_(
                true() if lists.mode is Mode.ALLOW else false(),
                ~covered(domain, select(AllowedInstance.domain)),
            ),
            State.BLOCKED.value,
        ),
        (Instance.gone_forever.is_(True), State.GONE.value),
        (Instance.dormant.is_(True), State.DORMANT.value),
        (func.coalesce(Instance.failures, 0) > 0, State.FAILING.value),
        (Instance.id.is_(None), State.UNKNOWN.value),
        else_=State.WELL.value,
    )


def plain(entry: Text) -> Text:
    """SQL: an entry as `host_from` has it, as far as the tables need it."""
    return func.regexp_replace(func.rtrim(func.btrim(func.lower(entry)), "."), r"^\*\.", "")


def _as_pattern(entry: Text) -> Text:
    return func.replace(func.regexp_replace(entry, r"([.+?^$(){}|\[\]\\])", r"\\\1", "g"), "*", "[a-z0-9-]")
