"""Records which tests enter which functions of the modules in TOUCHED_MODULES: `pytest -p tests.mutants.touching`."""

import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from types import FrameType

import pytest

ROOT = Path(__file__).parents[2]
MODULES = tuple(str(ROOT / name) for name in os.environ["TOUCHED_MODULES"].split(os.pathsep))

_entered: set[str] = set()
_tests: dict[str, dict[str, float]] = defaultdict(dict)


def _note(frame: FrameType, _event: str, _argument: object) -> None:
    code = frame.f_code
    if code.co_filename.startswith(MODULES):
        _entered.add(f"{Path(code.co_filename).relative_to(ROOT)}:{code.co_firstlineno}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Look what a test enters, with its set-up."""
    _entered.clear()
    begun = time.monotonic()
    sys.setprofile(_note)
    threading.setprofile(_note)
    try:
        return (yield)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        for function in _entered:
            _tests[function][item.nodeid] = time.monotonic() - begun


def pytest_sessionfinish() -> None:
    """Write it down, the quickest tests first."""
    found = {function: sorted(tests, key=tests.__getitem__) for function, tests in _tests.items()}
    Path(os.environ["TOUCHED"]).write_text(json.dumps(found), encoding="utf-8")
