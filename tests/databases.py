"""Databases for tests: empty ones, and clones of the migrated template."""

from typing import Any
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url

TEMPLATE = "pieloop_template"


def address_of(superuser_url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    return make_url(superuser_url).set(database=name).render_as_string(hide_password=False)


async def create_database(superuser_url: str, name: str, template: str | None = None) -> None:
    """Create a database; a clone is a copy of the template's files."""
    source = f' TEMPLATE "{template}" STRATEGY FILE_COPY' if template else ""
    await _as_superuser(superuser_url, f'CREATE DATABASE "{name}"{source}')


async def drop_database(superuser_url: str, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    await _as_superuser(superuser_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def fresh_name() -> str:
    """Return a name that no other database of the run has."""
    return f"test_{uuid4().hex[:12]}"


async def connect(address: str) -> "asyncpg.Connection[Any]":
    """Open a connection of the test's own."""
    url = make_url(address)
    host = url.query.get("host") or url.host
    assert isinstance(host, str)
    return await asyncpg.connect(
        host=host, port=url.port, user=url.username, password=url.password, database=url.database
    )


async def _as_superuser(superuser_url: str, statement: str) -> None:
    connection = await connect(superuser_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
