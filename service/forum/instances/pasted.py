"""Lists of servers as people paste them: one a line, a CSV as Mastodon's, or PieFed's JSON. Pure."""

import csv
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from service.forum.errors import Invalid
from service.forum.instances.hosts import host_from
from service.language import _

MOST_ENTRIES = 5_000
LENGTH = 500_000  # characters of a list
REASON_LENGTH = 256
FIELD = "entries"
SHOWN_FAULTS = 3

# Names that columns have in the lists of various programs.
_DOMAIN = ("domain", "host", "instance")
_SEVERITY = ("severity", "block_level")
_REASON = ("public_comment", "reason", "comment", "private_comment")
# What is less than a block: the server is only shown less, or nothing is done.
MILDER = {"silence", "limit", "noop", "none"}


class Entry(msgspec.Struct, frozen=True):
    """A server that is to be put on a list."""

    host: str
    reason: str = ""


class Published(msgspec.Struct, frozen=True):
    """An entry of a list that another site publishes.

    Attributes:
        host: '' where the site shows only a part of the name.
        digest: then, the SHA-256 of the name, in hexadecimal.
    """

    host: str
    reason: str = ""
    digest: str = ""


class Pasted(msgspec.Struct, frozen=True):
    """What a text asks for.

    Attributes:
        entries: each host once, the last reason given for it.
        milder: how many lines ask for less than a block, and were left out.
    """

    entries: list[Entry]
    milder: int


def entries_from(text: str) -> Pasted:
    """Return the servers that a text lists.

    Raises:
        Invalid: a line names no server, or there are none, or too many.
    """
    rows = list(islice(_rows(text.lstrip("\ufeff").strip()), MOST_ENTRIES + 1))
    if len(rows) > MOST_ENTRIES:
        raise Invalid(
            {
                FIELD: _(
                    "This list has more than %(most_entries)s entries. Split it into smaller parts.",
                    most_entries=MOST_ENTRIES,
                )
            }
        )
    wanted = [(place, row) for place, row in rows if row["severity"] not in MILDER]
    faults = [f"{place} ({row['domain'][:60]})" for place, row in wanted if host_from(row["domain"]) is None]
    if faults:
        more = f", and {len(faults) - SHOWN_FAULTS} more" if len(faults) > SHOWN_FAULTS else ""
        raise Invalid(
            {
                FIELD: _(
                    "These aren't server names: %(shown_faults)s%(more)s.",
                    shown_faults=", ".join(faults[:SHOWN_FAULTS]),
                    more=more,
                )
            }
        )
    entries = {host: Entry(host, row["reason"]) for _, row in wanted if (host := host_from(row["domain"]))}
    if not entries:
        raise Invalid({FIELD: _("This list doesn't contain any servers.")})
    return Pasted(list(entries.values()), milder=len(rows) - len(wanted))


def _rows(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield where each entry stands, with its domain, severity and reason."""
    if text.startswith("{"):
        yield from _of_json(text)
        return
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    columns: list[str] | None = None
    for number, line in lines:
        cells = _cells(line)
        if columns is None and (named := _column_names(cells)):
            columns = named
        elif not line.lstrip().startswith("#"):
            yield f"line {number}", _row(dict(zip(columns or ("domain", "reason"), cells, strict=False)))


def _cells(line: str) -> list[str]:
    if '"' not in line:
        return [cell.strip() for cell in line.split(",")]
    try:
        return [cell.strip() for cell in next(csv.reader([line]))]
    except (csv.Error, StopIteration):
        return [line.strip()]


def _column_names(cells: list[str]) -> list[str] | None:
    """Return the names of a heading's columns; None if this is no heading."""
    names = [cell.lower().lstrip("#").strip() for cell in cells]
    return names if names and names[0] in _DOMAIN else None


def _row(cells: dict[str, Any]) -> dict[str, str]:
    return {
        "domain": _first(cells, _DOMAIN),
        "severity": _first(cells, _SEVERITY).lower(),
        "reason": _first(cells, _REASON).replace("\0", "")[:REASON_LENGTH],
    }


def _first(cells: dict[str, Any], names: Iterable[str]) -> str:
    return next((str(cells[name]) for name in names if cells.get(name)), "")


def _of_json(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """PieFed's export: lists of names."""
    try:
        lists = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid({FIELD: _("This isn't valid JSON.")}) from error
    for name in ("banned_instances", "allowed_instances"):
        listed = lists.get(name)
        for number, domain in enumerate(listed if isinstance(listed, list) else (), 1):
            yield f"{name} {number}", _row({"domain": domain})


def as_csv(entries: Iterable[Entry]) -> str:
    """Return a list as Mastodon and others import it."""
    lines = ["#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate"]
    for entry in entries:
        comment = '"' + entry.reason.replace('"', '""') + '"' if entry.reason else ""
        lines.append(f"{entry.host},suspend,true,true,{comment},false")
    return "\r\n".join(lines) + "\r\n"
