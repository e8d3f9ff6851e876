"""How often one address may call each kind of operation."""

from enum import Enum

from service.config import PrivateRegistrationConfig
from service.http.context import resources
from service.http.passing import windows
from service.http.passing.limits import WithoutRedis, enforce, key_of
from service.http.passing.visitors import where_from
from service.http.passing.windows import Allowance, Rate

HOUR = 3600  # seconds, of every window


class Kind(Enum):
    """The kinds of operations; the value is the key of config's section [private_registration]."""

    REGISTRATION = "rate_limit"
    LOOKUP = "lookup_limit"
    CHANGE = "change_limit"
    BULK = "bulk_limit"
    STATISTICS = "statistics_limit"
    MONITORING = "monitoring_limit"
    REFUSED = "refused_limit"

    @property
    def word(self) -> str:
        """How callers know it."""
        return self.name.lower()

    def most(self, config: PrivateRegistrationConfig) -> int:
        """Return how many an hour are let in."""
        most: int = getattr(config, self.value)
        return most


# Without Redis nobody counts: what changes something waits until somebody does.
CLOSED_WITHOUT_REDIS = {Kind.REGISTRATION, Kind.CHANGE, Kind.BULK}


async def limit_calls(kind: Kind) -> None:
    """Count one call of whoever asks; raises as `limits.enforce`."""
    without_redis = WithoutRedis.CLOSED if kind in CLOSED_WITHOUT_REDIS else WithoutRedis.OPEN
    await enforce(_action(kind), where_from(), _rate(kind), without_redis)


async def take(kind: Kind) -> Allowance:
    """Count one call of whoever asks; it passed or it did not.

    Raises:
        RedisError, OSError, TimeoutError: Redis is away.
    """
    return await windows.take(resources().redis, _key(kind), _rate(kind))


async def look(kind: Kind) -> Allowance:
    """Return what whoever asks has used, without using any; raises as `take`."""
    return await windows.look(resources().redis, _key(kind), _rate(kind))


def _key(kind: Kind) -> str:
    return key_of(_action(kind), where_from())


def _action(kind: Kind) -> str:
    return f"admin_{kind.word}"


def _rate(kind: Kind) -> Rate:
    return Rate(kind.most(resources().config.private_registration), HOUR)
