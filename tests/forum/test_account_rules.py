"""Names, passwords and tokens: the pure rules of accounts."""

import asyncio
import threading
from datetime import UTC, datetime

import bcrypt
import jwt
import pytest
from werkzeug.security import generate_password_hash

from service.forum.accounts import passwords, rules, tokens
from service.forum.accounts.keys import make_keys
from service.forum.accounts.passwords import check_password, hash_password
from service.forum.accounts.tokens import hash_of, issue_api_token, new_session_token, read_api_token
from service.forum.errors import Invalid, TooMany

SECRET = "a secret of more than thirty-two bytes"


@pytest.mark.parametrize("name", ["ana", "Ana_2", "a.b-c", "x" * 50, "___"])
def test_a_name_that_every_server_can_mention_is_taken(name: str) -> None:
    assert rules.problem_with_name(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "an",
        "x" * 51,
        "a b c",
        "ana@here",
        "a/b",
        ".ana",
        "ana-",
        "añа",
        "ana\x00",
        "ana\n",
        "<ana>",
        "admin",
        "ROOT",
    ],
)
def test_another_name_is_refused(name: str) -> None:
    assert rules.problem_with_name(name)


def test_the_first_administrator_may_be_called_one() -> None:
    assert rules.problem_with_name("admin", reserved=False) is None


def test_a_name_in_wide_letters_is_the_same_name() -> None:
    assert rules.tidy_name(" ａｎａ ") == "ana"


@pytest.mark.parametrize("email", ["a@b.org", "ana+x@mail.example.org"])
def test_an_email_address_is_taken(email: str) -> None:
    assert rules.problem_with_email(email) is None


@pytest.mark.parametrize(
    "email", ["a", "a@b", "a@b.", "a b@c.org", "a@b@c.org", "abuse@b.org", "x" * 250 + "@b.org"]
)
def test_another_email_address_is_refused(email: str) -> None:
    assert rules.problem_with_email(email)


@pytest.mark.parametrize("password", ["correct horse", "x1" * 64])
def test_a_password_is_taken(password: str) -> None:
    assert rules.problem_with_password(password, "ana") is None


@pytest.mark.parametrize(
    "password",
    ["short", "        ", "half \ud800 a character", "x" * 20, "password", "Anastasia", "é" * 64 + "1"],
)
def test_another_password_is_refused(password: str) -> None:
    assert rules.problem_with_password(password, "anastasia")


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        rules.check_registration("a", "nobody", "x")
    assert set(refusal.value.fields) == {"name", "email", "password"}


@pytest.mark.usefixtures("costly_secrets")
async def test_a_hash_fits_the_column_and_belongs_to_its_password_only() -> None:
    stored = await hash_password("correct horse")
    assert stored.startswith("scrypt:32768:8:1$")
    assert len(stored) <= 165
    assert (await check_password(stored, "correct horse ")).correct
    assert not (await check_password(stored, "correct horsf")).correct
    assert not (await check_password(stored, "correct horse")).outdated


async def test_hashes_of_other_kinds_are_accepted_and_called_outdated() -> None:
    pbkdf2 = generate_password_hash("correct horse", "pbkdf2:sha256:1000")
    verdict = await check_password(pbkdf2, "correct horse")
    assert (verdict.correct, verdict.outdated) == (True, True)
    old = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    verdict = await check_password(old, "x" * 80)
    assert (verdict.correct, verdict.outdated) == (True, True)
    assert not (await check_password(old, "x" * 71)).correct


@pytest.mark.parametrize("stored", [None, "", "plain", "scrypt:x", "$2b$04$short"])
async def test_no_hash_and_a_broken_one_belong_to_no_password(stored: str | None) -> None:
    assert not (await check_password(stored, "correct horse")).correct


@pytest.mark.usefixtures("costly_secrets")
async def test_keys_are_pem_and_nobody_elses() -> None:
    keys = await make_keys()
    assert keys != await make_keys()
    assert keys.private.startswith("-----BEGIN PRIVATE KEY-----")
    assert keys.public.startswith("-----BEGIN PUBLIC KEY-----")
    assert keys.private not in repr(keys)


def test_session_tokens_are_random_and_stored_as_hashes() -> None:
    first, second = new_session_token(), new_session_token()
    assert first != second
    assert len(first) >= 43
    assert len(hash_of(first)) == 32
    assert hash_of("\ud800") != hash_of(first)


def test_an_api_token_says_what_clients_expect() -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    token = issue_api_token(7, secret=SECRET, domain="pie.example", now=now)
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert claims == {"sub": "7", "iss": "pie.example", "iat": int(now.replace(tzinfo=UTC).timestamp())}
    read = read_api_token(token, secret=SECRET)
    assert read is not None
    assert (read.account_id, read.issued_at) == (7, claims["iat"])


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": 1},
        {"sub": "7"},
        {"sub": "x", "iat": 1},
        {"sub": None, "iat": 1},
        {"sub": "7", "iat": 9_999_999_999},
        {"reset_password": 7, "exp": 9_999_999_999},
    ],
)
def test_a_token_of_another_kind_is_refused(claims: dict[str, object]) -> None:
    assert read_api_token(jwt.encode(claims, SECRET, algorithm="HS256"), secret=SECRET) is None


def test_a_token_signed_otherwise_is_refused() -> None:
    claims = {"sub": "7", "iat": 1}
    other = jwt.encode(claims, "another secret of thirty-two bytes!!", algorithm="HS256")
    unsigned = jwt.encode(claims, "", algorithm="none")
    longer = jwt.encode(claims, SECRET * 2, algorithm="HS512")
    for token in (other, unsigned, longer, "", "x.y.z"):
        assert read_api_token(token, secret=SECRET) is None


async def test_passwords_are_worked_on_one_after_another_and_not_too_many_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on, at_work, most = threading.Event(), [0], [0]

    def check(stored: str | None, password: str) -> passwords.Verdict:
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        go_on.wait(10)
        at_work[0] -= 1
        return passwords.Verdict(True)

    monkeypatch.setattr(passwords, "_check", check)
    waiting = [asyncio.create_task(check_password("x", "y")) for _ in range(passwords.AT_ONCE)]
    await asyncio.sleep(0)
    with pytest.raises(TooMany) as refused:
        await check_password("x", "y")
    assert refused.value.retry_after
    waiting[-1].cancel()  # whoever goes away makes room
    await asyncio.sleep(0)
    waiting[-1] = asyncio.create_task(check_password("x", "y"))
    go_on.set()
    assert all(verdict.correct for verdict in await asyncio.gather(*waiting))
    assert most == [1]


def test_a_token_with_an_end_is_read_each_time() -> None:
    def read(ends_in: int) -> object:
        now = int(datetime.now(UTC).timestamp())
        claims = {"sub": "7", "iat": now, "exp": now + ends_in}
        return read_api_token(jwt.encode(claims, SECRET, algorithm="HS256"), secret=SECRET)

    before = tokens._lasting.cache_info().currsize
    assert read(ends_in=100) is not None
    assert read(ends_in=-100) is None
    assert tokens._lasting.cache_info().currsize == before
