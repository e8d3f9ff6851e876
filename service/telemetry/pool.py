"""A process's pool as metrics; read at the moment when somebody asks."""

from collections.abc import Iterable
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from service.storage.observation import BOUNDS, Durations
from service.storage.transaction import Database


class PoolCollector(Collector):
    """The metrics of one pool.

    Parameters:
        database: whose pool.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterable[Metric]:
        """Yield every metric."""
        now = self._database.pool_report()
        for name, words, value in (
            ("size", "Connections that the pool keeps.", now.size),
            ("limit", "The most connections that the pool opens.", now.limit),
            ("open", "Connections open.", now.open),
            ("lent", "Connections lent out.", now.lent),
            ("overflow", "Connections open beyond the pool's size.", now.overflow),
            ("waiting", "Who has asked for a connection and has none yet.", now.waiting),
            ("longest_loan_seconds", "How long the oldest loan has lasted.", now.longest),
        ):
            yield GaugeMetricFamily(f"pieloop_pool_{name}", words, value=value)
        for name, words, value in (
            ("opened", "Connections opened.", now.opened),
            ("timeouts", "Waits for a connection that were given up.", now.timeouts),
            ("cancelled", "Waits for a connection that were cancelled.", now.cancelled),
            ("held_long", "Loans that lasted longer than a second.", now.held_long),
        ):
            yield CounterMetricFamily(f"pieloop_pool_{name}", words, value=value)
        yield _counts(
            "pieloop_pool_invalidated", "Connections thrown away, by reason.", "reason", now.invalidated
        )
        yield _counts(
            "pieloop_protocol_errors",
            "Errors that mean that client and server are out of step.",
            "symptom",
            now.symptoms,
        )
        yield _durations("pieloop_pool_wait_seconds", "How long it took to get a connection.", now.waits)
        yield _durations("pieloop_pool_loan_seconds", "How long connections were held.", now.loans)


def _counts(name: str, words: str, label: str, counts: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, words, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


def _durations(name: str, words: str, durations: Durations) -> Metric:
    bounds = [*map(str, map(float, BOUNDS)), "+Inf"]
    buckets = list(zip(bounds, map(float, accumulate(durations.counts)), strict=True))
    return HistogramMetricFamily(name, words, buckets=buckets, sum_value=durations.total)
