"""What the requests of one process share: places, bytes, counts, and what is under way."""

import asyncio
from typing import cast

from quart import current_app

from service.config import HttpConfig
from service.http.condition.metrics import Metrics
from service.http.passing.bodies.budget import Budget
from service.http.passing.bodies.connection import HearingOut
from service.http.passing.overload.gate import Gate
from service.http.passing.overload.outside import Outside
from service.http.passing.overload.writes import Writes
from service.http.passing.own_windows import OwnWindows
from service.http.passing.strangers import Strangers
from service.http.passing.streams import Streams

EXTENSION = "pieloop_shared"


class Shared:
    """The state of one process; it holds nothing open.

    Parameters:
        http: how much of each there may be.
    """

    def __init__(self, http: HttpConfig) -> None:
        self.trusted_proxies = http.trusted_proxies
        self.gate = Gate(http.in_work, http.waiting, http.in_work_per_address, http.waiting_per_address)
        self.writes = Writes()
        # One at a time works on long texts: two threads at it would only take the loop's time.
        self.turns = asyncio.Semaphore(1)
        self.outside = Outside(http.outside, http.outside_per_visitor)
        self.streams = Streams(http.streams, http.streams_per_account)
        self.own_windows = OwnWindows()
        self.budget = Budget(http.receiving, http.receiving_per_address)
        self.hearing_out = HearingOut()
        self.strangers = Strangers(http.kept_for_strangers, http.request_deadline)
        self.metrics = Metrics()
        self._show()

    def _show(self) -> None:
        show = self.metrics.show
        show("pieloop_http_working", "Requests at work.", lambda: self.gate.working)
        show("pieloop_http_places", "How many may be at work for now.", lambda: self.gate.limit)
        show("pieloop_http_waiting", "Requests waiting for a place.", lambda: self.gate.waiting)
        show("pieloop_http_outside", "Requests that wait for other sites.", lambda: len(self.outside))
        show("pieloop_http_writes", "Shielded writes under way.", lambda: len(self.writes))
        show("pieloop_http_body_bytes", "Bytes of bodies held by requests.", lambda: self.budget.held)


def shared() -> Shared:
    """Return what this process's requests share."""
    return cast("Shared", current_app.extensions[EXTENSION])
