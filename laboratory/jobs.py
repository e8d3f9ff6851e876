"""The product's worker with the laboratory's jobs: `arq laboratory.jobs.WorkerSettings`. Flat, as arq wants it."""

from contextlib import suppress
from typing import Any, ClassVar

from laboratory import doors
from service.storage.transaction import Busy
from workers.settings import WorkerSettings as Product


async def echo(ctx: dict[str, Any], answers: int, pause: float, hurry: float) -> None:
    """Ask for tokens."""
    with suppress(Busy):
        await doors.echo(ctx["resources"], answers, pause, hurry)


async def picture(ctx: dict[str, Any]) -> None:
    """Work on a picture."""
    await doors.picture(ctx["resources"])


class WorkerSettings:
    """arq's settings: the product's, with other jobs."""

    functions: ClassVar[list[Any]] = [*Product.functions, echo, picture]
    cron_jobs = Product.cron_jobs
    on_startup = Product.on_startup
    on_shutdown = Product.on_shutdown
    job_serializer = Product.job_serializer
    job_deserializer = Product.job_deserializer
    max_jobs = Product.max_jobs
    job_timeout = Product.job_timeout
    job_completion_wait = Product.job_completion_wait
    max_tries = Product.max_tries
    retry_jobs = Product.retry_jobs
    keep_result = Product.keep_result
    poll_delay = Product.poll_delay
    queue_read_limit = Product.queue_read_limit
    health_check_interval = Product.health_check_interval
    log_results = Product.log_results
