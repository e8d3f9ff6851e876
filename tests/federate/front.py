"""TLS in front of a site: takes connections on port 443 of the site's address and passes the bytes on."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PIECE = 64 * 1024  # bytes


@asynccontextmanager
async def front(address: str, port: int, tls: ssl.SSLContext) -> AsyncIterator[None]:
    """Pass on what comes to a site while the body runs.

    Parameters:
        address: where the site's name leads, with port 443.
        port: where the site listens, on 127.0.0.1.
        tls: what the site shows.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:  # the site does not run, or not any more
            writer.transport.abort()
            return
        await asyncio.gather(_pump(reader, behind_writer), _pump(behind_reader, writer))

    server = await asyncio.start_server(serve, address, 443, ssl=tls)
    try:
        yield
    finally:
        server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until their end; then end the other side."""
    try:
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
