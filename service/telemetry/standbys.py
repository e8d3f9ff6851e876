"""The standbys that take a process's reads as metrics; read at the moment when somebody asks."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.storage.replicas import Replicas

LONG_AGO = 86_400.0  # seconds: what is said of a standby of which nothing is known


class StandbyCollector(Collector):
    """The metrics of a process's standbys; families without any series where it has none.

    Parameters:
        replicas: of the process.
    """

    def __init__(self, replicas: Replicas | None) -> None:
        self._replicas = replicas

    def collect(self) -> Iterable[Metric]:
        """Yield every metric."""
        holds = _gauge("holds", "Whether the standby takes reads.")
        behind = _gauge("behind_seconds", "How old what it shows is, at most.")
        lent = _gauge("lent", "Connections to it lent out.")
        reads = _counter("reads", "Reads that it took.")
        failures = _counter("failures", "Reads that it failed, and that the primary answered.")
        for replica in self._replicas or ():
            now = replica.report()
            for family, value in (
                (holds, float(now.holds)),
                (behind, min(now.behind, LONG_AGO)),
                (lent, now.pool.lent),
                (reads, now.reads),
                (failures, now.failures),
            ):
                family.add_metric([now.name], value)
        yield from (holds, behind, lent, reads, failures)


def _gauge(name: str, words: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"pieloop_standby_{name}", words, labels=["standby"])


def _counter(name: str, words: str) -> CounterMetricFamily:
    return CounterMetricFamily(f"pieloop_standby_{name}", words, labels=["standby"])
