"""/livez: this process runs. /readyz: it can serve. /metrics: what Prometheus reads."""

import asyncio

from prometheus_client import CONTENT_TYPE_LATEST
from quart import Blueprint, Response
from redis.exceptions import RedisError

from service.http.condition.metrics import of_the_site
from service.http.context import resources
from service.storage.transaction import StorageError

blueprint = Blueprint("health", __name__)

PATIENCE = 1.0  # seconds


@blueprint.get("/livez")
async def live() -> Response:
    """Answer without touching anything."""
    return _plain("alive\n", 200)


@blueprint.get("/readyz")
async def ready() -> Response:
    """Answer 200 when PostgreSQL and Redis answer, 503 when one does not."""
    database, redis = await asyncio.gather(_database_answers(), _redis_answers())
    words = f"postgresql {_word(database)}\nredis {_word(redis)}\n"
    return _plain(words, 200 if database and redis else 503)


@blueprint.get("/metrics")
async def metrics() -> Response:
    """Answer with the numbers of the site's processes in Prometheus's text form."""
    return Response(await of_the_site(resources()), content_type=CONTENT_TYPE_LATEST)


async def _database_answers() -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            await resources().database.ping()
    except (StorageError, TimeoutError):
        return False
    return True


async def _redis_answers() -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            await resources().redis.ping()
    except (RedisError, OSError):
        return False
    return True


def _word(answers: bool) -> str:
    return "answers" if answers else "does not answer"


def _plain(text: str, status: int) -> Response:
    return Response(
        text, status, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"}
    )
