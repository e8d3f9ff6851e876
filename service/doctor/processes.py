"""The processes as they report themselves, beside what the server sees of them."""

import socket
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from service.config import Config
from service.doctor.database import psql
from service.doctor.findings import Finding, Process
from service.storage.activity import Owner
from service.telemetry.presence import Report

STARTS = {
    "web": "pieloop serve, systemctl start pieloop-web@8000, or docker compose up -d web",
    "worker": "pieloop work, systemctl start pieloop-worker@1, or docker compose up -d worker",
}
COUNTS = {"web": "http.processes", "worker": "worker.processes"}
HELD = (
    "SELECT pid, state, now() - xact_start AS since, query FROM pg_stat_activity"
    " WHERE application_name = ':name' ORDER BY xact_start"
)
TOO_LONG = 10.0  # seconds: longer than any statement may take


def side_by_side(reports: Sequence[Report], owners: Sequence[Owner] | None) -> list[Process]:
    """Lay reports and the server's view together, by name.

    Parameters:
        reports: of the processes; those that have died on this machine since are left out.
        owners: what the server sees; None where it did not answer.
    """
    backends = {row.owner: row.backends for row in owners or ()}
    reporting = [
        Process(
            name=one.name,
            role=one.role,
            host=one.host,
            pid=one.pid,
            pool=one.pool,
            backends=None if owners is None else backends.get(one.name, 0),
        )
        for one in reports
        if _lives(one)
    ]
    known = {one.name for one in reporting}
    silent = [
        Process(name=name, role=name.split(".")[1], host="", pid=0, pool=None, backends=count)
        for name, count in backends.items()
        if name.startswith(tuple(f"pieloop.{role}." for role in COUNTS)) and name not in known
    ]
    return sorted(reporting + silent, key=lambda one: (one.role, one.name))


def judge(config: Config, processes: Sequence[Process]) -> list[Finding]:
    """Say how many processes there are, and what is wrong with any of them.

    Parameters:
        config: the whole configuration.
        processes: of both roles; Redis has answered.
    """
    counts = [_count(role, processes, expected) for role, expected in _expected(config)]
    return [*counts, *(finding for one in processes for finding in _judge_one(one))]


def _expected(config: Config) -> Iterable[tuple[str, int]]:
    return (("web", config.http.processes), ("worker", config.worker.processes))


def _count(role: str, processes: Sequence[Process], expected: int) -> Finding:
    found = sum(1 for one in processes if one.role == role and one.pool is not None)
    words = f"{found} of {expected} report"
    if found < expected:
        return Finding(role, False, words, STARTS[role])
    if found > expected:
        mend = f"set {COUNTS[role]} to {found} everywhere: the budget counts {expected}"
        return Finding(role, False, words, mend)
    return Finding(role, True, words)


def _judge_one(process: Process) -> Iterator[Finding]:
    pool, name = process.pool, process.name
    if pool is None:
        words = (
            f"{name} holds {process.backends} connections but isn't reporting: its event loop may be blocked"
        )
        pid, _, host = name.split(".", 2)[2].partition("@")
        # SIGTERM is for the event loop to see. Nothing is lost: any process may be killed.
        yield Finding(
            "process", False, words, f"if this persists, on {host}: kill -KILL {pid}. It will be restarted"
        )
        return
    if pool.symptoms and (wrong := {word: count for word, count in pool.symptoms.items() if count}):
        listed = ", ".join(f"{word} {count}" for word, count in wrong.items())
        words = f"{name} has been out of sync with PostgreSQL since it started: {listed}"
        yield Finding(
            "protocol", False, words, f"restart it (kill -TERM {process.pid}), keep its log, see the runbook"
        )
    if pool.kind == "queue" and pool.waiting and pool.lent >= pool.limit:
        words = f"{name} is using all {pool.limit} connections; waiting requests: {pool.waiting}"
        yield Finding("pool", False, words, _who_holds(name))
    if pool.longest > TOO_LONG:
        words = f"{name} has been using one connection for {pool.longest:.0f} s"
        yield Finding("pool", False, words, _who_holds(name))
    if pool.kind == "queue" and process.backends is not None and process.backends > pool.limit:
        words = (
            f"the server sees {process.backends} connections of {name}, whose pool has {pool.limit} at most"
        )
        yield Finding("pool", False, words, f"restart it: kill -TERM {process.pid}")


def _who_holds(name: str) -> str:
    return psql(HELD.replace(":name", name))


def _lives(report: Report) -> bool:
    """Whether a process can still be there: one of this machine that is gone has left its report behind for a while."""
    return report.host != socket.gethostname() or Path(f"/proc/{report.pid}").exists()
