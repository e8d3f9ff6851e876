"""Reads other servers: as the API lists them, as administrators see them, and the lists in force."""

from service.forum.instances.queries.directory import (
    MOST_COUNTED,
    Filter,
    details,
    directory,
    peers,
)
from service.forum.instances.queries.introductions import instances_to_meet
from service.forum.instances.queries.known import (
    allowed_domains,
    blocked_domains,
    blocked_instances,
    domain_of,
    known_instances,
    posting_warning,
    proposals,
    refused_domains,
    trusted_domains,
)
from service.forum.instances.queries.lists import (
    entries_for,
    federation,
    lists_to_read,
    mode,
    own_entries,
    read_lists,
    talks_to,
)

__all__ = [
    "MOST_COUNTED",
    "Filter",
    "allowed_domains",
    "blocked_domains",
    "blocked_instances",
    "details",
    "directory",
    "domain_of",
    "entries_for",
    "federation",
    "instances_to_meet",
    "known_instances",
    "lists_to_read",
    "mode",
    "own_entries",
    "peers",
    "posting_warning",
    "proposals",
    "read_lists",
    "refused_domains",
    "talks_to",
    "trusted_domains",
]
