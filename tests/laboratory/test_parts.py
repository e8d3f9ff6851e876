"""The laboratory's own parts: what it reads from the kernel, how it judges, what it writes."""

import os
import signal
import socket
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from laboratory.__main__ import line
from laboratory.crosstalk import judged as judged_answers
from laboratory.experiment import Experiment, Laboratory, Trial, none_of, some_of
from laboratory.inherited import judge as judge_answer
from laboratory.inherited import symptom
from laboratory.kernel import Link, command_line, descendants, links
from laboratory.pictures import Band, Point, backends_over_time, bands_of, latency_of_a_restart, short
from laboratory.report import Done, write_report
from laboratory.restart import judged as judged_restart
from laboratory.sizes import SIZES
from laboratory.sockets import judge
from laboratory.tagged import ANSWERS, MISMATCHES, Tally, new_token
from service.config import Config


def test_the_kernel_tells_both_ends_of_a_connection(tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(str(path))
        listener.listen()
        assert links(path) == []
        client.connect(str(path))
        with listener.accept()[0]:
            (link,) = links(path)
            assert link.inode == os.fstat(client.fileno()).st_ino
            assert link.holders == link.servers == {os.getpid()}
            child = os.fork()
            if child == 0:  # pragma: no cover - another process
                signal.pause()
            try:
                assert links(path)[0].holders == {os.getpid(), child}
                assert child in descendants(os.getpid())
                assert command_line(child) == command_line(os.getpid())
            finally:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def link(inode: int, *holders: int, server: int = 0) -> Link:
    return Link(inode, frozenset(holders), frozenset({server} if server else ()))


def test_one_owner_for_each_connection_is_well() -> None:
    look = judge({1, 2, 3}, [1], [link(10, 2, server=90), link(11, 3)], [(90, "pieloop.web.2@here")])
    assert (look.faults, look.matched, look.owners) == (0, 1, {2: 1, 3: 1})


@pytest.mark.parametrize(
    ("seen", "named"),
    [
        ([link(10, 2, 3)], []),
        ([link(10, 2, 77)], []),  # shared with a stranger
        ([link(10, 1)], []),  # the parent's
        ([link(10, 2, server=90)], [(90, "pieloop.web.3@here")]),
        ([link(10, 2, server=90)], [(91, "pieloop.web.2@here")]),
    ],
)
def test_whatever_is_shared_or_of_another_name_is_found(
    seen: list[Link], named: list[tuple[int, str]]
) -> None:
    assert judge({1, 2, 3}, [1], seen, named).faults == 1


def test_an_image_process_may_own_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "laboratory.sockets.command_line", lambda pid: "-m service.media.child" if pid == 3 else ""
    )
    assert judge({2, 3}, [], [link(10, 3)]).misowned == 1
    assert judge({2, 3}, [], [link(10, 2)]).faults == 0


def test_tokens_are_never_used_again() -> None:
    assert len({new_token() for _ in range(1000)}) == 1000


def test_a_wrong_answer_is_counted() -> None:
    tally = Tally()
    tally.answer("mine", "mine")
    tally.answer("mine", "yours")
    assert tally.counts == {ANSWERS: 2, MISMATCHES: 1}
    assert judge_answer("mine", ("mine", "")) == ANSWERS
    assert judge_answer("mine", ("yours", "")) == judge_answer("mine", None) == "wrong answers"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("error with status PGRES_TUPLES_OK and no message from the libpq", "PGRES_TUPLES_OK"),
        ("lost synchronization with server: got message type", "lost synchronization"),
        ("insufficient data in message", "insufficient data"),
        ("something else", "RuntimeError"),
    ],
)
def test_symptoms_are_known_by_their_words(words: str, name: str) -> None:
    assert symptom(RuntimeError(words)) == name


@pytest.mark.parametrize(
    ("tallies", "holds"),
    [
        ([{ANSWERS: 60, "cancelled": 3}, {ANSWERS: 60, "told to come back": 1}], True),
        ([{ANSWERS: 60, MISMATCHES: 1}, {ANSWERS: 60}], False),
        ([{ANSWERS: 60}, {ANSWERS: 30}], False),  # too few
        ([{ANSWERS: 120}], False),  # one took no part
        ([{ANSWERS: 60, "InterfaceError": 1}, {ANSWERS: 60}], False),
    ],
)
def test_cross_talk_is_judged(tallies: list[dict[str, int]], holds: bool) -> None:
    seen = {pid: Counter(tally) for pid, tally in enumerate(tallies)}
    assert judged_answers("", seen, wanted=100, processes=2).holds is holds


FINE = [Point(0.0, 0.01, "200"), Point(1.0, 0.2, "503"), Point(2.5, 0.01, "200")]


@pytest.mark.parametrize(
    ("points", "holds"),
    [
        (FINE, True),
        ([*FINE, Point(1.5, 0.1, "500")], False),
        ([*FINE, Point(1.5, 0.1, "503 without Retry-After")], False),
        ([*FINE, Point(1.5, 6.0, "503")], False),  # late
        ([*FINE, Point(9.0, 0.1, "503")], False),  # does not recover
        (FINE[:2], False),
    ],
)
def test_a_restart_is_judged(points: list[Point], holds: bool) -> None:
    assert judged_restart(points, down=0.9, up=2.0).holds is holds


def test_owners_are_short_in_the_picture() -> None:
    assert short("pieloop.web.12@a.host") == "web 12"
    assert short("psql") == "psql"
    bands = bands_of([(0.0, {"pieloop.web.1@h": 2}), (0.5, {"pieloop.web.1@h": 3, "pieloop.worker.2@h": 1})])
    assert bands == [Band("web 1", [(0.0, 2), (0.5, 3)]), Band("worker 2", [(0.0, 0), (0.5, 1)])]


def test_pictures_are_well_formed() -> None:
    bands = [Band("web <1>", [(0.0, 2), (0.5, 3)]), Band("worker 2", [(0.0, 0), (0.5, 1)])]
    for picture in (backends_over_time(bands), latency_of_a_restart(FINE, 0.9, 2.0)):
        root = ET.fromstring(picture)
        assert root.tag.endswith("svg")
        assert "nan" not in picture


async def _nothing(laboratory: Laboratory) -> None:
    """Stands for an experiment's trials, which the report does not run."""


def test_the_report_shows_trials_controls_and_what_is_not_so(tmp_path: Path) -> None:
    laboratory = Laboratory(tmp_path, Config(), SIZES["tiny"], points=FINE, down=0.9, up=2.0)
    trials = [none_of("ours", 1, "one | two"), some_of("theirs", 3, "3 of them")]
    done = [Done(Experiment("restart", "It comes back.", _nothing), trials, 2.0)]  # type: ignore[arg-type]
    write_report(tmp_path, laboratory, done, "small", 3.0)
    text = (tmp_path / "verification.md").read_text()
    assert "2 trials, 1 of them controls, **1 not as expected**" in text
    assert "| **not so** | ours | none | one \\| two |" in text
    assert "| control | theirs | some | 3 of them |" in text
    assert "](pictures/restart.svg)" in text
    assert (tmp_path / "pictures" / "restart.svg").exists()


def test_a_trial_on_the_terminal_says_whether_it_came_out() -> None:
    assert line(Trial("a", "b", "c", True)).startswith("  ok     a\n")
    assert line(Trial("a", "b", "c", False, control=True)).startswith("  NOT SO control: a\n")
