"""A question that a person answers more easily than a program: letters in a picture.

The question's name carries an HMAC of the answer, so nothing is kept until somebody answers; then its use is noted in
Redis, for each question is good for one answer, right or wrong. Without Redis that is not checked, as with the limits.
"""

import asyncio
import base64
import hashlib
import hmac
import secrets
import time

import msgspec
import structlog

from service.forum.errors import Invalid
from service.http.context import resources
from service.http.passing.windows import UNAVAILABLE
from service.language import _
from service.media import captcha

log = structlog.get_logger()

GOOD_FOR = 600  # seconds
FIELD = "captcha_answer"
NAME_LENGTH, ANSWER_LENGTH = 200, 20  # characters


class Question(msgspec.Struct, frozen=True):
    """What is asked.

    Attributes:
        name: To be sent back with the answer.
        picture: A PNG.
    """

    name: str
    picture: bytes

    @property
    def data_url(self) -> str:
        """The picture as an address that a page shows without asking again."""
        return f"data:image/png;base64,{base64.b64encode(self.picture).decode()}"


async def ask() -> Question:
    """Return a new question."""
    letters = captcha.new_letters()
    until, nonce = int(time.time()) + GOOD_FOR, secrets.token_urlsafe(12)
    picture = await asyncio.to_thread(captcha.draw, letters)
    return Question(f"{until}.{nonce}.{_seal(until, nonce, letters)}", picture)


async def check(name: str, answer: str) -> None:
    """Return if the answer is right, and the first that this question gets.

    Raises:
        Invalid: it is not, or the question is too old.
    """
    until, nonce, seal = _parts(name)
    right = hmac.compare_digest(seal.encode(), _seal(until, nonce, answer.strip().upper()).encode())
    now = time.time()
    # What was asked while the clock was wrong is not good for longer.
    if not now <= until <= now + GOOD_FOR or not await _is_first(nonce) or not right:
        raise Invalid({FIELD: _("Those letters don't match the image. Try again with a new image.")})


def _parts(name: str) -> tuple[int, str, str]:
    until, _, rest = name.partition(".")
    nonce, _, seal = rest.partition(".")
    digits = until.isascii() and until.isdecimal() and len(until) <= len(str(2**40))
    return (int(until) if digits else 0), nonce[:32], seal


def _seal(until: int, nonce: str, letters: str) -> str:
    key = resources().config.site.secret_key.encode()
    message = f"captcha:{until}:{nonce}:{letters}"
    return (
        base64.urlsafe_b64encode(hmac.new(key, message.encode(), hashlib.sha256).digest())
        .decode()
        .rstrip("=")
    )


async def _is_first(nonce: str) -> bool:
    try:
        return bool(await resources().redis.set(f"captcha:{nonce}", 1, nx=True, ex=GOOD_FOR))
    except UNAVAILABLE as error:
        log.warning("captcha_check_failed", error=error)
        return True
