"""Posts that wait for their time, published when it has come."""

from typing import Any

import structlog

from service.forum.errors import ForumError
from service.forum.posts import operations
from service.forum.posts.waiting import due
from service.lifecycle import Resources
from service.storage.clock import utcnow
from workers.upkeep import by_date

MOST = 50  # a minute

log = structlog.get_logger()


@by_date
async def publish_scheduled(ctx: dict[str, Any]) -> int:
    """Publish what is due, each post in a transaction of its own; return how many. What is refused is put off."""
    resources: Resources = ctx["resources"]
    domain, published = resources.config.site.domain, 0
    async with resources.database.read() as db:
        post_ids = await due(db, utcnow(), most=MOST)
    for post_id in post_ids:
        try:
            await resources.database.write(operations.publish_due, post_id, domain=domain)
            published += 1
        except ForumError as refusal:
            log.info("scheduled_post_refused", post=post_id, reason=refusal.code)
            await resources.database.write(operations.put_off, post_id)
    return published
