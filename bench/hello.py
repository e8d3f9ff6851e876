"""The smallest application of the same stack: what Hypercorn and Quart cost by themselves. Served like the real one."""

import gc
from collections.abc import AsyncGenerator

from quart import Quart, request

from service.processes.report import ready

app = Quart(__name__)


@app.get("/")
async def hello() -> str:
    """Greet."""
    return "Hello, world."


@app.post("/")
async def take() -> str:
    """Take what is sent."""
    await request.get_data()
    return "Hello, world."


@app.while_serving
async def lifecycle() -> AsyncGenerator[None, None]:
    """Do at start-up what the real application does for speed, and say that we serve."""
    gc.collect()
    gc.freeze()
    ready()
    yield
