"""Telling people: what happened becomes notifications, in the transaction that marks the event done."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import msgspec
import structlog
from redis.exceptions import RedisError

from service.forum import notifications
from service.lifecycle import NOTIFICATIONS_CHANNEL, Resources
from service.storage import outbox

log = structlog.get_logger()


async def tell_people(resources: Resources, claimed: outbox.Claimed) -> Any:
    """Return the write that tells everybody concerned."""
    domain = resources.config.site.domain
    return partial(notifications.consume, kind=claimed.kind, payload=claimed.payload, domain=domain)


async def wake_streams(resources: Resources, account_ids: Iterable[int]) -> None:
    """Let the web processes look at once what these accounts were told; without Redis they look a little later."""
    try:
        await resources.redis.publish(NOTIFICATIONS_CHANNEL, msgspec.json.encode(sorted(account_ids)))
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("stream_wakeup_failed", error=error)
