"""Name resolution in threads of its own, so that slow name servers never take the threads that others work with."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult


class Resolver(AbstractResolver):
    """The system's resolver. What it answers is checked where it is dialled, not here."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="resolve")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of `host`.

        Raises:
            OSError: it has none, or no name server answers.
        """
        ask = partial(socket.getaddrinfo, host, port, family=family, type=socket.SOCK_STREAM)
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        except UnicodeError as error:  # a label that no name can have
            raise OSError(f"{host} is no valid name") from error
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=family, proto=proto, flags=0)
            for family, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Let the threads go; one that still waits for a name server ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
