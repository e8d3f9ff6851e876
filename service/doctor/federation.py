"""What goes between this site and others: whether it talks at all, what waits, the clock, the proxy in front."""

import time
from collections.abc import Iterable, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.config import Config
from service.doctor.findings import Finding
from service.federation import parked
from service.federation.receive import queue
from service.forum.instances import queries
from service.forum.instances.choices import Mode
from service.telemetry.presence import Report

OLD_BACKLOG = 300.0  # seconds
CLOCK_OFF = 60.0  # seconds
HEAPS_SHOWN = 3
FEW_REQUESTS = 20  # of which nothing can be concluded

CLOCK = text("SELECT extract(epoch FROM clock_timestamp())::float8")


async def look_at_federation(config: Config, db: AsyncConnection) -> list[Finding]:
    """Ask PostgreSQL what concerns other servers.

    Parameters:
        config: the whole configuration.
        db: a connection to a database whose schema is current.
    """
    return [await _mode(config, db), await _received(config, db), await _clock(db)]


def look_at_proxy(reports: Sequence[Report]) -> Finding | None:
    """Say whether requests come by a proxy that is not believed: then all visitors count as one.

    Parameters:
        reports: of the processes.

    Returns:
        None where no web process has answered enough requests to tell.
    """
    unnamed = _sum(reports, "pieloop_http_unnamed_proxies")
    requests = _sum(reports, "pieloop_http_requests")
    if requests < FEW_REQUESTS:
        return None
    if unnamed * 2 < requests:
        return Finding(
            "proxy",
            True,
            f"through a proxy that isn't configured: {unnamed:.0f} of {requests:.0f} requests",
        )
    words = (
        f"through a proxy that isn't configured: {unnamed:.0f} of {requests:.0f} requests; "
        "all visitors count as one"
    )
    return Finding("proxy", False, words, "add its network to http.trusted_proxies, see docs/deployment.md")


async def _mode(config: Config, db: AsyncConnection) -> Finding:
    if not config.federation.enabled:
        return Finding("federation", True, "off: federation.enabled is false. Other servers are told to wait")
    found = await queries.federation(db)
    if found.mode is Mode.OFF:
        return Finding("federation", True, "off: an administrator has set the site to federate with no one")
    words = (
        f"on, only with the {found.allowed} servers on the allowlist"
        if found.mode is Mode.ALLOW
        else f"on, with all servers except {found.blocked} blocked ones"
    )
    broken = [one for one in found.subscriptions if one.problem]
    words += f"; {len(found.subscriptions)} lists of other sites are followed"
    if broken:
        first = broken[0]
        words += f", {len(broken)} cannot be read ({first.domain}: {first.problem})"
        return Finding(
            "federation", False, words, "see /admin/federation. The last version that was read stays in force"
        )
    return Finding("federation", True, words)


async def _received(config: Config, db: AsyncConnection) -> Finding:
    backlog = await queue.backlog(db)
    words = f"{backlog.pending} waiting (oldest {backlog.oldest:.0f} s), {backlog.parked} failed permanently"
    if backlog.parked:
        heaps = [heap for heap in await parked.heaps(db) if heap.queue == "received"]
        words += "".join(
            f"; {heap.kind} of {heap.host} ({heap.count}): {heap.error.partition(chr(10))[0]}"
            for heap in heaps[:HEAPS_SHOWN]
        )
    if backlog.oldest >= OLD_BACKLOG and config.federation.enabled:
        return Finding("received", False, words, "make sure a worker is running: pieloop work")
    return Finding("received", True, words)


async def _clock(db: AsyncConnection) -> Finding:
    before = time.time()
    there = float((await db.execute(CLOCK)).scalar_one())
    apart = there - (before + time.time()) / 2
    words = f"{abs(apart):.1f} s {'behind' if apart > 0 else 'ahead of'} the database's"
    if abs(apart) > CLOCK_OFF:
        return Finding(
            "clock", False, words, "timedatectl set-ntp true, on both machines: signatures are dated"
        )
    return Finding("clock", True, words)


def _sum(reports: Iterable[Report], name: str) -> float:
    return sum(
        sample.value
        for report in reports
        for family in report.families
        if family.name == name
        for sample in family.samples
    )
