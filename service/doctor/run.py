"""Examines a site, and writes down what was found, for a person or for a program."""

import asyncio

import msgspec

from service.config import Config
from service.doctor.actors import look_at_actors
from service.doctor.content import look_at_content
from service.doctor.counters import look_at_counters
from service.doctor.database import look_at_database
from service.doctor.disk import look_at_disk
from service.doctor.federation import look_at_proxy
from service.doctor.findings import Examination, Finding, Process
from service.doctor.images import look_at_images
from service.doctor.processes import judge, side_by_side
from service.doctor.redis import look_at_redis
from service.doctor.secret import look_at_secret
from service.doctor.settings import look_at_settings, look_at_variables
from service.doctor.standbys import look_at_standbys

HEADINGS = ("process", "size", "lent", "waiting", "longest", "timeouts", "thrown away", "on the server")


def run(
    config: Config, *, as_json: bool, every_file: bool = False, counters: bool = False, repair: bool = False
) -> tuple[str, bool]:
    """Examine, and return what to print and whether all is well.

    Parameters:
        config: the whole configuration.
        as_json: for programs.
        every_file: look at every file of the image store.
        counters: compare every figure with what it counts.
        repair: mend what can be mended.
    """
    examination = asyncio.run(examine(config, every_file=every_file, counters=counters, repair=repair))
    return (report(examination).decode() if as_json else describe(examination)), examination.well


async def examine(
    config: Config, *, every_file: bool = False, counters: bool = False, repair: bool = False
) -> Examination:
    """Look at PostgreSQL, Redis, every process, what waits, the disk and the image store.

    Parameters:
        config: the whole configuration.
        every_file, counters, repair: see run.
    """
    database, redis = await asyncio.gather(look_at_database(config), look_at_redis(config))
    owners = database.owners if database.budget else None
    processes: list[Process] = []
    findings = [*database.findings, *redis.findings, look_at_disk(config), look_at_secret(config)]
    findings += look_at_variables()
    if database.budget is not None:
        findings += await look_at_standbys(config)
    if all(one.well for one in database.findings if one.subject in {"postgresql", "schema"}):
        findings.append(await look_at_actors(config, repair=repair))
        findings += await look_at_settings(config)
        findings.append(await look_at_content(config))
        findings += [await look_at_counters(config, repair=repair)] if counters else []
        findings.append(await look_at_images(config, every_file=every_file, repair=repair))
    if redis.reports is not None:
        processes = side_by_side(redis.reports, owners)
        findings += judge(config, processes)
        findings += filter(None, [look_at_proxy(redis.reports)])
    return Examination(
        site=config.site.domain,
        findings=findings,
        processes=processes,
        budget=database.budget,
        backends=database.owners,
        idle=database.idle,
    )


def describe(examination: Examination) -> str:
    """Write an examination out for a person at a terminal."""
    lines: list[str] = []
    for found in examination.findings:
        lines.append(f"{_sign(found)} {found.subject:<11} {found.words}")
        if found.mend:
            lines.append(f"{'':<15} -> {found.mend}")
    if examination.processes:
        lines += ["", *_table([HEADINGS, *map(_row, examination.processes)])]
    known = {one.name for one in examination.processes}
    others = [row for row in examination.backends if row.owner not in known]
    lines += ["", *(f"{row.owner or 'no name'}: {row.backends} connections" for row in others), ""]
    wrong = len(examination.wrong)
    things = "1 thing is" if wrong == 1 else f"{wrong} things are"
    lines.append(f"{things} wrong: see the lines that start with !!." if wrong else "No problems found.")
    return "\n".join(lines)


def report(examination: Examination) -> bytes:
    """Write an examination out for a program, as JSON."""
    budget = examination.budget
    sums = {"needed": budget.needed, "available": budget.available, "web": budget.web} if budget else {}
    return msgspec.json.encode(
        msgspec.structs.asdict(examination)
        | {
            "well": examination.well,
            "budget": (msgspec.to_builtins(budget) | sums) if budget else None,
        }
    )


def _sign(found: Finding) -> str:
    """Well, to be known, or wrong."""
    if not found.well:
        return "!! "
    return "-- " if found.mend else "ok "


def _row(process: Process) -> tuple[str, ...]:
    seen = "?" if process.backends is None else str(process.backends)
    pool = process.pool
    if pool is None:
        return (process.name, *"------", seen)
    size = f"{pool.size} + {pool.limit - pool.size}" if pool.limit else "none"
    return (
        process.name,
        size,
        str(pool.lent),
        str(pool.waiting),
        f"{pool.longest:.1f} s",
        str(pool.timeouts),
        str(sum(pool.invalidated.values())),
        seen,
    )


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if first else cell.rjust(width)
            for first, cell, width in zip((True, *[False] * len(row)), row, widths, strict=False)
        ).rstrip()
        for row in rows
    ]
