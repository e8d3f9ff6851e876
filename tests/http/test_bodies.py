"""A request's body on its way to whoever reads it: as it comes, and no faster than it is read."""

import asyncio

from service.http.passing.bodies.stream import PIECE, Body


async def test_what_comes_is_read_as_it_comes() -> None:
    body, read = Body(), []
    pieces = body.pieces()
    begun = [body.has_begun]
    await body.put(b"one")
    begun.append(body.has_begun)
    assert begun == [False, True]
    read.append(await anext(pieces))
    waiting = asyncio.ensure_future(anext(pieces))
    for _ in range(3):
        await asyncio.sleep(0)
    assert not waiting.done()
    await body.put(b"two")
    async with asyncio.timeout(60):
        read.append(await waiting)
    body.end()
    read += [piece async for piece in pieces]
    assert read == [b"one", b"two"]


async def test_nobody_is_asked_for_more_before_it_is_read() -> None:
    body = Body()
    await body.put(b"x" * (2 * PIECE + 1))
    more = asyncio.ensure_future(body.put(b"y"))
    for _ in range(3):
        await asyncio.sleep(0)
    assert not more.done()
    body_is_over = asyncio.ensure_future(_end_after(more, body))
    sizes = [len(piece) async for piece in body.pieces()]
    await body_is_over
    assert sizes == [PIECE, PIECE, 1, 1]


async def test_what_is_dropped_holds_up_nobody() -> None:
    body = Body()
    await body.put(b"x")
    more = asyncio.ensure_future(body.put(b"y"))
    body.drop()
    async with asyncio.timeout(60):
        await more
        await body.put(b"z")
    body.end()
    assert [piece async for piece in body.pieces()] == []


async def _end_after(more: asyncio.Future[None], body: Body) -> None:
    await more
    body.end()
