"""What a machine may not have: without it a test is skipped, in words; where it is required, the test fails."""

import os
from typing import NoReturn

import pytest

REQUIRED = "required"


def missing(what: str, variable: str) -> NoReturn:
    """End a test that misses something.

    Parameters:
        what: a sentence.
        variable: says in the environment, as CI does, that such things are required.
    """
    if os.environ.get(variable) == REQUIRED:
        pytest.fail(what)
    pytest.skip(what)
