"""Asked the same over the same rows, Pieloop says what a real pyfedi said, but where a list says why not."""

import re
import tomllib
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from service.assembly import build_app
from service.config import Config, SiteConfig
from service.forum.feeds.queries import pages
from service.http.application import Application
from tests.http.api import recorded
from tests.http.api.differing import Difference, differences, identity_of, inner
from tests.http.api.recorded import Answer, Json

pytestmark = pytest.mark.skipif(
    not recorded.KEPT.exists(),
    reason="needs a real pyfedi's rows and answers in ../shared, which are not kept here",
)

ALLOWED = Path(__file__).with_name("recorded_differences.toml")
# So many of the answers are pyfedi's to the letter; what keeps others from it is better here, and listed.
EQUAL = 292
# What is on top of the hour depends on the hour.
RECORDED_AT = datetime(2026, 11, 26, 19, 8, 20)


class Allowed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of difference that is as it should be; see the file."""

    how: str
    reason: str
    path: str = ".+"
    field: str = ""
    query: dict[str, str] = {}
    who: str = ""
    theirs: Json = None
    ours: Json = None
    lacking: list[str] | None = None
    besides: list[str] | None = None
    equal_by: str = ""

    def covers(self, answer: Answer, path: str, difference: Difference) -> bool:
        """Whether it is this difference, in the answer to this question."""
        return (
            self.how == difference.how
            and _is(self.path, path)
            and _is(self.field, difference.field)
            and (not self.who or self.who == (answer.who or "nobody"))
            and all(_is(value, str(answer.query.get(name, ""))) for name, value in self.query.items())
            and self._is_meant(difference)
        )

    def _is_meant(self, difference: Difference) -> bool:
        if self.how == "entries":
            return _among(difference.theirs, self.lacking) and _among(difference.ours, self.besides)
        if self.equal_by:
            theirs, ours = _both(difference)
            return [inner(entry, self.equal_by) for entry in theirs] == [
                inner(entry, self.equal_by) for entry in ours
            ]
        return _one_of(difference.theirs, self.theirs) and _one_of(difference.ours, self.ours)


@pytest.fixture
async def pyfedis(config: Config, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Application]:
    """The app on pyfedi's rows."""
    await recorded.load_rows(config.database.url)
    monkeypatch.setattr(pages, "utcnow", lambda: RECORDED_AT)
    site = SiteConfig(domain=recorded.DOMAIN, scheme="https", secret_key=recorded.SECRET_KEY)
    limits = msgspec.structs.replace(config.limits, enabled=False)
    app = build_app(msgspec.structs.replace(config, site=site, limits=limits))
    async with app.test_app():
        yield app


@pytest.mark.slow
async def test_each_answer_is_pyfedis_or_differs_for_a_reason(pyfedis: Application) -> None:
    tokens, allowed = recorded.tokens(), list(_allowed())
    wrong, used, equal = [], set(), 0
    for answer in recorded.answers():
        path = answer.path.removeprefix("/api/alpha")
        found = await _differences(pyfedis, answer, tokens)
        equal += not found
        for difference in found:
            reasons = {at for at, one in enumerate(allowed) if one.covers(answer, path, difference)}
            used |= reasons
            if not reasons:
                wrong.append(f"{path} {answer.query} to {answer.who}: {_in_words(difference)}")
    assert not wrong, "\n".join(wrong[:40])
    assert [one for at, one in enumerate(allowed) if at not in used] == [], (
        "nothing differs like this any more"
    )
    assert equal >= EQUAL


async def test_apps_know_by_pyfedis_sentences_what_is_not_there(pyfedis: Application) -> None:
    sentences = {
        "/community?id=77": "error - unknown community. Please wait a sec and try again.",
        "/community?name=nobody@nowhere.example": "error - unknown community. Please wait a sec and try again.",
        "/user?username=nobody": "No row was found when one was required",
        "/post?id=9999": "No row was found when one was required",
        "/comment?id=9999": "No row was found when one was required",
        "/resolve_object?q=@nobody@nowhere.example": "No object found.",
        "/user/unread_count": "incorrect_login",
    }
    for path, sentence in sentences.items():
        response = await pyfedis.test_client().get(f"/api/alpha{path}")
        assert (response.status_code, (await response.get_json())["message"]) == (400, sentence), path


async def _differences(app: Application, answer: Answer, tokens: dict[str, str]) -> list[Difference]:
    headers = {"Authorization": f"Bearer {tokens[answer.who]}"} if answer.who else {}
    response = await app.test_client().get(answer.path, query_string=answer.query, headers=headers)
    if response.status_code != answer.status:
        return [Difference("", "status", answer.status, response.status_code)]
    # One address answers with a page of its web server.
    return [] if answer.body is None else list(differences(answer.body, await response.get_json()))


def _allowed() -> Iterator[Allowed]:
    for entry in tomllib.loads(ALLOWED.read_text(encoding="utf-8"))["difference"]:
        yield msgspec.convert(entry, Allowed)


def _is(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


def _among(entries: list[Json], known: list[str] | None) -> bool:
    return known is None or {identity_of(entry) for entry in entries} <= set(known)


def _one_of(value: Json, known: Json) -> bool:
    return known is None or value in (known if isinstance(known, list) else [known])


def _both(difference: Difference) -> tuple[list[Json], list[Json]]:
    """The entries that are in both lists, in either order."""
    theirs, ours = difference.theirs, difference.ours
    wanted, known = {identity_of(entry) for entry in theirs}, {identity_of(entry) for entry in ours}
    return (
        [entry for entry in theirs if identity_of(entry) in known],
        [entry for entry in ours if identity_of(entry) in wanted],
    )


def _in_words(difference: Difference) -> str:
    sides: tuple[Json, ...] = (difference.theirs, difference.ours)
    if difference.how in {"entries", "order"}:
        sides = tuple([identity_of(entry) for entry in side] for side in sides)
    return (
        f"{difference.field or 'answer'}, {difference.how}: {sides[0]!r:.200} there, {sides[1]!r:.200} here"
    )
