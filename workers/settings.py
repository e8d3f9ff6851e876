"""What `arq workers.settings.WorkerSettings` runs: one flat class, since arq ignores what a class inherits."""

import asyncio
import gc
from contextlib import AsyncExitStack
from typing import Any, ClassVar

from service.config import ensure_secret_key, load_config
from service.loading import collecting_nothing
from service.processes.report import ready, refusing

with refusing():  # first: a mistake in it is told before all else is loaded
    config = ensure_secret_key(load_config())

with collecting_nothing():
    import arq.cli
    import arq.worker
    import msgspec
    import structlog
    from arq.connections import ArqRedis
    from arq.cron import cron

    from service.federation.intake.opening import open_neighbourhood
    from service.lifecycle import open_resources, wait_for_redis
    from service.logs import configure_logs
    from service.redis_pools import redis_client
    from workers.blocklists import read_blocklists
    from workers.clock import watch_clock
    from workers.events import CLAIM_MARGIN, run_event
    from workers.introductions import meet_instances
    from workers.jobs import encoded
    from workers.publishing import publish_scheduled
    from workers.receive import receive
    from workers.refreshing import refresh_actors
    from workers.relay import relay
    from workers.speak import speak
    from workers.telemetry import REGISTRY, survey
    from workers.upkeep import (
        count_active,
        count_just_active,
        delete_departed,
        delete_unused_pictures,
        enable_expired_accounts,
        end_expired_bans,
        expire_copies,
        forget_by_rule,
        forget_expired_sessions,
        forget_old_entries,
        forget_seen,
        forget_sent_activities,
        recount_communities,
        remind,
        sweep_store,
        write_about_unread,
    )
    from workers.words import read_older_texts

ENDING_WITHIN = 5.0  # seconds; what does not end by then must not keep the process alive

log = structlog.get_logger()

configure_logs(config.log)


async def _open_arqs_own(_: Any, **options: Any) -> ArqRedis:
    """Stand in for arq's way to Redis, which knows neither certificates at Sentinels nor our limits."""
    with refusing():
        redis = redis_client(config, **options)
        await wait_for_redis(config, redis)
    return redis


arq.worker.create_pool = _open_arqs_own  # type: ignore[assignment, attr-defined]


def _leave_logs_alone(verbose: bool) -> dict[str, Any]:
    """Stand in for arq's own log format, with which every line of arq's would be written twice."""
    return {"version": 1, "disable_existing_loggers": False}


arq.cli.default_log_config = _leave_logs_alone  # type: ignore[attr-defined]


async def open_worker(ctx: dict[str, Any]) -> None:
    """Open this process's resources; start the relay and the look at what waits."""
    stack = ctx["stack"] = AsyncExitStack()
    with refusing():
        ctx["resources"] = await stack.enter_async_context(open_resources(config, "worker", REGISTRY))
    resources = ctx["resources"]
    known = await stack.enter_async_context(
        open_neighbourhood(config, resources.database, resources.outbound)
    )
    ctx["tasks"] = [
        asyncio.create_task(speak(resources, known.admission), name="speak"),
        asyncio.create_task(relay(resources), name="relay"),
        asyncio.create_task(receive(resources, known.fetcher), name="receive"),
        asyncio.create_task(survey(resources), name="survey"),
        asyncio.create_task(watch_clock(resources, WorkerSettings.cron_jobs), name="watch_clock"),
    ]
    gc.collect()
    gc.freeze()
    ready()


async def close_worker(ctx: dict[str, Any]) -> None:
    """Stop relay and looking, then close the resources; arq has waited for the running jobs already."""
    if "tasks" in ctx:
        for task in ctx["tasks"]:
            task.cancel()
        _, stubborn = await asyncio.wait(ctx["tasks"], timeout=ENDING_WITHIN)
        if stubborn:
            log.error("shutdown_timeout", tasks=[task.get_name() for task in stubborn])
    await ctx["stack"].aclose()


class WorkerSettings:
    """arq's settings."""

    functions: ClassVar[list[Any]] = [run_event]
    cron_jobs: ClassVar[list[Any]] = [
        cron(forget_expired_sessions, minute=17),
        cron(expire_copies, minute=27),
        cron(delete_unused_pictures, hour=3, minute=37),
        cron(sweep_store, hour=4, minute=7),
        cron(delete_departed, minute=7),
        cron(write_about_unread, minute=33),
        cron(enable_expired_accounts, minute=set(range(60))),
        cron(remind, minute=set(range(60)), second=15),
        cron(end_expired_bans, minute=set(range(60))),
        cron(forget_old_entries, hour=3, minute=41),
        cron(forget_seen, hour=3, minute=45),
        cron(forget_by_rule, hour=3, minute=51),
        cron(forget_sent_activities, hour=4, minute=17),
        cron(publish_scheduled, minute=set(range(60)), second=3),
        cron(read_blocklists, minute=set(range(60)), second=20),
        cron(refresh_actors, minute=set(range(4, 60, 10))),
        cron(meet_instances, minute=set(range(60)), second={10, 40}),
        cron(read_older_texts, minute=set(range(60)), second=5),
        cron(count_just_active, minute=set(range(0, 60, 5))),
        cron(count_active, minute=47),
        cron(recount_communities, hour=3, minute=53),
    ]
    on_startup = open_worker
    on_shutdown = close_worker
    job_serializer = encoded
    job_deserializer = msgspec.json.decode
    max_jobs = config.worker.max_jobs
    # For all jobs alike: arq hides what a killed worker had at hand for as long as its longest job may take.
    # An event's own time limit comes first and is written to its row; this one is for what holds it up even then.
    job_timeout = config.worker.job_timeout + CLAIM_MARGIN
    job_completion_wait = int(config.worker.completion_wait)
    # The truth is in the outbox, which has its own attempts; a job that Redis forgets is woken again.
    max_tries = 5
    retry_jobs = True
    keep_result = 0
    poll_delay = 0.05
    queue_read_limit = 1000
    health_check_interval = 30
    log_results = False
