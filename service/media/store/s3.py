"""The store in a bucket of S3, or of a server that speaks like it.

The client is obstore's, with threads of its own: it belongs to the process that opened it, and a forked child is
refused. Its connections go to the one address that the administrator configured, so it is no second way out of the
building.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import obstore
from obstore.exceptions import (
    BaseError,
    InvalidPathError,
    NotSupportedError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import S3Store as Bucket

from service.config import StoreConfig
from service.media.errors import StoreFailed, StoreUnavailable
from service.media.store.names import FOLDER, TYPES, WAITING, is_ours
from service.media.store.shapes import Found, Opened

REFUSALS = (PermissionDeniedError, UnauthenticatedError, InvalidPathError, NotSupportedError)
CHUNK = 256 * 1024  # bytes
CONNECT = 3.0  # seconds


class S3Store:
    """Objects in a bucket, under their paths as keys.

    Parameters:
        config: the keys `s3_*`.
        check: raises in a process that only inherited this store.
    """

    def __init__(self, config: StoreConfig, check: Callable[[], None]) -> None:
        self._seconds = config.s3_timeout
        self._check = check
        self._bucket = _bucket(config)

    async def put(self, path: str, body: bytes) -> None:
        """See Store. An object appears when it is whole: so S3 has it."""
        if not is_ours(path) or await self.size_of(path) == len(body):
            return
        attributes = {"Content-Type": _type_of(path), "Cache-Control": "public, max-age=31536000, immutable"}
        try:
            async with self._asking():
                await obstore.put_async(self._bucket, path, body, attributes=attributes, use_multipart=False)
        except FileNotFoundError as error:
            raise StoreFailed("The image store has no such bucket.") from error

    async def size_of(self, path: str) -> int | None:
        """See Store."""
        if not is_ours(path):
            return None
        try:
            async with self._asking():
                return int((await obstore.head_async(self._bucket, path))["size"])
        except FileNotFoundError:
            return None

    async def open(self, path: str, start: int = 0, stop: int | None = None) -> Opened | None:
        """See Store. The answer has begun when this returns; every chunk has to come in time as well."""
        if not is_ours(path):
            return None
        options: Any = (
            {"range": {"offset": start} if stop is None else (start, stop)} if start or stop else {}
        )
        try:
            async with self._asking():
                answer = await obstore.get_async(self._bucket, path, options=options)
        except FileNotFoundError:
            return None
        return Opened(int(answer.meta["size"]), self._chunks(answer))

    async def remove(self, path: str) -> None:
        """See Store."""
        if not is_ours(path):
            return
        try:
            async with self._asking():
                await obstore.delete_async(self._bucket, path)
        except FileNotFoundError:
            return

    async def listing(self) -> AsyncIterator[Found]:
        """See Store."""
        for folder in (WAITING, FOLDER):
            pages = obstore.list(self._bucket, prefix=folder)
            while True:
                async with self._asking():
                    page = await anext(pages, None)
                if page is None:
                    break
                for found in page:
                    if is_ours(found["path"]):
                        age = (datetime.now(UTC) - found["last_modified"]).total_seconds()
                        yield Found(found["path"], int(found["size"]), age)

    async def tidy(self) -> int:
        """S3 keeps no halves of what is put in one piece."""
        return 0

    async def _chunks(self, answer: Any) -> AsyncIterator[bytes]:
        stream = answer.stream(min_chunk_size=CHUNK)
        while True:
            async with self._asking():
                chunk = await anext(stream, None)
            if chunk is None:
                return
            yield bytes(chunk)

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        self._check()
        with _told():
            async with asyncio.timeout(self._seconds):
                yield


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the client says into our words. Its own are for the log: they name the server."""
    try:
        yield
    except TimeoutError as error:
        raise StoreUnavailable("The image store did not answer in time.") from error
    except REFUSALS as error:
        raise StoreFailed("The image store refuses.") from error
    except BaseError as error:
        raise StoreUnavailable("The image store cannot be reached.") from error


def _bucket(config: StoreConfig) -> Bucket:
    given = {
        "region": config.s3_region,
        "endpoint": config.s3_endpoint,
        "access_key_id": config.s3_access_key,
        "secret_access_key": config.s3_secret_key,
    }
    options: Any = {name: value for name, value in given.items() if value}
    seconds = timedelta(seconds=config.s3_timeout)
    return Bucket(
        config.s3_bucket,
        prefix=config.s3_prefix or None,
        virtual_hosted_style_request=not config.s3_path_style,
        client_options={
            "allow_http": config.s3_endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=min(CONNECT, config.s3_timeout)),
            "timeout": seconds,
        },
        retry_config={
            "max_retries": 2,
            "retry_timeout": seconds,
            "backoff": {"init_backoff": timedelta(seconds=0.1)},
        },
        **options,
    )


def _type_of(path: str) -> str:
    return next((kind for ending, kind in TYPES.items() if path.endswith(ending)), "application/octet-stream")
