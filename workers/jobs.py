"""Jobs as Redis keeps them: JSON, so that nothing in it can run."""

from typing import Any

import msgspec

from service.logs import described


def encoded(job: Any) -> bytes:
    """Return a job, or what came of it, as JSON; an error of arq's own is told in words."""
    return msgspec.json.encode(job, enc_hook=_in_words)


def _in_words(value: Any) -> str:
    if isinstance(value, BaseException):
        return described(value)
    raise NotImplementedError(f"{type(value).__name__} is no part of a job.")
