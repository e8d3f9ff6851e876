"""Files by their content: whole or not there, once, found again by the paths of either program."""

import errno
import hashlib
import os
from pathlib import Path

import pytest

from service.media.errors import StoreFailed, StoreFull
from service.media.results import ColourOutcome, ProcessedImage, Rendition
from service.media.store import locate, remove_file, store_image, url_path


def image(body: bytes = b"large", medium: bytes = b"medium", small: bytes = b"small") -> ProcessedImage:
    return ProcessedImage(
        body=body, width=30, height=20, medium=Rendition(medium, 15, 10), thumbnail=Rendition(small, 3, 2),
        content_type="image/webp", extension=".webp", frames=1, average="#000000",
        perceptual_hash=bytes(32), hash_quality=0, source_format="PNG",
        colour=ColourOutcome.ASSUMED_SRGB,
    )  # fmt: skip


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_sizes_are_stored_by_their_content(tmp_path: Path) -> None:
    stored = await store_image(tmp_path, image())
    name = hashlib.sha256(b"large").hexdigest()
    assert stored.original.path == f"media/{name[:2]}/{name[2:4]}/{name}.webp"
    assert (tmp_path / stored.original.path).read_bytes() == b"large"
    assert (tmp_path / stored.thumbnail.path).read_bytes() == b"small"
    assert (stored.medium.width, stored.medium.height, stored.medium.size) == (15, 10, 6)
    assert stored.size == 5 + 6 + 5
    assert len(files(tmp_path)) == 3
    assert (tmp_path / stored.original.path).stat().st_mode & 0o777 == 0o644


async def test_equal_content_is_one_file_and_storing_again_does_not_touch_it(tmp_path: Path) -> None:
    stored = await store_image(tmp_path, image(b"same", b"same", b"same"))
    assert stored.size == 4
    (file,) = files(tmp_path)
    before = file.stat()
    await store_image(tmp_path, image(b"same", b"same", b"same"))
    assert file.stat() == before


async def test_half_a_file_of_an_earlier_crash_is_replaced(tmp_path: Path) -> None:
    stored = await store_image(tmp_path, image())
    (tmp_path / stored.original.path).write_bytes(b"la")
    await store_image(tmp_path, image())
    assert (tmp_path / stored.original.path).read_bytes() == b"large"


@pytest.mark.parametrize(
    ("number", "error"), [(errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull), (errno.EIO, StoreFailed)]
)
async def test_a_disk_that_refuses_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(error):
        await store_image(tmp_path, image())
    assert files(tmp_path) == []


async def test_a_really_full_disk_is_named() -> None:
    full = Path("/dev/full")
    with pytest.raises(StoreFailed):
        await store_image(full, image())


async def test_removing(tmp_path: Path) -> None:
    stored = await store_image(tmp_path, image())
    outside = tmp_path / "secret.webp"
    outside.write_bytes(b"x")
    for path in (
        stored.original.path,
        stored.original.path,
        "media/../secret.webp",
        "app/static/media/a.jpg",
    ):
        await remove_file(tmp_path, path)
    assert sorted(path.name for path in files(tmp_path)) == sorted(
        ["secret.webp", Path(stored.medium.path).name, Path(stored.thumbnail.path).name]
    )


NAME = "ab" + "cd" + "0" * 60


@pytest.mark.parametrize(
    "path", [f"media/ab/cd/{NAME}.webp", f"/media/ab/cd/{NAME}.webp", f"media/ab/cd/{NAME}.avif"]
)
def test_our_paths_are_located(path: str) -> None:
    assert locate(Path("/data"), path) == Path("/data") / path.lstrip("/")


@pytest.mark.parametrize(
    "path",
    ["", "/", "media/../config.toml", f"media/ab/cd/../{NAME}.webp", f"media/ab/cd/{NAME}.html",
     f"media/ab/ce/{NAME}.webp",
     f"media/ab/cd/{NAME}.webp\n", f"//media/ab/cd/{NAME}.webp", f"media/ab/cd/{NAME.upper()}.webp",
     "app/static/media/posts/ab/cd/x.jpg", "https://elsewhere.example/x.webp"],
)  # fmt: skip
def test_no_other_path_is_located(path: str) -> None:
    assert locate(Path("/data"), path) is None


@pytest.mark.parametrize(
    ("path", "url"),
    [
        (f"media/ab/cd/{NAME}.webp", f"/media/ab/cd/{NAME}.webp"),
        ("app/static/media/posts/ab/cd/x.jpg", "/static/media/posts/ab/cd/x.jpg"),
        ("https://cdn.example/x.webp", "https://cdn.example/x.webp"),
    ],
)
def test_urls_of_both_programs(path: str, url: str) -> None:
    assert url_path(path) == url
