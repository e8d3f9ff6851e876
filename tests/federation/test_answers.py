"""What each answer of a peer's means, and how long it is left alone."""

import random
from itertools import pairwise

import pytest

from service.federation.answers import LONGEST_PAUSE, Verdict, is_dormant, pause, verdict
from service.outbound.client import Response

AGAIN = Verdict("again")
REFUSED = Verdict("done", refused=True)


@pytest.mark.parametrize(
    ("status", "shared", "own"),
    [
        (200, Verdict("done"), Verdict("done")),
        (202, Verdict("done"), Verdict("done")),
        (301, AGAIN, AGAIN),
        (302, AGAIN, AGAIN),
        (308, AGAIN, AGAIN),
        (400, REFUSED, REFUSED),
        (401, Verdict("other signature"), Verdict("other signature")),
        (403, REFUSED, REFUSED),
        (404, REFUSED, Verdict("inbox gone", refused=True)),
        (408, AGAIN, AGAIN),
        (410, Verdict("peer gone", refused=True), Verdict("inbox gone", refused=True)),
        (418, Verdict("peer gone", refused=True), REFUSED),
        (425, AGAIN, AGAIN),
        (429, AGAIN, AGAIN),
        (451, REFUSED, REFUSED),
        (500, AGAIN, AGAIN),
        (503, AGAIN, AGAIN),
    ],
)
def test_each_answer_means_one_thing(status: int, shared: Verdict, own: Verdict) -> None:
    answer = Response(status, "https://a.example/inbox", "", b"")
    assert verdict(answer, shared_inbox=True, now=0) == shared
    assert verdict(answer, shared_inbox=False, now=0) == own


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"error":"inbox_timeout","cause":"deadline has elapsed"}', AGAIN),
        (b'{"error":"not_a_mod_or_admin"}', REFUSED),
        (b'{"error":["inbox_timeout"]}', REFUSED),
        (b'["inbox_timeout"]', REFUSED),
        (b"inbox_timeout", REFUSED),
        (b"\xff" * 10 + b"[" * 5000, REFUSED),
        (b"[" * 5000, REFUSED),
    ],
)
def test_who_was_too_slow_is_asked_again(body: bytes, expected: Verdict) -> None:
    answer = Response(400, "https://a.example/inbox", "application/json", body)
    assert verdict(answer, shared_inbox=True, now=0) == expected


def test_what_a_peer_asks_for_is_obeyed() -> None:
    answer = Response(503, "https://a.example/inbox", "", b"", "120")
    assert verdict(answer, shared_inbox=True, now=0).wait == 120
    chance = random.Random(1)
    assert pause(1, 7200, chance) == 7200
    assert pause(1, 10 * LONGEST_PAUSE, chance) <= LONGEST_PAUSE * 1.1


def test_pauses_double_up_to_a_day() -> None:
    chance = random.Random(1)
    pauses = [pause(failures, None, chance) for failures in range(1, 40)]
    assert 54 <= pauses[0] <= 66
    assert all(later > 1.5 * earlier for earlier, later in pairwise(pauses[:10]))
    assert max(pauses) <= LONGEST_PAUSE * 1.1


def test_three_days_of_silence_make_a_peer_dormant() -> None:
    assert not is_dormant(2 * 86_400)
    assert is_dormant(4 * 86_400)
