"""Requests that nobody thought of, against the administrator's API as it describes itself: `make fuzz-admin`.

No answer may be a 5xx, or one that the document does not name.
"""

from pathlib import Path

from service.storage.transaction import Database
from tests.forum import making
from tests.fuzz.site import PATIENT, fuzz, new_site, run, say_faults
from tests.http.people import token_of
from tests.private_registration.caller import HEADER, PREFIX, SECRET
from tests.serving import hypercorn

MEMBERS = 20
PLENTY = 1_000_000_000  # of every limit
LIMITS = ("rate", "lookup", "change", "bulk", "statistics", "monitoring", "refused")


def _fuzz(place: Path, seconds: int, rest: list[str]) -> int:
    config, token = new_site(place, _fill)
    settings: dict[str, object] = {
        "PIELOOP_LIMITS_ENABLED": "true",
        "PIELOOP_HTTP_KEPT_FOR_STRANGERS": "0",
        "PIELOOP_PRIVATE_REGISTRATION_ENABLED": "true",
        "PIELOOP_PRIVATE_REGISTRATION_SECRET": SECRET,
    }
    settings |= {f"PIELOOP_PRIVATE_REGISTRATION_{name.upper()}_LIMIT": PLENTY for name in LIMITS}
    with hypercorn(config, place, None, PATIENT, **settings) as (server, port):
        document = f"http://127.0.0.1:{port}{PREFIX}/openapi.json"
        headers = {HEADER: SECRET, "Authorization": f"Bearer {token}"}
        failed = fuzz(document, headers, place, seconds, *rest)
        return say_faults(server) or failed


async def _fill(database: Database) -> str:
    """Make members, of whom one is an administrator; return that one's token."""
    boss = await making.administrator(database)
    for number in range(MEMBERS):
        await making.member(database, f"member{number}", email=f"member{number}@mail.example")
    return token_of(boss)


if __name__ == "__main__":
    run(_fuzz, 600)
