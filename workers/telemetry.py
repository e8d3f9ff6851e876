"""What a worker counts, and its look now and then at what the whole site has waiting.

The metrics are this process's own: made at import like any constant, they hold nothing open.
"""

import asyncio
import time
from collections.abc import Iterable

import structlog
from arq.constants import default_queue_name
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from service.federation.deliver import figures
from service.federation.deliver.courier import Courier
from service.federation.receive import queue
from service.forum import words_backlog
from service.lifecycle import Resources
from service.storage import activity, outbox
from service.storage.transaction import StorageError

log = structlog.get_logger()

SURVEY_EVERY = 15.0  # seconds
STALE = 60.0  # seconds: what was seen longer ago is not told any more
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)  # seconds

DONE, FAILED, INTERRUPTED = "done", "failed", "interrupted"

REGISTRY = CollectorRegistry()
EVENTS = Counter(
    "pieloop_events", "Events of the outbox worked on, by outcome.", ["topic", "outcome"], registry=REGISTRY
)
SECONDS = Histogram(
    "pieloop_event_seconds", "Time that an event took.", ["topic"], buckets=BUCKETS, registry=REGISTRY
)
WOKEN = Counter("pieloop_relay_woken", "Jobs woken by the relay.", registry=REGISTRY)
SAID = Counter(
    "pieloop_federation_events", "Events said to other servers, by outcome.", ["outcome"], registry=REGISTRY
)
LISTENING = Gauge(
    "pieloop_relay_listening", "Whether the relay hears PostgreSQL's notifications.", registry=REGISTRY
)
RECEIVED = Counter(
    "pieloop_received_activities",
    "Activities of other servers worked off, by type and by what became of them.",
    ["kind", "outcome"],
    registry=REGISTRY,
)
HEARING = Gauge(
    "pieloop_receiving_listening", "Whether the drain hears of what was received.", registry=REGISTRY
)


class _Deliveries(Collector):
    """What this process has sent to other servers, and what waits in its memory."""

    def __init__(self) -> None:
        self._courier: Courier | None = None

    def watch(self, courier: Courier) -> None:
        """Show the numbers of this courier."""
        self._courier = courier

    def collect(self) -> Iterable[Metric]:
        """Yield them."""
        if self._courier is None:
            return
        sent = CounterMetricFamily(
            "pieloop_deliveries",
            "Activities sent to other servers, by what became of them and why.",
            labels=["outcome", "reason"],
        )
        for (outcome, reason), count in self._courier.carrier.counts.items():
            sent.add_metric([outcome, reason], count)
        yield sent
        yield GaugeMetricFamily(
            "pieloop_peers_owned", "Servers that this process sends to.", value=len(self._courier.lines)
        )


DELIVERIES = _Deliveries()
REGISTRY.register(DELIVERIES)


class _Survey(Collector):
    """The latest look at the site as a whole."""

    def __init__(self) -> None:
        self._metrics: list[Metric] = []
        self._seen = float("-inf")

    def keep(self, numbers: dict[str, tuple[str, float]]) -> None:
        """Show these gauges until they are stale."""
        self._metrics = [
            GaugeMetricFamily(name, words, value=value) for name, (words, value) in numbers.items()
        ]
        self._seen = time.monotonic()

    def collect(self) -> Iterable[Metric]:
        """Yield what was seen, unless it was too long ago."""
        return self._metrics if time.monotonic() - self._seen < STALE else []


SURVEY = _Survey()
REGISTRY.register(SURVEY)


async def survey(resources: Resources) -> None:
    """Look at outbox, queue and server now and then, until cancelled."""
    while True:
        try:
            await look(resources)
        except (StorageError, RedisError, OSError) as error:
            log.info("survey_failed", error=error)
        await asyncio.sleep(SURVEY_EVERY)


async def look(resources: Resources) -> None:
    """Look once.

    Raises:
        StorageError, RedisError, OSError: PostgreSQL or Redis is away.
    """
    async with resources.database.read() as db:
        backlog = await outbox.backlog(db)
        load = await activity.load(db)
        peers = await figures.peers(db)
        received = await queue.backlog(db)
        unread = await words_backlog.unread(db)
    queued = await resources.redis.zcard(default_queue_name)
    SURVEY.keep(
        {
            "pieloop_outbox_pending": ("Events that wait or are being worked on.", backlog.pending),
            "pieloop_outbox_parked": ("Events given up; a person has to look.", backlog.parked),
            "pieloop_outbox_oldest_seconds": ("Age of the oldest event not given up.", backlog.oldest),
            "pieloop_search_unread": ("Texts that search knows by PieFed's words alone, at most.", unread),
            "pieloop_peers_awake": ("Servers that are sent to.", peers.awake),
            "pieloop_peers_failing": ("Of these, servers that do not answer as they should.", peers.failing),
            "pieloop_peers_dormant": ("Servers tried once a day.", peers.dormant),
            "pieloop_peers_gone": ("Servers that are gone until they speak.", peers.gone),
            "pieloop_peers_lag_seconds": (
                "Age of the oldest activity that a server which answers has not got.",
                peers.lag,
            ),
            "pieloop_undelivered_waiting": ("Activities set aside for one server.", peers.aside),
            "pieloop_undelivered_parked": ("Activities given up for one server.", peers.parked),
            "pieloop_received_pending": ("Activities of other servers that wait.", received.pending),
            "pieloop_received_parked": (
                "Activities of other servers given up; a person has to look.",
                received.parked,
            ),
            "pieloop_received_oldest_seconds": ("Age of the oldest that is not given up.", received.oldest),
            "pieloop_queue_length": ("Jobs that Redis holds.", queued),
            "pieloop_server_connections": ("Connections to PostgreSQL, anybody's.", load.used),
            "pieloop_server_connections_available": (
                "What PostgreSQL gives to ordinary roles.",
                load.available,
            ),
            "pieloop_server_idle_in_transaction": (
                "Connections that hold a transaction and do nothing.",
                load.idle_in_transaction,
            ),
        }
    )
