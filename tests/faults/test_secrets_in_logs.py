"""Every kind of error happens to real processes while planted secrets are at hand: none is in what they write."""

import asyncio
import errno
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec
import pytest
from redis.exceptions import RedisError

from service.config import Config
from service.forum.errors import Invalid
from service.logs import described, formatted_trace
from service.storage.transaction import Database, Unavailable
from tests.databases import connect
from tests.faults.servers import OwnValkey, own_valkey
from tests.forum import making
from tests.http.people import bearer, token_of
from tests.lifecycle.drills import ROOT, python
from tests.private_registration.mailbox import Mailbox, mailbox
from tests.serving import Program, arq, hypercorn

# Whatever is planted has this in it, so one search finds all of it.
MARK = "pl4nted"
EMAIL = f"{MARK}-address@secret.example"
HASH = f"$2b$12${MARK}hash"
KEY = f"-----BEGIN PRIVATE KEY-----\n{MARK}key\n-----END PRIVATE KEY-----"
WORDS = f"{MARK} words of a private message"

# What the trigger does instead of letting a row be written; every message and every detail quotes the row.
REFUSALS = {
    "a unique violation": "RAISE 'there %', NEW USING ERRCODE = '23505', DETAIL = NEW::text, HINT = NEW::text",
    "a check violation": "RAISE EXCEPTION 'refused %', NEW USING ERRCODE = '23514', DETAIL = NEW::text",
    "a serialization failure": "RAISE EXCEPTION 'not now %', NEW USING ERRCODE = '40001', DETAIL = NEW::text",
    "bad data": "RAISE EXCEPTION 'cannot read %', NEW USING ERRCODE = '22P02', DETAIL = NEW::text",
    "an error that nobody foresaw": "RAISE EXCEPTION 'what is %', NEW USING DETAIL = NEW::text",
    "a statement that takes too long": "PERFORM pg_sleep(5)",
    "a lost connection": "PERFORM pg_terminate_backend(pg_backend_pid())",
    "a full disk": "RAISE EXCEPTION 'no room for %', NEW USING ERRCODE = '53100', DETAIL = NEW::text",
    "a warning": "RAISE WARNING 'see %', NEW; RAISE EXCEPTION 'no %', NEW USING ERRCODE = '23502', DETAIL = NEW::text",
}  # fmt: skip

SHORT: dict[str, Any] = {
    "PIELOOP_DATABASE_LOCK_TIMEOUT": 0.3,
    "PIELOOP_DATABASE_STATEMENT_TIMEOUT": 0.5,
    "PIELOOP_LIMITS_ENABLED": "true",
    "PIELOOP_HTTP_KEPT_FOR_STRANGERS": "0",
    "PIELOOP_MAIL_SENDER": "noreply@pie.example",
    "PIELOOP_MAIL_ENCRYPTION": "none",
    "PIELOOP_LOG_LEVEL": "debug",
}


@pytest.fixture
async def redis() -> AsyncIterator[OwnValkey]:
    async with own_valkey() as running:
        yield running


@pytest.fixture
async def letters() -> AsyncIterator[Mailbox]:
    """A mail server that quotes whom it refuses."""
    async with mailbox() as box:
        box.answer = lambda envelope: f"550 5.1.1 {envelope.rcpt_tos} is nobody here"
        yield box


@pytest.fixture
async def db(database_url: str) -> "AsyncIterator[asyncpg.Connection[Any]]":
    """The database itself; the triggers that are put into it go with the test."""
    connection = await connect(database_url)
    yield connection
    await connection.execute("DROP FUNCTION IF EXISTS refuse CASCADE")
    await connection.close()


async def plant(db: "asyncpg.Connection[Any]", member_id: int) -> None:
    await db.execute(
        'UPDATE "user" SET email = $2, password_hash = $3, private_key = $4, about = $5 WHERE id = $1',
        member_id, EMAIL, HASH, KEY, f"{MARK} about",
    )  # fmt: skip
    await db.execute("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")
    for table in ('"user"', "chat_message", "notification"):
        await db.execute(
            f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
        )


async def refuse_by(db: "asyncpg.Connection[Any]", deed: str) -> None:
    """Have the triggers do this."""
    await db.execute(
        f"CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN {deed}; RETURN NEW; END$$"
    )


