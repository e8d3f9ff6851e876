"""Draws the demo's pictures and sends them through the site's own image pipeline, as uploads go."""

import asyncio
import os
from collections.abc import Callable
from random import Random
from typing import NamedTuple

import msgspec

from service.config import Config
from service.demo import pictures
from service.forum.attachments.shapes import StoredImage, stored_image
from service.media.pool import MediaPool, open_media_pool
from service.media.store import Store, name_sizes, open_store, store_image


class Gallery(NamedTuple):
    """Stored pictures, avatars and community icons; `views` says in a few words what each picture shows."""

    pictures: list[StoredImage]
    views: list[str]
    avatars: list[StoredImage]
    icons: list[StoredImage]


class Wanted(NamedTuple):
    """How many of each."""

    pictures: int
    avatars: int
    icons: int

    @property
    def total(self) -> int:
        """All together."""
        return self.pictures + self.avatars + self.icons


async def hang(config: Config, wanted: Wanted, seed: int, progress: Callable[[], None]) -> Gallery:
    """Draw, process and store everything; content that is stored already is not stored again.

    Parameters:
        progress: called after each picture.

    Raises:
        MediaError: the disk refuses, or the image processes cannot be started.
    """
    chance = Random(seed)  # noqa: S311 - chance that can be repeated is the point
    drawn = await asyncio.to_thread(pictures.draw_pictures, chance, wanted.pictures)
    avatars = [(pictures.draw_avatar(chance), None) for _ in range(wanted.avatars)]
    icons = [(pictures.draw_icon(chance, at / wanted.icons), None) for at in range(wanted.icons)]
    works = [(picture.file, picture.alt_text) for picture in drawn] + avatars + icons
    rules = msgspec.structs.replace(config.media, processes=os.cpu_count() or 1, waiting=len(works))
    store = open_store(config, lambda: None)
    async with open_media_pool(rules) as pool:
        keeping = [_keep(config, pool, store, file, alt_text, progress) for file, alt_text in works]
        stored = await asyncio.gather(*keeping)
    first, second = wanted.pictures, wanted.pictures + wanted.avatars
    return Gallery(stored[:first], [picture.view for picture in drawn], stored[first:second], stored[second:])


async def _keep(
    config: Config,
    pool: MediaPool,
    store: Store,
    file: bytes,
    alt_text: str | None,
    progress: Callable[[], None],
) -> StoredImage:
    image = await pool.process(file)
    sizes = await store_image(store, name_sizes(image))
    progress()
    url = f"{config.site.base_url}/{sizes.original.path}"
    return stored_image(sizes, image, source_url=url, alt_text=alt_text)
