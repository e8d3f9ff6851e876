"""What a server says of itself: its software by nodeinfo, and who administers it, as Lemmy's API tells.

What its administrators do to what is at home there has to be believed, so they have to be known.

Source: https://nodeinfo.diaspora.software/protocol.html and https://join-lemmy.org/api/ (`GetSiteResponse`)
"""

from typing import Any

import msgspec

from service.federation.asking import Unreadable, json_at
from service.federation.origin import is_id, same_origin
from service.outbound.client import OutboundClient

LARGEST = 2 * 1024 * 1024  # bytes: Lemmy's answer has all languages in it
MOST_ADMINISTRATORS = 20
SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/2."


class Introduction(msgspec.Struct, frozen=True, kw_only=True):
    """What a server says of itself, as far as it could be asked.

    Attributes:
        administrators: the ids of their actors.
    """

    software: str = ""
    version: str = ""
    nodeinfo: str = ""
    administrators: tuple[str, ...] = ()


async def introduction_of(client: OutboundClient, host: str, scheme: str = "https") -> Introduction:
    """Ask a server; what it does not answer is left empty.

    Parameters:
        client: the way out.
        host: of the server, with its port if it has one.
        scheme: how to reach it.
    """
    site = f"{scheme}://{host}"
    nodeinfo = _nodeinfo_in(await _ask(client, f"{site}/.well-known/nodeinfo"), site)
    software = _dict((await _ask(client, nodeinfo)).get("software")) if nodeinfo else {}
    lemmys = await _ask(client, f"{site}/api/v3/site")
    return Introduction(
        software=_text(software.get("name")),
        version=_text(software.get("version")),
        nodeinfo=nodeinfo,
        administrators=_administrators_in(lemmys, site),
    )


async def _ask(client: OutboundClient, url: str) -> dict[str, Any]:
    """Return the object at an address; an empty one where there is none that can be read."""
    try:
        return _dict(await json_at(client, url, largest=LARGEST))
    except Unreadable:
        return {}


def _nodeinfo_in(answer: dict[str, Any], site: str) -> str:
    """Return the address of the newest nodeinfo of a server, on that server; empty where there is none."""
    links = [_dict(link) for link in _list(answer.get("links"))]
    known = [
        (_text(link.get("rel")), _text(link.get("href")))
        for link in links
        if _text(link.get("rel")).startswith(SCHEMA) and same_origin(link.get("href"), site)
    ]
    return max(known, default=("", ""))[1]


def _administrators_in(answer: dict[str, Any], site: str) -> tuple[str, ...]:
    found = [_person_in(_dict(one)) for one in _list(answer.get("admins"))]
    ids = [one for one in found if is_id(one) and same_origin(one, site)]
    return tuple(dict.fromkeys(ids))[:MOST_ADMINISTRATORS]


def _person_in(view: dict[str, Any]) -> str:
    person = _dict(view.get("person"))
    return _text(person.get("actor_id") or person.get("ap_id"))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
