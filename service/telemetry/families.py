"""A process's numbers as plain data that can be sent, and the data of many processes as Prometheus's text."""

from collections.abc import Iterable, Sequence

import msgspec
from prometheus_client import generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

# prometheus_client gives every counter a second series with the time of its creation; nobody reads those.
UNREAD = "_created"


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """One number: the name of its series, its labels, its value."""

    name: str
    labels: dict[str, str]
    value: float


class Family(msgspec.Struct, frozen=True, array_like=True):
    """A metric with all its series."""

    name: str
    help: str
    type: str
    samples: list[Sample]


def take(registry: CollectorRegistry) -> list[Family]:
    """Return all that a registry holds at this moment."""
    return [
        Family(
            metric.name,
            metric.documentation,
            metric.type,
            [
                Sample(sample.name, sample.labels, sample.value)
                for sample in metric.samples
                if not sample.name.endswith(UNREAD)
            ],
        )
        for metric in registry.collect()
    ]


def labelled(families: Iterable[Family], **labels: str) -> list[Family]:
    """Return the families with more labels on every series."""
    return [
        Family(
            family.name,
            family.help,
            family.type,
            [Sample(one.name, one.labels | labels, one.value) for one in family.samples],
        )
        for family in families
    ]


def exposition(families: Iterable[Family]) -> bytes:
    """Write families in Prometheus's text form; those of one name become one."""
    by_name: dict[str, list[Family]] = {}
    for family in families:
        by_name.setdefault(family.name, []).append(family)
    return generate_latest(_Collected([_join(same) for same in by_name.values()]))


def _join(families: Sequence[Family]) -> Metric:
    first = families[0]
    metric = Metric(first.name, first.help, first.type)
    for family in families:
        for sample in family.samples:
            metric.add_sample(sample.name, sample.labels, sample.value)
    return metric


class _Collected(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics
