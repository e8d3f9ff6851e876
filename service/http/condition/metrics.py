"""What a web process counts, and the answer to Prometheus: the numbers of every process of the site, each labelled.

So one scrape of any web process shows them all, the workers too, whichever of several processes on one port answers.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from service.http.passing.bodies.budget import Budget
from service.http.passing.overload.gate import Gate
from service.http.passing.overload.outside import Outside
from service.http.passing.request import Writes
from service.lifecycle import Resources
from service.telemetry.families import Family, Sample, exposition, labelled
from service.telemetry.presence import Report, present

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)  # seconds


class Metrics:
    """The counters of one app.

    Parameters:
        gate: the concurrency gate.
        writes: the shielded writes.
        budget: the bytes of bodies.
        outside: who waits for other sites.
    """

    def __init__(self, gate: Gate, writes: Writes, budget: Budget, outside: Outside) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "pieloop_http_requests", "Requests answered.", ["method", "status"], registry=self.registry
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
        self.registry.register(_Gauges(gate, writes, budget, outside))


class _Gauges(Collector):
    """Reads the present state at the moment of the scrape."""

    def __init__(self, gate: Gate, writes: Writes, budget: Budget, outside: Outside) -> None:
        self._gate, self._writes, self._budget, self._outside = gate, writes, budget, outside

    def collect(self) -> Iterable[Metric]:
        """Yield one gauge for each number."""
        yield GaugeMetricFamily("pieloop_http_working", "Requests at work.", value=self._gate.working)
        yield GaugeMetricFamily(
            "pieloop_http_places", "How many may be at work for now.", value=self._gate.limit
        )
        yield GaugeMetricFamily(
            "pieloop_http_waiting", "Requests waiting for a place.", value=self._gate.waiting
        )
        yield GaugeMetricFamily(
            "pieloop_http_outside", "Requests that wait for other sites.", value=len(self._outside)
        )
        yield GaugeMetricFamily("pieloop_http_writes", "Shielded writes under way.", value=len(self._writes))
        yield GaugeMetricFamily(
            "pieloop_http_body_bytes", "Bytes of bodies held by requests.", value=self._budget.held
        )


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
