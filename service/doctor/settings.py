"""What pyfedi's `.env` and its table of settings say, and is not heeded here: each with what to do instead."""

import json
import os

from sqlalchemy import select

from service.config import Config
from service.config.env_file import with_env_file
from service.config.unheeded import unheeded_settings, unheeded_variables
from service.doctor.findings import Finding
from service.doctor.opened import opened
from service.storage.tables import Setting
from service.storage.transaction import StorageError


def look_at_variables() -> list[Finding]:
    """Look at the variables of this process, which are those of the others where it is started as they are."""
    found = unheeded_variables(with_env_file(os.environ))
    return [_note(".env", names, sentence) for sentence, names in found.items()]


async def look_at_settings(config: Config) -> list[Finding]:
    """Look at the table of settings.

    Parameters:
        config: the whole configuration; PostgreSQL has answered, and its schema is current.
    """
    try:
        async with opened(config) as database, database.read() as db:
            rows = (await db.execute(select(Setting.name, Setting.value))).all()
    except StorageError as error:
        return [Finding("settings", False, str(error), "pieloop doctor, again")]
    found = unheeded_settings(name for name, value in rows if _says_something(value))
    return [_note("settings", names, sentence) for sentence, names in found.items()]


def _note(subject: str, names: list[str], sentence: str) -> Finding:
    return Finding(subject, True, f"ignored: {', '.join(names)}", sentence)


def _says_something(value: str | None) -> bool:
    try:
        return bool(json.loads(value or "null"))
    except ValueError:
        return True
