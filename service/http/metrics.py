"""What this process counts, for Prometheus. Every process has its own registry; a scrape sees the one it reaches."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from service.http.overload import Gate, Writes
from service.storage.transaction import Database

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)  # seconds


class Metrics:
    """The counters of one app.

    Parameters:
        gate: the concurrency gate.
        writes: the shielded writes.
    """

    def __init__(self, gate: Gate, writes: Writes) -> None:
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
        self.limits_open = Counter(
            "pieloop_limits_failed_open",
            "Rate limits not checked because Redis was away.",
            registry=self.registry,
        )
        self.database: Database | None = None
        self.registry.register(_Gauges(self, gate, writes))
        ProcessCollector(registry=self.registry)


class _Gauges(Collector):
    """Reads the present state at the moment of the scrape."""

    def __init__(self, metrics: Metrics, gate: Gate, writes: Writes) -> None:
        self._metrics, self._gate, self._writes = metrics, gate, writes

    def collect(self) -> Iterable[Metric]:
        """Yield one gauge for each number."""
        yield GaugeMetricFamily("pieloop_http_working", "Requests at work.", value=self._gate.working)
        yield GaugeMetricFamily(
            "pieloop_http_waiting", "Requests waiting for a place.", value=self._gate.waiting
        )
        yield GaugeMetricFamily("pieloop_http_writes", "Shielded writes under way.", value=len(self._writes))
        state = self._metrics.database.pool_state() if self._metrics.database else None
        if state:
            yield GaugeMetricFamily(
                "pieloop_pool_limit", "The most connections the pool opens.", value=state.limit
            )
            yield GaugeMetricFamily("pieloop_pool_open", "Connections open.", value=state.open)
            yield GaugeMetricFamily("pieloop_pool_lent", "Connections lent out.", value=state.lent)
