"""Files by their content: whole or not there, once, found again by the paths of either program. On a disk and in S3."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from service.config import Config
from service.media.errors import StoreFailed, StoreFull, StoreUnavailable
from service.media.results import ColourOutcome, ProcessedImage, Rendition
from service.media.store import (
    NamedSizes,
    Store,
    is_ours,
    name_sizes,
    open_store,
    path_in,
    read_whole,
    store_image,
    url_path,
    waiting_path,
)
from service.media.store.local import LocalStore
from tests.media.s3 import S3Server


def image(body: bytes = b"large", medium: bytes = b"medium", small: bytes = b"small") -> NamedSizes:
    return name_sizes(ProcessedImage(
        body=body, width=30, height=20, medium=Rendition(medium, 15, 10), thumbnail=Rendition(small, 3, 2),
        content_type="image/webp", extension=".webp", frames=1, average="#000000",
        perceptual_hash=bytes(32), hash_quality=0, source_format="PNG",
        colour=ColourOutcome.ASSUMED_SRGB,
    ))  # fmt: skip


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def paths_in(store: Store) -> set[str]:
    return {found.path async for found in store.listing()}


def never() -> None:
    """What a store is given to check that it was not inherited."""


@pytest.fixture(params=["local", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "local":
        yield LocalStore(tmp_path)
        return
    server: S3Server = request.getfixturevalue("s3")
    yield open_store(Config(store=server.config()), never)


async def test_sizes_are_stored_by_their_content(store: Store) -> None:
    stored = await store_image(store, image())
    name = hashlib.sha256(b"large").hexdigest()
    assert stored.original.path == f"media/{name[:2]}/{name[2:4]}/{name}.webp"
    assert await read_whole(store, stored.original.path) == b"large"
    assert await read_whole(store, stored.thumbnail.path) == b"small"
    assert (stored.medium.width, stored.medium.height, stored.medium.size) == (15, 10, 6)
    assert stored.size == 5 + 6 + 5
    assert await paths_in(store) == set(image().paths)
    assert await store.size_of(stored.medium.path) == 6


async def test_equal_content_is_one_file(store: Store) -> None:
    stored = await store_image(store, image(b"same", b"same", b"same"))
    await store_image(store, image(b"same", b"same", b"same"))
    assert stored.size == 4
    assert await paths_in(store) == {stored.original.path}


async def test_a_part_of_a_file_is_read(store: Store) -> None:
    path = (await store_image(store, image(bytes(range(256)) * 4096))).original.path
    opened = await store.open(path, 300_000, 700_001)
    assert opened is not None
    body = b"".join([chunk async for chunk in opened.chunks])
    assert (opened.size, body) == (256 * 4096, (bytes(range(256)) * 4096)[300_000:700_001])


async def test_what_is_removed_is_gone_and_nothing_else(store: Store) -> None:
    stored = await store_image(store, image())
    for _ in range(2):
        await store.remove(stored.original.path)
    assert await store.size_of(stored.original.path) is None
    assert await store.open(stored.original.path) is None
    assert await paths_in(store) == {stored.medium.path, stored.thumbnail.path}


async def test_an_upload_waits_under_a_name_that_nobody_guesses(store: Store) -> None:
    path = waiting_path()
    await store.put(path, b"as it was sent")
    assert await read_whole(store, path) == b"as it was sent"
    assert await paths_in(store) == {path}
    assert path_in(f"https://pie.example/{path}") is None


STRANGE = ["media/../secret.webp", "../secret.webp", "/etc/passwd", "app/static/media/a.jpg", "secret.key"]


@pytest.mark.parametrize("path", STRANGE)
async def test_no_other_path_is_touched(store: Store, tmp_path: Path, path: str) -> None:
    secret = tmp_path / "secret.webp"
    secret.write_bytes(b"x")
    await store.put(path, b"overwritten")
    await store.remove(path)
    assert await store.size_of(path) is None
    assert await store.open(path) is None
    assert files(tmp_path) == [secret]
    assert secret.read_bytes() == b"x"


# On a disk


async def test_storing_again_does_not_touch_the_file(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    path = tmp_path / (await store_image(store, image())).original.path
    before = path.stat()
    await store_image(store, image())
    assert path.stat() == before
    assert before.st_mode & 0o777 == 0o644


async def test_half_a_file_of_an_earlier_crash_is_replaced(tmp_path: Path) -> None:
    stored = await store_image(LocalStore(tmp_path), image())
    (tmp_path / stored.original.path).write_bytes(b"la")
    await store_image(LocalStore(tmp_path), image())
    assert (tmp_path / stored.original.path).read_bytes() == b"large"


async def test_a_link_is_no_file_of_ours(tmp_path: Path) -> None:
    stored = await store_image(LocalStore(tmp_path), image())
    secret = tmp_path / "secret.key"
    secret.write_bytes(b"x")
    file = tmp_path / stored.original.path
    file.unlink()
    file.symlink_to(secret)
    assert await LocalStore(tmp_path).open(stored.original.path) is None
    assert stored.original.path not in await paths_in(LocalStore(tmp_path))


@pytest.mark.parametrize(
    ("number", "error"),
    [(errno.ENOSPC, StoreFull), (errno.EDQUOT, StoreFull)]
    + [(number, StoreFailed) for number in (
        errno.EIO, errno.EPERM, errno.EACCES, errno.EROFS, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EMFILE,
        errno.ESTALE, errno.EFBIG, errno.EBUSY, errno.ELOOP, errno.ETIMEDOUT,
    )],
)  # fmt: skip
async def test_a_disk_that_refuses_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(error):
        await LocalStore(tmp_path).put(image().sizes.original.path, b"large")
    assert files(tmp_path) == []


async def test_a_really_full_disk_is_named() -> None:
    with pytest.raises(StoreFailed):
        await store_image(LocalStore(Path("/dev/full")), image())


async def test_drafts_of_crashed_writers_are_removed_after_a_day(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    stored = await store_image(store, image())
    folder = (tmp_path / stored.original.path).parent
    old, new = folder / ".old.draft", folder / ".new.draft"
    for draft in (old, new):
        draft.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert await store.tidy() == 1
    assert not old.exists()
    assert new.exists()
    assert await paths_in(store) == set(image().paths)


# In S3


async def test_an_object_says_what_it_is(s3: S3Server) -> None:
    store = open_store(Config(store=s3.config()), never)
    stored = await store_image(store, image())
    headers = s3.headers_of(stored.original.path)
    assert headers["Content-Type"] == "image/webp"
    assert "immutable" in headers["Cache-Control"]


async def test_a_prefix_keeps_two_sites_apart(s3: S3Server) -> None:
    ours = open_store(Config(store=msgspec.structs.replace(s3.config(), s3_prefix="ours")), never)
    theirs = open_store(Config(store=msgspec.structs.replace(s3.config(), s3_prefix="theirs")), never)
    await store_image(ours, image())
    assert await paths_in(ours) == set(image().paths)
    assert await paths_in(theirs) == set()


async def test_a_server_that_is_away_is_named_within_its_time(s3: S3Server) -> None:
    away = msgspec.structs.replace(s3.config(), s3_endpoint="http://127.0.0.1:1", s3_timeout=1)
    store = open_store(Config(store=away), never)
    async with asyncio.timeout(5):
        for attempt in (store.size_of, store.open, store.remove):
            with pytest.raises(StoreUnavailable):
                await attempt(image().sizes.original.path)
        with pytest.raises(StoreUnavailable):
            await store_image(store, image())
        with pytest.raises(StoreUnavailable):
            await paths_in(store)


async def test_a_server_that_never_answers_is_given_up(s3: S3Server) -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    slow = msgspec.structs.replace(s3.config(), s3_endpoint=f"http://127.0.0.1:{port}", s3_timeout=0.5)
    async with asyncio.timeout(5):
        with pytest.raises(StoreUnavailable, match=r"in time|reached"):
            await open_store(Config(store=slow), never).size_of(image().sizes.original.path)
    server.close()


async def test_nothing_can_be_put_into_a_bucket_that_is_not_there(s3: S3Server) -> None:
    store = open_store(Config(store=msgspec.structs.replace(s3.config(), s3_bucket="another")), never)
    with pytest.raises(StoreFailed, match="no such bucket"):
        await store_image(store, image())


async def test_a_forked_child_is_refused(s3: S3Server) -> None:
    def inherited() -> None:
        raise RuntimeError("inherited")

    store = open_store(Config(store=s3.config()), inherited)
    with pytest.raises(RuntimeError, match="inherited"):
        await store.size_of(image().sizes.original.path)


NAME = "ab" + "cd" + "0" * 60


@pytest.mark.parametrize(
    "path", [f"media/ab/cd/{NAME}.webp", f"media/ab/cd/{NAME}.avif", "waiting/" + "0" * 32]
)
def test_our_paths_are_known(path: str) -> None:
    assert is_ours(path)


@pytest.mark.parametrize(
    "path",
    ["", "/", "media/../config.toml", f"media/ab/cd/../{NAME}.webp", f"media/ab/cd/{NAME}.html",
     f"media/ab/ce/{NAME}.webp", f"/media/ab/cd/{NAME}.webp", "waiting/../config.toml",
     f"media/ab/cd/{NAME}.webp\n", f"//media/ab/cd/{NAME}.webp", f"media/ab/cd/{NAME.upper()}.webp",
     "app/static/media/posts/ab/cd/x.jpg", "https://elsewhere.example/x.webp"],
)  # fmt: skip
def test_no_other_path_is_known(path: str) -> None:
    assert not is_ours(path)


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


@pytest.mark.parametrize(
    ("address", "path"),
    [
        (f"https://pie.example/media/ab/cd/{NAME}.webp", f"media/ab/cd/{NAME}.webp"),
        (f"/media/ab/cd/{NAME}.avif", f"media/ab/cd/{NAME}.avif"),
        (f"https://pie.example/media/ab/cd/{NAME}.webp?x=1", None),
        ("https://pie.example/static/media/posts/x.webp", None),
    ],
)
def test_the_path_in_an_address(address: str, path: str | None) -> None:
    assert path_in(address) == path
