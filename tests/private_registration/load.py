"""Many registrations from many callers at once, on a real web process: `python -m tests.private_registration.load`."""

import argparse
import asyncio
import collections
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
from sqlalchemy import func, select, text

from service.config import Config
from service.storage.engine import create_engine
from service.storage.tables import AuditEntry, User
from service.storage.transaction import Database
from tests.databases import TEMPLATE, address_of, create_database, fresh_name
from tests.private_registration.caller import HEADER, PREFIX, SECRET
from tests.servers import DATABASE_VARIABLE, REDIS_VARIABLE, TestServers, configuration
from tests.serving import hypercorn

PATIENCE = 120  # tries of one registration
PATIENT = 180.0  # seconds for the web process to start, on a machine that is busy

NO_ANSWER, MADE, TAKEN = 0, 201, 400
AGAIN = {NO_ANSWER, 429, 503}

COMPLETE = text("""
    SELECT count(*) FROM "user"
    WHERE private_key LIKE '-----BEGIN PRIVATE KEY-----%' AND public_key LIKE '-----BEGIN PUBLIC KEY-----%'
      AND password_hash LIKE 'scrypt:%' AND verified AND ap_profile_id = 'https://pie.example/u/' || lower(user_name)
      AND ap_inbox_url = ap_profile_id || '/inbox' AND ap_public_url IS NOT NULL AND email <> '' AND email_unread
      AND NOT banned AND NOT deleted AND instance_id = 1
""")


async def register_all(port: int, total: int, callers: int) -> tuple[collections.Counter[int], float]:
    """Register `total` accounts from `callers` at once, each of whom obeys Retry-After; return statuses and seconds."""
    statuses: collections.Counter[int] = collections.Counter()
    numbers = iter(range(total))
    begun = time.perf_counter()
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{port}", headers={HEADER: SECRET}, timeout=timeout
    ) as session:
        await asyncio.gather(*(_call(session, numbers, statuses) for _ in range(callers)))
    return statuses, time.perf_counter() - begun


async def _call(
    session: aiohttp.ClientSession, numbers: Iterator[int], statuses: collections.Counter[int]
) -> None:
    for number in numbers:
        body = {"username": f"person_{number}", "email": f"person{number}@mail.example"}
        for attempt in range(PATIENCE):
            status, wait = await _try(session, body)
            statuses[status] += 1
            if status == TAKEN:
                # Only who got no clear answer before may find that the account is there already.
                assert attempt, f"{body} was refused at once"
            if status in {MADE, TAKEN}:
                break
            assert status in AGAIN, status
            await asyncio.sleep(wait)


async def _try(session: aiohttp.ClientSession, body: dict[str, str]) -> tuple[int, int]:
    """Return the status, and the seconds to wait before another try."""
    try:
        async with session.post(f"{PREFIX}/private_register", json=body) as answer:
            await answer.read()
            return answer.status, int(answer.headers.get("Retry-After", 0))
    except (TimeoutError, aiohttp.ClientError):
        return NO_ANSWER, 1


async def counted(config: Config) -> tuple[int, int, int]:
    """Return how many accounts there are, how many are complete, and how many entries the audit log has of them."""
    engine = create_engine(config, "web")
    try:
        async with Database(engine).read() as db:
            accounts = await db.scalar(select(func.count()).select_from(User)) or 0
            complete = await db.scalar(COMPLETE) or 0
            noted = select(func.count()).where(
                AuditEntry.action == "private_register", AuditEntry.result == "done"
            )
            return accounts, complete, await db.scalar(noted) or 0
    finally:
        await engine.dispose()


def main() -> None:
    """Run it and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--total", type=int, default=1000)
    parser.add_argument("--callers", type=int, default=50)
    wanted = parser.parse_args()
    servers = TestServers()
    servers.start()
    try:
        with tempfile.TemporaryDirectory(prefix="pieloop-load-") as name:
            _run(Path(name), wanted.total, wanted.callers)
    finally:
        servers.stop()


def _run(place: Path, total: int, callers: int) -> None:
    database = fresh_name()
    asyncio.run(create_database(os.environ[DATABASE_VARIABLE], database, TEMPLATE))
    config = configuration(
        address_of(os.environ[DATABASE_VARIABLE], database), os.environ[REDIS_VARIABLE], place
    )
    settings: dict[str, object] = {
        "PIELOOP_LIMITS_ENABLED": "true",
        "PIELOOP_HTTP_KEPT_FOR_STRANGERS": "0",
        "PIELOOP_PRIVATE_REGISTRATION_ENABLED": "true",
        "PIELOOP_PRIVATE_REGISTRATION_SECRET": SECRET,
        "PIELOOP_PRIVATE_REGISTRATION_RATE_LIMIT": 100 * total,
    }
    with hypercorn(config, place, None, PATIENT, **settings) as (_, port):
        statuses, seconds = asyncio.run(register_all(port, total, callers))
    accounts, complete, noted = asyncio.run(counted(config))
    print(f"{total} registrations from {callers} callers in {seconds:.1f} s: statuses {dict(statuses)}")
    print(f"{accounts} accounts, {complete} complete, {noted} entries in the audit log")


if __name__ == "__main__":
    main()
