"""Telling people: what happened becomes notifications, in the transaction that marks the event done."""

from functools import partial
from typing import Any

from service.forum import notifications
from service.lifecycle import Resources
from service.storage import outbox


async def tell_people(resources: Resources, claimed: outbox.Claimed) -> Any:
    """Return the write that tells everybody concerned."""
    domain = resources.config.site.domain
    return partial(notifications.consume, kind=claimed.kind, payload=claimed.payload, domain=domain)
