"""What is known of standbys from what they and the primary say of themselves."""

import time

import msgspec
import pytest

from service.config import Config
from service.config.checks import check_together
from service.config.errors import ConfigError
from service.storage.budget import Budget
from service.storage.engine import create_engine
from service.storage.late_reads import (
    Late,
    Reads,
    current_reads,
    leave_to_the_primary,
    note_write,
    reads_of_a_request,
    replica_for,
)
from service.storage.replicas import Place, Positions, Replica, Replicas, why_unfit

PRIMARY = Place(right_kind=True, position=100, timeline=3, cluster=7)


def place(position: int, **more: object) -> Place:
    return msgspec.structs.replace(PRIMARY, position=position, **more)


@pytest.fixture
async def replica(config: Config) -> Replica:
    return Replica("one", create_engine(config, "web", standby=config.database.url), lag=10)


def test_a_place_tells_since_when_the_primary_was_further() -> None:
    positions = Positions(lag=10)
    assert positions.as_of(1000) == -float("inf")
    for at, position in ((1.0, 10), (2.0, 20), (3.0, 20), (4.0, 30)):
        positions.note(at, place(position))
    assert [positions.as_of(reached) for reached in (9, 10, 19, 20, 29, 30, 99)] == [
        -float("inf"),
        *(1.0, 1.0, 3.0, 3.0, 4.0, 4.0),
    ]
    # A standby was promoted before it had all: what the old primary had counts no more.
    positions.note(5.0, place(25))
    assert positions.as_of(25) == 5.0
    for number in range(5000):
        positions.note(6.0 + number, place(30 + number))
    assert positions.as_of(25) == -float("inf"), "what was long ago is forgotten"


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (place(1), ""),
        (place(1, timeline=None), ""),
        (place(1, right_kind=False), "is no standby"),
        (place(1, cluster=8), "is the standby of another cluster"),
        (place(1, timeline=2), "follows another primary"),
    ],
)
def test_who_is_no_standby_of_this_primary(seen: Place, words: str) -> None:
    assert why_unfit(seen, PRIMARY) == words
    assert why_unfit(seen, None) != ""


async def test_while_the_primary_is_silent_only_visitors_are_shown_what_may_be_old(replica: Replica) -> None:
    replicas = Replicas([replica], lag=10)
    visitor, member, worker = Reads(), Reads(), Reads()
    visitor.begin(Late.IF_NEED_BE)
    member.begin(Late.BOUNDED)
    everybody = (visitor, member, worker)

    def asked(*, newest: bool = False) -> list[bool]:
        return [reads.replica(replicas, newest=newest) is replica for reads in everybody]

    long_ago = time.monotonic() - 20
    replicas.note_primary(long_ago, place(100))
    replica.note(place(100), replicas.positions, primary_is_silent=False)
    assert asked() == [False, False, False], "the primary was not asked for long"
    replicas.note_silence_of_primary()
    replica.note(place(99), replicas.positions, primary_is_silent=True)
    assert asked() == [False, False, False], "it lacks something"
    replica.note(place(100), replicas.positions, primary_is_silent=True)
    assert asked() == [True, False, False]
    assert asked(newest=True) == [True, False, False]
    replicas.note_primary(time.monotonic(), place(100))
    replica.note(place(100), replicas.positions, primary_is_silent=False)
    assert asked() == [True, True, False]
    assert asked(newest=True) == [False, False, False]
    # What has become a standby is no primary.
    replicas.note_primary(time.monotonic(), msgspec.structs.replace(PRIMARY, right_kind=False, position=None))
    assert replicas.primary_is_silent


def two_standbys(config: Config) -> tuple[Replica, Replica, Replicas]:
    """Return two that have all that the primary has, and both together."""
    one, other = (
        Replica(name, create_engine(config, "web", standby=config.database.url), 10) for name in "ab"
    )
    replicas = Replicas([one, other], lag=10)
    replicas.note_primary(time.monotonic(), place(100))
    for each in replicas:
        each.note(place(100), replicas.positions, primary_is_silent=False)
    return one, other, replicas


