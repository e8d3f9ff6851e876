"""Another site that posts link to: a page with a picture for its preview."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from PIL import Image


@asynccontextmanager
async def elsewhere() -> AsyncIterator[str]:
    """Serve the page; yield its address."""
    app = web.Application()
    app.add_routes([web.get("/tides", page), web.get("/chart.png", chart)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/tides"
    finally:
        await runner.cleanup()


async def page(_: web.Request) -> web.Response:
    """Answer with a page that names its picture."""
    head = "<title>Tides</title><meta property='og:image' content='/chart.png'>"
    return web.Response(
        text=f"<html><head>{head}</head><body>High water at noon.</body></html>", content_type="text/html"
    )


async def chart(_: web.Request) -> web.Response:
    """Answer with the picture."""
    picture = io.BytesIO()
    Image.new("RGB", (640, 360), (20, 90, 140)).save(picture, "PNG")
    return web.Response(body=picture.getvalue(), content_type="image/png")
