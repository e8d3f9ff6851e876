"""What the benchmark says of itself; what it measures is for `make bench`."""

import shutil
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from bench.__main__ import Request, Result, table
from bench.load import Measured, find_wrk, measure, middle
from service.errors import StartupError


def test_without_wrk_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(StartupError, match="apt-get install wrk"):
        find_wrk()


def test_the_median_is_taken_figure_by_figure() -> None:
    runs = [
        Measured(100.0, 5.0, 90.0, 1.0, 3.0),
        Measured(300.0, 1.0, 10.0, 2.0, 2.0),
        Measured(200.0, 9.0, 20.0, 3.0, 1.0),
    ]
    assert middle(runs) == Measured(200.0, 5.0, 20.0, 2.0, 2.0)


@pytest.mark.parametrize(
    ("name", "goal", "said"),
    [
        ("front page", None, ""),
        ("a comment", 5.5, "5.5 ms, reached"),
        ("a comment", 5, "5 ms, missed"),
        ("front page, again", None, "2.5 x hello, missed"),
    ],
)
def test_a_result_stands_beside_its_hello_world_and_its_goal(
    name: str, goal: float | None, said: str
) -> None:
    own, hello = Measured(250.0, 12.0, 40.0, 4.0, 1.5), Measured(5000.0, 1.0, 3.0, 0.4, 0.0)
    line = table([Result(Request(name, "/", goal=goal), own, hello, 38_600)])[-1]
    assert line == (f"| {name} | 38.6 | 250 | 12.0 | 40.0 | 5,000 | 1 : 20.0 | 4.00 | 10.0 | 1.50 | {said} |")


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
@pytest.mark.parametrize(("status", "complaint"), [("200 OK", None), ("503 Service Unavailable", "Non-2xx")])
def test_a_run_is_read_and_failures_are_no_results(status: str, complaint: str | None) -> None:
    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    def answer(environ: object, start_response: object) -> list[bytes]:
        start_response(status, [("Content-Length", "2")])  # type: ignore[operator]
        return [b"ok"]

    with make_server("127.0.0.1", 0, answer, handler_class=Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            if complaint is None:
                run = measure(url, "nobody:app", seconds=1, connections=1)
                assert run.rate > 10
                assert 0 < run.p50 <= run.p99
            else:
                with pytest.raises(StartupError, match=complaint):
                    measure(url, "nobody:app", seconds=1, connections=1)
        finally:
            server.shutdown()