async def test_the_standby_with_the_fewest_loans_is_asked(config: Config) -> None:
    one, other, replicas = two_standbys(config)
    one.reads = 5
    assert replicas.choose(without_primary=False) is other
    async with other.engine.connect():
        assert replicas.choose(without_primary=False) is one
    one.note_failure(of_the_statement=False)
    assert replicas.choose(without_primary=False) is other
    other.note_silence(OSError())
    assert replicas.choose(without_primary=False) is None
    await other.engine.dispose()


def test_who_has_written_is_kept_longer_than_a_standby_may_be_behind(config: Config) -> None:
    for changes in ({"read_lag": 6.0}, {"read_urls": ("mysql://a/b",)}):
        database = msgspec.structs.replace(config.database, **changes)
        with pytest.raises(ConfigError, match=r"database\.read_"):
            check_together(msgspec.structs.replace(config, database=database))


def test_the_budget_counts_who_watches() -> None:
    budget = Budget(
        web_processes=2,
        web_pool=8,
        web_overflow=0,
        worker_processes=1,
        worker_pool=4,
        worker_overflow=0,
        watching=2,
        max_connections=100,
        reserved=3,
    )
    assert budget.needed == 16 + 4 + 2 + 4 + 2 + 1 + 5
    assert "watching 2, " in budget.arithmetic()


async def test_a_standby_that_fails_is_left_alone_for_a_moment(
    replica: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    replicas = Replicas([replica], lag=10)
    replicas.note_primary(time.monotonic(), place(100))

    def current() -> bool:
        """Whether it holds once it has said that it has all."""
        replica.note(place(100), replicas.positions, primary_is_silent=False)
        return replica.holds() and replica.holds(without_primary=True)

    assert (replica.report().why, replica.report().holds) == ("not asked yet", False)
    assert current()
    replica.note_failure(of_the_statement=True)  # another standby would have failed, too
    assert current()
    monkeypatch.setattr("service.storage.replicas.SET_ASIDE", 600)
    replica.note_failure(of_the_statement=False)
    assert not current()
    assert not replica.report().holds
    monkeypatch.setattr("service.storage.replicas.SET_ASIDE", -1)
    replica.note_failure(of_the_statement=False)
    assert current()
    assert (replica.report().failures, replica.report().why) == (3, "")
    replica.note_silence(OSError())
    assert (replica.report().why, replica.report().behind) == ("does not answer (OSError)", float("inf"))
    assert current(), "it answers again"
    replica.note(place(100, cluster=8), replicas.positions, primary_is_silent=False)
    assert not replica.holds()
    assert replica.report().why == "is the standby of another cluster"
    replicas.note_primary(time.monotonic() - 20, place(200))
    replica.note(place(200), replicas.positions, primary_is_silent=False)
    assert (replica.report().why, replica.holds()) == ("is behind", False)


async def test_a_request_keeps_its_standby_until_it_writes_or_the_standby_fails(config: Config) -> None:
    one, other, replicas = two_standbys(config)

    def asked() -> Replica | None:
        return replica_for(replicas, newest=False)

    assert asked() is None, "outside of a request"
    with reads_of_a_request() as reads:
        assert current_reads() is reads
        assert asked() is None, "until somebody says that it may"
        reads.begin(Late.BOUNDED)
        assert asked() is one
        one.reads = 5
        assert asked() is one, "though another one has less to do"
        one.note_silence(OSError())
        assert asked() is other
        note_write()
        assert (asked(), reads.wrote) == (None, True)
        reads.begin(Late.BOUNDED)
        assert (asked(), reads.wrote) == (other, False)
        leave_to_the_primary()
        assert asked() is None
        reads.begin(Late.BOUNDED)
        assert asked() is None, "it is begun anew because a standby failed"
    with reads_of_a_request() as reads:
        reads.begin(Late.BOUNDED)
        assert asked() is other
    assert current_reads() is None
