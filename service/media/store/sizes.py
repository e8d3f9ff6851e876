"""The three sizes of an image as files: named before they are written, since whoever announces them needs the names."""

import asyncio

import msgspec

from service.media.results import ProcessedImage, Rendition
from service.media.store.names import image_path
from service.media.store.shapes import Store


class StoredFile(msgspec.Struct, frozen=True):
    """A file in the store: its path as the database keeps it, pixels, bytes."""

    path: str
    width: int
    height: int
    size: int


class StoredSizes(msgspec.Struct, frozen=True):
    """The sizes of one image. Small images have the same file more than once; a remote image has no original here."""

    original: StoredFile
    medium: StoredFile
    thumbnail: StoredFile

    @property
    def size(self) -> int:
        """Bytes in the store."""
        return sum({file.path: file.size for file in (self.original, self.medium, self.thumbnail)}.values())


class NamedSizes(msgspec.Struct, frozen=True):
    """Sizes with what is to be written, by path."""

    sizes: StoredSizes
    bodies: dict[str, bytes]

    @property
    def paths(self) -> list[str]:
        """Every path once, in order, so that two who announce the same never wait for each other."""
        return sorted(self.bodies)

    def without_original(self) -> "NamedSizes":
        """Return the same without the largest size, unless a smaller one is the same file."""
        kept = {self.sizes.medium.path, self.sizes.thumbnail.path}
        return NamedSizes(self.sizes, {path: body for path, body in self.bodies.items() if path in kept})


def name_sizes(image: ProcessedImage) -> NamedSizes:
    """Name the sizes of an image by their content."""
    original = Rendition(image.body, image.width, image.height)
    bodies: dict[str, bytes] = {}
    files = []
    for size in (original, image.medium, image.thumbnail):
        path = image_path(size.body, image.extension)
        bodies[path] = size.body
        files.append(StoredFile(path, size.width, size.height, len(size.body)))
    return NamedSizes(StoredSizes(*files), bodies)


async def store_image(store: Store, named: NamedSizes) -> StoredSizes:
    """Write the sizes; return once all are there to stay. Storing the same again changes nothing.

    Raises:
        StoreFull, StoreFailed, StoreUnavailable: see Store; some of the sizes may have been written.
    """
    await asyncio.gather(*(store.put(path, body) for path, body in named.bodies.items()))
    return named.sizes