@pytest.mark.timeout(180)
async def test_no_log_tells_a_secret(
    config: Config,
    database: Database,
    db: "asyncpg.Connection[Any]",
    redis: OwnValkey,
    letters: Mailbox,
    tmp_path: Path,
) -> None:
    config = msgspec.structs.replace(config, redis=msgspec.structs.replace(config.redis, url=redis.address))
    ana, bob = await making.member(database, "ana"), await making.member(database, "bob")
    settings = SHORT | {"PIELOOP_MAIL_HOST": "127.0.0.1", "PIELOOP_MAIL_PORT": letters.config.port}
    with ExitStack() as stack:
        web, port = await asyncio.to_thread(stack.enter_context, hypercorn(config, tmp_path, **settings))
        worker = await asyncio.to_thread(stack.enter_context, arq(config, tmp_path, **settings))
        await plant(db, ana.id)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=bearer(token_of(ana))) as client:
            statuses = await every_error_of_a_request(client, db, bob.id)
            await jobs_that_fail(client, db, worker, ana.id, bob.id)
            await redis.stop()
            await without_redis(client)
        await asyncio.sleep(0)
        said = web.said() + worker.said()
        kept = str(await db.fetch("SELECT last_error FROM pieloop.outbox"))
        web.stop()
        worker.stop()
        said += web.said() + worker.said()
    assert_nothing_told(said + kept)
    for event in (
        "request_failed",
        "request_refused",
        "event_failed",
        "email_abandoned",
        "limits_failed_open",
    ):
        assert event in said, event
    assert "sqlstate=22P02" in said
    assert "/auth/reset_password/<token>" in said
    assert {500, 503} <= set(statuses.values()), statuses


async def every_error_of_a_request(
    client: aiohttp.ClientSession, db: "asyncpg.Connection[Any]", bob: int
) -> dict[str, int]:
    """Let writes fail in every way, with somebody's row or with words in hand; return the statuses."""

    async def both() -> int:
        message = {"content": WORDS, "recipient_id": bob}
        async with client.post("/api/alpha/private_message", json=message) as answer:
            await answer.read()
        async with client.put("/api/alpha/user/save_user_settings", json={"bio": f"{MARK} bio"}) as answer:
            await answer.read()
            return answer.status

    statuses = {}
    for what, deed in REFUSALS.items():
        await refuse_by(db, deed)
        statuses[what] = await both()
    await refuse_by(db, "NULL")
    async with db.transaction():
        await db.execute('LOCK TABLE "user", chat_message IN EXCLUSIVE MODE')
        statuses["a lock that is not released"] = await both()
    for path in (
        f"/auth/verify_email/{MARK}-token",
        f"/auth/reset_password/{MARK}-token",
        f"/api/alpha/post/site_metadata?url=http://{MARK}:{MARK}@127.0.0.1:1/{MARK}?token={MARK}",
        f"/search?q={MARK}",
        f"/api/alpha/comment?id={MARK}",
    ):
        async with client.get(path, headers={"Cookie": f"pieloop_session={MARK}"}) as answer:
            await answer.read()
    # A link of a letter that fails is written down by the pattern of its address.
    await db.execute("ALTER TABLE pieloop.password_reset RENAME TO away")
    async with client.get(f"/auth/reset_password/{MARK}-token") as answer:
        assert answer.status == 500
    await db.execute("ALTER TABLE pieloop.away RENAME TO password_reset")
    async with client.get("/api/alpha/site", headers=bearer(f"{MARK}.{MARK}.{MARK}")) as answer:
        await answer.read()
    for path in ("/auth/login", "/auth/register"):
        form = {"user_name": MARK, "email": EMAIL, "password": MARK, "real_email": EMAIL}
        async with client.post(path, data=form) as answer:
            await answer.read()
    return statuses


async def jobs_that_fail(
    client: aiohttp.ClientSession, db: "asyncpg.Connection[Any]", worker: Program, ana: int, bob: int
) -> None:
    """Let a notification be refused by the database, and a letter by the mail server."""
    await refuse_by(
        db,
        "IF TG_TABLE_NAME = 'notification' THEN RAISE EXCEPTION 'no %', NEW USING DETAIL = NEW::text; END IF",
    )
    message = {"content": WORDS, "recipient_id": bob}
    async with client.post("/api/alpha/private_message", json=message) as answer:
        assert answer.status == 200, await answer.text()
    await db.execute(
        "INSERT INTO pieloop.outbox (topic, kind, payload) VALUES ('mail', 'EmailRequested', $1)",
        msgspec.json.encode(
            {"occasion": "banned", "account_id": ana, "address": EMAIL, "reason": f"{MARK} reason"}
        ).decode(),
    )
    async with asyncio.timeout(60):
        while "event_failed" not in worker.said() or "email_abandoned" not in worker.said():
            await asyncio.sleep(0.1)


