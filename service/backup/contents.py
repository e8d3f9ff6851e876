"""What a backup holds: the names of its files, and the manifest that says what they were made from."""

from datetime import datetime
from pathlib import Path

import msgspec

from service.errors import StartupError
from service.media.store.names import FOLDER, WAITING

MANIFEST = "manifest.json"
DATABASE = "database.dump"
FILES = (FOLDER, WAITING)  # the image store's folders
SECRET_KEY = "secret.key"  # noqa: S105 - a file's name


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What was backed up.

    Attributes:
        version: Pieloop's version.
        revision: the schema's revision.
        domain: the site's name.
        taken_at: the database's time, in UTC.
        rows: the number of rows of every table, by its qualified name.
        media_files: how many image files, None where they are kept in a bucket.
        database_sha256: of the database's dump, in hexadecimal.
    """

    version: str
    revision: str | None
    domain: str
    taken_at: datetime
    rows: dict[str, int]
    media_files: int | None
    database_sha256: str


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest; a backup without one was interrupted."""
    text = msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=2)
    (directory / MANIFEST).write_bytes(text + b"\n")


def read_manifest(directory: Path) -> Manifest:
    """Return a backup's manifest.

    Raises:
        StartupError: the directory is no backup, or not a whole one.
    """
    try:
        return msgspec.json.decode((directory / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise StartupError(f"{directory} is not a complete backup: it has no {MANIFEST}.") from None
    except msgspec.DecodeError as error:
        raise StartupError(f"{directory / MANIFEST} cannot be read: {error}.") from error
