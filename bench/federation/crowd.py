"""`python -m bench.federation.crowd ADDRESS CERTIFICATE KEY PUBLIC_KEYS`: servers of people who do not exist.

They answer over TLS on port 443 of an address under whatever names lead there, say who somebody is when they are asked,
and count what comes to their inboxes. `GET /counts` tells of each kind of activity how many came; `/counts?begin`
begins anew.

Parameters:
    PUBLIC_KEYS: a file with a list of PEM strings; person N has the one at N, or at the remainder.
"""

import asyncio
import ssl
import sys
from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import uvloop

from bench.federation.answering import Answering

DOCUMENT = "application/activity+json"
CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"]
SOFTWARE = {"name": "lemmy", "version": "0.19.9"}  # so that it is sent what servers with communities are sent


class Crowd(Answering):
    """One connection."""

    keys: ClassVar[list[str]] = []
    came: ClassVar[Counter[str]] = Counter()

    def answer(self, start: list[str], headers: dict[str, str], body: bytes) -> None:
        """Count what is posted, and tell who somebody is."""
        if start[0] == "POST":
            Crowd.came[_kind(body)] += 1
            self.say(202)
        elif start[1].startswith("/counts"):
            self.say(200, msgspec.json.encode(Crowd.came))
            if start[1].endswith("?begin"):
                Crowd.came.clear()
        else:
            found = document(headers["host"], start[1], Crowd.keys)
            self.say(200 if found else 404, msgspec.json.encode(found), DOCUMENT)


def _kind(body: bytes) -> str:
    said = msgspec.json.decode(body)
    return str(said.get("type"))


def person(host: str, number: int) -> str:
    """Return the id of somebody."""
    return f"https://{host}/u/p{number}"


def document(host: str, target: str, keys: list[str]) -> dict[str, Any] | None:
    """Return what stands at an address, if something does.

    Parameters:
        target: path and query.
    """
    path, _, query = target.partition("?")
    if path == "/.well-known/webfinger":
        return _finger(host, query)
    if path == "/.well-known/nodeinfo":
        rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        return {"links": [{"rel": rel, "href": f"https://{host}/nodeinfo/2.0"}]}
    if path == "/nodeinfo/2.0":
        return {"version": "2.0", "software": SOFTWARE, "protocols": ["activitypub"], "usage": {}}
    if path.startswith("/u/p") and path[4:].isdigit():
        return _actor(host, path, "Person", f"p{path[4:]}", keys[int(path[4:]) % len(keys)])
    if path == "/":
        return _actor(host, "/", "Application", host, keys[0])
    if path.endswith(("outbox", "followers")):
        empty = {"type": "OrderedCollection", "totalItems": 0, "orderedItems": []}
        return {"@context": CONTEXT, "id": f"https://{host}{path}"} | empty
    return None


def _actor(host: str, path: str, kind: str, name: str, key: str) -> dict[str, Any]:
    base = f"https://{host}{path}"
    return {
        "@context": CONTEXT,
        "id": base,
        "type": kind,
        "preferredUsername": name,
        "name": name,
        "inbox": f"https://{host}/inbox",
        "outbox": f"{base.rstrip('/')}/outbox",
        "endpoints": {"sharedInbox": f"https://{host}/inbox"},
        "publicKey": {"id": f"{base}#main-key", "owner": base, "publicKeyPem": key},
        "published": "2024-01-01T00:00:00Z",
    }


def _finger(host: str, query: str) -> dict[str, Any]:
    name = query.replace("%3A", ":").replace("%40", "@").partition("acct:")[2].partition("@")[0]
    link = {"rel": "self", "type": DOCUMENT, "href": f"https://{host}/u/{name}"}
    return {"subject": f"acct:{name}@{host}", "links": [link]}


async def main(address: str, certificate: str, key: str) -> None:
    """Serve until killed."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    server = await asyncio.get_running_loop().create_server(Crowd, address, 443, ssl=context, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    Crowd.keys.extend(msgspec.json.decode(Path(sys.argv[4]).read_bytes()))
    uvloop.run(main(*sys.argv[1:4]))
