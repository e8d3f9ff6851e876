"""Long texts are worked on before anything waits for them: off the loop, one at a time, outside every transaction.

What is made is remembered by `service.text`, where whoever needs it next finds it.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from service.http.context import resources
from service.http.passing.shared import shared
from service.text.markdown import render_markdown

T = TypeVar("T")

LONG = 5_000  # characters; what is shorter takes the loop ten milliseconds at most


async def off_the_loop(work: Callable[[], T]) -> T:
    """Run pure work on texts in a thread, when it is its turn; the loop gets its share of the processor meanwhile."""
    async with shared().turns:
        return await asyncio.to_thread(work)


async def render_ahead(source: str) -> None:
    """Render a long Markdown text, for the write that follows.

    Parameters:
        source: exactly as it will be rendered.
    """
    if len(source) > LONG:
        domain = resources().config.site.domain
        await off_the_loop(lambda: render_markdown(source, domain=domain))
