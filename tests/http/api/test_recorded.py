"""Asked the same over the same rows, Pieloop answers with all the fields that a real pyfedi's answers have."""

import re
from collections.abc import AsyncIterator

import msgspec
import pytest

from service.assembly import build_app
from service.config import Config, SiteConfig
from service.http.application import Application
from tests.http.api import recorded
from tests.http.api.recorded import Answer, Json, fields

pytestmark = pytest.mark.skipif(
    not recorded.KEPT.exists(),
    reason="needs a real pyfedi's rows and answers in ../shared, which are not kept here",
)

# What is told on a person's, community's or feed's own page only, or is not kept here; comments below what was taken
# away, which is where addresses come from, are not listed.
ELSEWHERE = re.compile(
    r"(comments\[\]\.post\.url|about|about_html|note|flair|posting_warning|description|description_html|tags|extra_fields\[\]\.\w+)$"
)
# Statuses that differ on purpose: what is gone or private is not shown, and more questions are answered.
REFUSED_HERE = ("/post", "/community")
ANSWERED_HERE = (
    "/site/instance_chooser",
    "/post/list",
    "/comment/list",
    "/user",
    "/user/notifications",
    "/resolve_object",
)


@pytest.fixture
async def pyfedis(config: Config) -> AsyncIterator[Application]:
    """The app on pyfedi's rows."""
    await recorded.load_rows(config.database.url)
    site = SiteConfig(domain=recorded.DOMAIN, scheme="https", secret_key=recorded.SECRET_KEY)
    limits = msgspec.structs.replace(config.limits, enabled=False)
    app = build_app(msgspec.structs.replace(config, site=site, limits=limits))
    async with app.test_app():
        yield app


async def test_no_field_is_missing(pyfedis: Application) -> None:
    tokens, wrong = recorded.tokens(), set()
    for answer in recorded.answers():
        status, body = await _ask(pyfedis, answer, tokens)
        path = answer.path.removeprefix("/api/alpha")
        if status == answer.status == 200:
            missing = _beyond_lists(set(fields(answer.body)), set(fields(body)))
            wrong |= {f"{path}: {field} is missing" for field in missing if not ELSEWHERE.search(field)}
        elif status != answer.status and path not in (REFUSED_HERE if status == 400 else ANSWERED_HERE):
            wrong.add(f"{path} {answer.query}: {answer.status} there, {status} here")
    assert not wrong


async def test_apps_know_by_pyfedis_sentences_what_is_not_there(pyfedis: Application) -> None:
    sentences = {
        "/community?id=77": "error - unknown community. Please wait a sec and try again.",
        "/community?name=nobody@nowhere.example": "error - unknown community. Please wait a sec and try again.",
        "/user?username=nobody": "No row was found when one was required",
        "/resolve_object?q=@nobody@nowhere.example": "No object found.",
        "/user/unread_count": "incorrect_login",
    }
    for path, sentence in sentences.items():
        response = await pyfedis.test_client().get(f"/api/alpha{path}")
        assert (response.status_code, (await response.get_json())["message"]) == (400, sentence), path


def _beyond_lists(theirs: set[str], ours: set[str]) -> set[str]:
    """What is missing, without what stands in lists that are empty here: other lists are another matter."""
    lists = {field[: at.end()] for field in ours for at in re.finditer(r"\[\]", field)}
    return {
        field
        for field in theirs - ours
        if all(field[: at.end()] in lists for at in re.finditer(r"\[\]", field))
    }


async def _ask(app: Application, answer: Answer, tokens: dict[str, str]) -> tuple[int, Json]:
    headers = {"Authorization": f"Bearer {tokens[answer.who]}"} if answer.who else {}
    response = await app.test_client().get(answer.path, query_string=answer.query, headers=headers)
    return response.status_code, await response.get_json()
