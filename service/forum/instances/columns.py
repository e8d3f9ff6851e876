"""SQL of how it stands with servers, by the lists of `rules` that were read before."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute

from service.forum.instances.choices import Mode, State
from service.forum.instances.hosts import Hosts
from service.forum.instances.rules import Lists
from service.storage.tables import Instance

LABELS_MAX = 127  # of a host

# SQL of a text that may be NULL.
Text = ColumnElement[Any] | InstrumentedAttribute[Any]


def state_of(lists: Lists, domain: Text) -> ColumnElement[str]:
    """SQL: the State of a server, joined to `Instance`, which may be missing.

    Parameters:
        lists: those in force.
        domain: its host.
    """
    return case(
        (is_refused(lists, domain), State.BLOCKED.value),
        (Instance.gone_forever.is_(True), State.GONE.value),
        (Instance.dormant.is_(True), State.DORMANT.value),
        (func.coalesce(Instance.failures, 0) > 0, State.FAILING.value),
        (Instance.id.is_(None), State.UNKNOWN.value),
        else_=State.WELL.value,
    )


def is_refused(lists: Lists, domain: Text) -> ColumnElement[bool]:
    """SQL: `Lists.reason` gives a reason against a host."""
    if lists.mode is Mode.OFF:
        return true()
    allowed = covered(domain, lists.allowed)
    kept_out = covered(domain, lists.blocked)
    if lists.mode is Mode.ALLOW:
        return or_(kept_out, ~allowed)
    return or_(kept_out, and_(covered(domain, lists.subscribed), ~allowed))


def covered(domain: Text, hosts: Hosts) -> ColumnElement[bool]:
    """SQL: `Hosts.cover` of a host.

    Parameters:
        domain: the host, perhaps with a port.
        hosts: entries of a list.
    """
    if not hosts.names:
        return false()
    host = func.split_part(domain, ":", 1)
    labels = func.string_to_array(host, ".", type_=ARRAY(String))
    place = func.generate_series(1, func.cardinality(labels)).alias("place")
    suffix = func.array_to_string(labels[place.column : LABELS_MAX], ".")
    names = select(func.unnest(bindparam(None, sorted(hosts.names), type_=ARRAY(String))))
    # An aggregate, not EXISTS: that would become a join, and the names would be gone through anew for each host,
    # while here they are hashed once for all.
    by_name = select(func.bool_or(suffix.in_(names))).select_from(place).scalar_subquery()
    return or_(by_name, host.regexp_match(f"^{hosts.pattern}$")) if hosts.pattern else by_name


def plain(entry: Text) -> ColumnElement[str]:
    """SQL: an entry of a list as `host_from` has it, as far as our own tables need it."""
    return func.regexp_replace(func.rtrim(func.btrim(func.lower(entry)), "."), r"^\*\.", "")
