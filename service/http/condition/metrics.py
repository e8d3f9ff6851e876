"""What a web process counts, and the answer to Prometheus: the numbers of every process of the site, each labelled.

So one scrape of any web process shows them all, the workers too, whichever of several processes on one port answers.
"""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from redis.exceptions import RedisError

from service.lifecycle import Resources
from service.telemetry.families import Family, Sample, exposition, labelled
from service.telemetry.presence import Report, present

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)  # seconds


class Metrics:
    """The counters of one app."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "pieloop_http_requests", "Requests answered.", ["method", "status"], registry=self.registry
        )
        self.shared = Counter(
            "pieloop_http_shared",
            "Requests of strangers that were sent what another was answered.",
            registry=self.registry,
        )
        self.seconds = Histogram(
            "pieloop_http_request_seconds", "Time to an answer.", buckets=BUCKETS, registry=self.registry
        )
        self.refused = Counter(
            "pieloop_http_refused", "Requests refused, by reason.", ["reason"], registry=self.registry
        )
        self.bodies_refused = Counter(
            "pieloop_http_bodies_refused",
            "Requests refused for what they bring, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self.limits_open = Counter(
            "pieloop_limits_failed_open",
            "Rate limits not checked because Redis was away.",
            registry=self.registry,
        )
        self.unnamed_proxies = Counter(
            "pieloop_http_unnamed_proxies",
            "Requests whose X-Forwarded-For comes from no network of http.trusted_proxies.",
            registry=self.registry,
        )
        self.cancelled = Counter(
            "pieloop_http_cancelled",
            "Requests whose client went away before the answer.",
            ["method"],
            registry=self.registry,
        )
        self.inbox = Counter(
            "pieloop_inbox_activities",
            "Activities of other servers, by what became of them at the door.",
            ["outcome"],
            registry=self.registry,
        )

    def count_refusal(self, reason: str) -> None:
        """Count one request that was refused."""
        self.refused.labels(reason).inc()

    def show(self, name: str, words: str, read: Callable[[], float]) -> None:
        """Give a number that is read at the moment of the scrape."""
        Gauge(name, words, registry=self.registry).set_function(read)


async def of_the_site(resources: Resources) -> bytes:
    """Return the numbers of every process in Prometheus's text form; this process's alone where Redis is away."""
    own = resources.reporter.report()
    try:
        others = [one for one in await present(resources.redis) if one.name != own.name]
        redis_answers = True
    except (RedisError, OSError):
        others, redis_answers = [], False
    families = [family for one in (own, *others) for family in labelled(one.families, **one.labels)]
    families.append(_gauge("pieloop_redis_answers", "Whether Redis answers.", Sample("", {}, redis_answers)))
    if redis_answers:
        families.append(_processes((own, *others)))
    return exposition(families)


def _processes(reports: Iterable[Report]) -> Family:
    counts = dict.fromkeys(("web", "worker"), 0)
    for one in reports:
        counts[one.role] += 1
    samples = [Sample("", {"role": role}, count) for role, count in counts.items()]
    return _gauge("pieloop_processes", "Processes that report how they are, by role.", *samples)


def _gauge(name: str, words: str, *samples: Sample) -> Family:
    return Family(name, words, "gauge", [Sample(name, one.labels, one.value) for one in samples])
