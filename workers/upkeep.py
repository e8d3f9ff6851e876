"""What has to be swept up now and then; each job may run twice, or not at all for a day, without harm.

Whatever is deleted or ends by its date waits until the clock is known to go right.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar, cast

from service.federation.deliver.retention import forget_sent
from service.federation.receive import queue
from service.forum import audit, idempotency
from service.forum.accounts import operations
from service.forum.attachments import copies, keeping
from service.forum.attachments import operations as attachments
from service.forum.communities import counting
from service.forum.communities import operations as communities
from service.forum.posts.operations.retention import delete_unkept, forget_reading
from service.forum.reminders import operations as reminders
from service.lifecycle import Resources
from service.storage.clock import utcnow
from service.storage.steadiness import look_at_clock

KEYS_KEPT = timedelta(days=7)
# In such communities somebody wrote a moment ago, and in these what was counted may have drifted.
JUST_NOW, LATELY = timedelta(minutes=10), timedelta(days=3)

Job = TypeVar("Job", bound=Callable[..., Any])


def by_date(job: Job) -> Job:
    """Let a job do nothing as long as the clock is not to be trusted: see `storage.steadiness`."""

    @wraps(job)
    async def careful(ctx: dict[str, Any]) -> int:
        resources: Resources = ctx["resources"]
        if not await resources.database.write(look_at_clock):
            return 0
        count: int = await job(ctx)
        return count

    return cast("Job", careful)


@by_date
async def forget_expired_sessions(ctx: dict[str, Any]) -> int:
    """Delete the sessions that have run out, with old links for passwords and wrong passwords; return how many."""
    write = ctx["resources"].database.write
    await _until_none(lambda: write(operations.forget_old_attempts))
    return await _until_none(lambda: write(operations.forget_expired_sessions))


async def write_about_unread(ctx: dict[str, Any]) -> int:
    """Want letters to those who were told something while they were away; return how many."""
    resources: Resources = ctx["resources"]
    if not resources.mail.is_configured:
        return 0
    return await resources.database.write(operations.want_unread_letters)


@by_date
async def enable_expired_accounts(ctx: dict[str, Any]) -> int:
    """Enable the accounts whose time of being disabled has ended; return how many."""
    write = ctx["resources"].database.write
    return await _until_none(lambda: write(operations.enable_expired))


@by_date
async def remind(ctx: dict[str, Any]) -> int:
    """Tell members what they asked to be reminded of by now; return how many reminders were worked off."""
    write = ctx["resources"].database.write
    return await _until_none(lambda: write(reminders.remind))


@by_date
async def delete_departed(ctx: dict[str, Any]) -> int:
    """Delete the accounts whose owners asked for it a week ago; return how many."""
    write = ctx["resources"].database.write
    return await _until_none(lambda: write(operations.delete_departed))


@by_date
async def end_expired_bans(ctx: dict[str, Any]) -> int:
    """Let members of communities in again whose ban has run out; return how many."""
    resources: Resources = ctx["resources"]
    return await resources.database.write(communities.end_expired_bans)


@by_date
async def forget_old_entries(ctx: dict[str, Any]) -> int:
    """Delete entries of the audit log, and idempotency keys, that are old enough; return how many."""
    resources: Resources = ctx["resources"]
    days = resources.config.private_registration.audit_days
    entries = await resources.database.write(audit.forget_old, days)
    return entries + await resources.database.write(idempotency.forget_old_keys, utcnow() - KEYS_KEPT)


@by_date
async def forget_seen(ctx: dict[str, Any]) -> int:
    """Forget which activities of other servers were here, after their time; return how many."""
    resources: Resources = ctx["resources"]
    write, days = resources.database.write, resources.config.federation.seen_days
    return await _until_none(lambda: write(queue.forget_seen, days))


@by_date
async def expire_copies(ctx: dict[str, Any]) -> int:
    """Forget copies of other sites' pictures after their time, and say where those without one are; return how many."""
    resources: Resources = ctx["resources"]
    write, rules = resources.database.write, resources.config.store
    expired = 0
    if rules.remote_days:
        expired = await _until_none(lambda: write(copies.expire_copies, rules.remote_days))
    if rules.remote == "proxy":
        await _until_none(lambda: write(copies.lead_through_us, resources.config.site.domain))
    else:
        await _until_none(lambda: write(copies.lead_past_us))
    return expired


@by_date
async def forget_by_rule(ctx: dict[str, Any]) -> int:
    """Delete the posts that their communities keep no longer, and forget old reading; return how many rows."""
    write = ctx["resources"].database.write
    return await _until_none(lambda: write(delete_unkept)) + await _until_none(lambda: write(forget_reading))


@by_date
async def forget_sent_activities(ctx: dict[str, Any]) -> int:
    """Delete from the log what was sent long ago; return how many rows."""
    resources: Resources = ctx["resources"]
    days = resources.config.federation.sent_days
    return await _until_none(lambda: resources.database.write(forget_sent, days))


@by_date
async def delete_unused_pictures(ctx: dict[str, Any]) -> int:
    """Delete what only deleted posts have shown for long; return how many pictures."""
    resources: Resources = ctx["resources"]
    days = resources.config.store.unused_days
    if not days:
        return 0
    await resources.database.write(attachments.mark_unused)
    return await _until_none(lambda: resources.database.write(attachments.delete_unused, days))


@by_date
async def sweep_store(ctx: dict[str, Any]) -> int:
    """Delete from the store what crashes left behind; return how many files."""
    resources: Resources = ctx["resources"]
    return (await keeping.sweep(resources.database, resources.store)).removed


async def count_active(ctx: dict[str, Any]) -> int:
    """Count who is active in every community; return in how many steps."""
    write = ctx["resources"].database.write
    return await _from_first(lambda after: write(counting.count_active, after))


async def count_just_active(ctx: dict[str, Any]) -> int:
    """Count who is active in communities where somebody wrote a moment ago; return in how many steps."""
    write, since = ctx["resources"].database.write, utcnow() - JUST_NOW
    return await _from_first(lambda after: write(counting.count_just_active, after, since=since))


async def recount_communities(ctx: dict[str, Any]) -> int:
    """Count members, posts and comments of communities in use anew; return in how many steps."""
    write, since = ctx["resources"].database.write, utcnow() - LATELY
    return await _from_first(lambda after: write(counting.recount, after, since=since))


async def _from_first(step: Callable[[int], Awaitable[int]]) -> int:
    """Take step after step, each a short write that begins after the id the last one returned, until that is 0."""
    steps, after = 0, 0
    while after := await step(after):
        steps += 1
    return steps


async def _until_none(step: Callable[[], Awaitable[int]]) -> int:
    """Take step after step, each a short write, until one finds nothing."""
    total = 0
    while count := await step():
        total += count
    return total
