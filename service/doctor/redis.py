"""What Redis says: itself, the queue, and what the processes have reported there."""

import time
from typing import Any

import msgspec
from arq.constants import default_queue_name
from redis.exceptions import RedisError

from service.config import Config
from service.doctor.findings import Finding
from service.errors import StartupError
from service.redis_pools import close_redis, redis_client
from service.telemetry.presence import Report, present

OLD_JOB = 300.0  # seconds


class Seen(msgspec.Struct, frozen=True):
    """What was read from Redis; no reports at all where it does not answer."""

    findings: list[Finding]
    reports: list[Report] | None = None


async def look_at_redis(config: Config) -> Seen:
    """Ask Redis.

    Parameters:
        config: the whole configuration.
    """
    if not config.redis.url:
        return Seen(
            [Finding("redis", False, "no URL is configured: set redis.url", "PIELOOP_REDIS_URL=redis://…")]
        )
    try:
        redis = redis_client(config)
    except StartupError as error:
        return Seen([Finding("redis", False, str(error), "PIELOOP_REDIS_URL=redis://:password@host:6379/0")])
    try:
        info: dict[str, Any] = await redis.info()
        queued = await redis.zcard(default_queue_name)
        oldest = await redis.zrange(default_queue_name, 0, 0, withscores=True)
        reports = await present(redis)
    except (RedisError, OSError) as error:
        mend = "systemctl status redis, or docker compose ps redis. The site keeps running, but its jobs wait"
        return Seen([Finding("redis", False, f"not responding: {error}", mend)])
    finally:
        await close_redis(redis)
    # The score of a job is the time, in milliseconds, at which it may begin.
    age = max(0.0, time.time() - oldest[0][1] / 1000) if oldest else 0.0
    return Seen([_server(info), _queue(queued, age)], reports)


def _server(info: dict[str, Any]) -> Finding:
    policy = info.get("maxmemory_policy", "noeviction")
    words = f"responding, version {info.get('redis_version')}, {info.get('used_memory_human', '?')} used, {policy}"
    well = policy == "noeviction" or not info.get("maxmemory")
    return Finding("redis", well, words, "" if well else "redis-cli CONFIG SET maxmemory-policy noeviction")


def _queue(queued: int, age: float) -> Finding:
    words = f"{queued} jobs" + (f", the oldest has waited {age:.0f} s" if queued else "")
    well = age < OLD_JOB
    return Finding("queue", well, words, "" if well else "make sure a worker is running: pieloop work")