async def without_redis(client: aiohttp.ClientSession) -> None:
    """Let a limit not be counted."""
    async with client.get(f"/search?q={MARK}") as answer:
        await answer.read()


def assert_nothing_told(said: str) -> None:
    found = [
        line[max(0, line.index(MARK) - 300) : line.index(MARK) + 60]
        for line in said.splitlines()
        if MARK in line
    ]
    assert found == []


ADDRESSES = {
    "PIELOOP_DATABASE_URL": [
        f"postgresql://pieloop:{MARK}@127.0.0.1:1/pieloop",
        f"postgresql://pieloop:{MARK}@127.0.0.1:{MARK}/pieloop",
        f"postgresql://pieloop:{MARK}#{MARK}@127.0.0.1:1/pieloop?{MARK}=1",
        f"mysql://pieloop:{MARK}@127.0.0.1/pieloop",
        f"{MARK}",
    ],
    "PIELOOP_REDIS_URL": [
        f"redis://:{MARK}@127.0.0.1:1/0",
        f"redis://:1#{MARK}@127.0.0.1:1/0",
        f"redis://:{MARK}@127.0.0.1:{MARK}/0",
        f"http://:{MARK}@127.0.0.1/0",
    ],
    "PIELOOP_SITE_SECRET_KEY": [MARK],
}


@pytest.mark.parametrize(
    ("variable", "address"), [(name, one) for name, some in ADDRESSES.items() for one in some]
)
def test_a_start_that_fails_tells_no_secret(
    variable: str, address: str, superuser_url: str, redis_url: str, tmp_path: Path
) -> None:
    settings = {
        "PIELOOP_DATA_DIR": str(tmp_path),
        "PIELOOP_DATABASE_URL": superuser_url,
        "PIELOOP_REDIS_URL": redis_url,
        "PIELOOP_DATABASE_START_TIMEOUT": "0.1",
        variable: address,
    }
    with python("-m", "service", "doctor", environ=settings, cwd=tmp_path) as process:
        said = "".join(process.communicate(timeout=60))
    assert said.strip()
    assert_nothing_told(said)


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """Return an error with a place and with what led to it."""
    try:
        if cause is not None:
            raise error from cause
        raise error
    except type(error) as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError(f"invalid literal for int(): '{MARK}'"), "ValueError"),
        (KeyError(MARK), "KeyError"),
        (UnicodeEncodeError("ascii", MARK, 0, 1, MARK), "UnicodeEncodeError"),
        (FileNotFoundError(errno.ENOENT, "No such file", MARK), "FileNotFoundError: ENOENT"),
        (OSError(MARK), "OSError"),
        (AttributeError("None has no attribute 'id'"), "AttributeError: None has no attribute 'id'"),
        (asyncpg.UniqueViolationError(f"Key (email)=({MARK})"), "UniqueViolationError: sqlstate=23505"),
        (RedisError(f"Command # 1 (SET {MARK} {MARK}) of pipeline caused error"), "RedisError"),
        (Invalid({"email": f"{MARK} is taken"}), "Invalid: invalid"),
        (Unavailable("The database cannot be reached."), "Unavailable: The database cannot be reached."),
        (ExceptionGroup(MARK, [ValueError(MARK), KeyError(MARK)]), "ExceptionGroup"),
        (msgspec.ValidationError(MARK), "ValidationError"),
    ],
)  # fmt: skip
def test_an_error_is_told_without_values(error: Exception, expected: str) -> None:
    error.add_note(MARK)
    assert described(error) == expected
    whole = formatted_trace(raised(RuntimeError(MARK), cause=raised(error)))
    assert MARK not in whole
    assert type(error).__name__ in whole
    assert "test_secrets_in_logs.py" in whole


def test_no_log_line_is_given_the_text_of_an_error() -> None:
    """`error=error` is told; `error=str(error)` would be written as it is."""
    written = [
        f"{file}:{number}"
        for folder in ("service", "workers")
        for file in (ROOT / folder).rglob("*.py")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"\b(error|reason)=(str|repr)\(|\blog\.\w+\(.*\{(error|request\.)", line)
    ]
    assert written == []
