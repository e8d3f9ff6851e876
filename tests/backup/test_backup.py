"""A backup of a real site, restored into an empty place, is the same site."""

from pathlib import Path

import msgspec
import pytest

from service.backup.contents import DATABASE, MANIFEST, read_manifest
from service.backup.run import back_up, bring_back
from service.config import Config, DatabaseConfig
from service.demo.run import run as make_demo
from service.demo.sizes import Sizes
from service.errors import StartupError
from tests.databases import address_of, connect, create_database, drop_database, fresh_name
from tests.snapshots import Snapshot

SIZES = Sizes(users=5, communities=2, posts=12, comments=20, votes=30)


async def test_a_restored_site_is_the_same(config: Config, superuser_url: str, tmp_path: Path) -> None:
    config = msgspec.structs.replace(config, data_dir=tmp_path / "site")
    await make_demo(config, SIZES, seed=1, password="only for this test", again=False)
    (config.data_dir / "secret.key").write_text("a key that was made once")
    told = await back_up(config, tmp_path / "backup")
    assert "rows in" in told
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o700
    name = fresh_name()
    await create_database(superuser_url, name)
    try:
        restored = elsewhere(config, address_of(superuser_url, name), tmp_path / "restored")
        assert config.site.domain in await bring_back(restored, tmp_path / "backup")
        assert await digests(restored) == await digests(config)
        assert files(restored.data_dir) == files(config.data_dir)
        assert any(path.startswith("media/") for path in files(restored.data_dir))
        with pytest.raises(StartupError, match="not empty"):
            await bring_back(restored, tmp_path / "backup")
    finally:
        await drop_database(superuser_url, name)


async def test_what_is_no_whole_backup_is_refused(config: Config, tmp_path: Path) -> None:
    config = msgspec.structs.replace(config, data_dir=tmp_path / "site")
    backup = tmp_path / "backup"
    await back_up(config, backup)
    with pytest.raises(StartupError, match="not empty"):
        await back_up(config, backup)
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match="cannot be used: Not a directory"):
        await back_up(config, tmp_path / "file" / "backup")
    (backup / DATABASE).write_bytes((backup / DATABASE).read_bytes()[:-1])
    with pytest.raises(StartupError, match="damaged"):
        await bring_back(config, backup)
    (backup / MANIFEST).unlink()
    with pytest.raises(StartupError, match="not a complete backup"):
        await bring_back(config, backup)


async def test_another_sites_images_are_not_mixed_in(config: Config, tmp_path: Path) -> None:
    config = msgspec.structs.replace(config, data_dir=tmp_path / "site")
    await back_up(config, tmp_path / "backup")
    (config.data_dir / "media").mkdir(parents=True, exist_ok=True)
    (config.data_dir / "media" / "another.webp").write_bytes(b"picture")
    with pytest.raises(StartupError, match="empty data directory"):
        await bring_back(config, tmp_path / "backup")
    assert read_manifest(tmp_path / "backup").domain == config.site.domain


def elsewhere(config: Config, url: str, data_dir: Path) -> Config:
    database: DatabaseConfig = msgspec.structs.replace(config.database, url=url, direct_url=url)
    return msgspec.structs.replace(config, data_dir=data_dir, database=database)


async def digests(config: Config) -> dict[str, str | None]:
    connection = await connect(config.database.url)
    try:
        snapshot = Snapshot(connection)
        await snapshot.look()
        return await snapshot.digests()
    finally:
        await connection.close()


def files(data_dir: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(data_dir)): path.read_bytes() for path in data_dir.rglob("*") if path.is_file()
    }
