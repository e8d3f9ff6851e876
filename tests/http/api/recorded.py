"""A real pyfedi's rows, and what it answered to the same requests; kept beside the repository, not in it."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.databases import connect

KEPT = Path(__file__).parents[3].parent / "shared" / "fixtures" / "pyfedi-small"
DOMAIN, SECRET_KEY = "127.0.0.1:8102", "dropin-secret-key-0123456789abcdef0123456789"

Json = Any


class Answer(msgspec.Struct, frozen=True):
    """What pyfedi answered to one GET."""

    path: str
    query: dict[str, Any]
    who: str | None
    status: int
    body: Json


def answers() -> list[Answer]:
    """Return all that was recorded."""
    lines = gzip.decompress((KEPT / "answers.jsonl.gz").read_bytes()).splitlines()
    return [msgspec.json.decode(line, type=Answer) for line in lines]


def tokens() -> dict[str, str]:
    """Return the people's tokens, by their names."""
    return msgspec.json.decode((KEPT / "tokens.json").read_bytes(), type=dict[str, str])


async def load_rows(database_url: str) -> None:
    """Replace all that stands in the shared tables by pyfedi's rows."""
    connection = await connect(database_url)
    try:
        await connection.execute("SET session_replication_role = replica")
        tables = [table for table, _, _ in copied()]
        await connection.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        for table, columns, rows in copied():
            if rows:
                await connection.copy_to_table(
                    table.removeprefix("public.").strip('"'),
                    schema_name="public",
                    columns=columns,
                    source=io.BytesIO(rows),
                    format="text",
                )
        for statement in _sequences():
            await connection.execute(statement)
    finally:
        await connection.close()


def copied() -> Iterator[tuple[str, list[str], bytes]]:
    """Return each table with the columns and lines of its rows, as COPY has them."""
    lines = iter((KEPT / "rows.sql").read_bytes().split(b"\n"))
    for line in lines:
        if line.startswith(b"COPY "):
            table, _, columns = line.decode().removeprefix("COPY ").partition(" (")
            names = [name.strip(' "') for name in columns.partition(")")[0].split(",")]
            rows = []
            for row in lines:
                if row == rb"\.":
                    break
                rows.append(row)
            yield table, names, b"".join(row + b"\n" for row in rows)


def _sequences() -> list[str]:
    lines = (KEPT / "rows.sql").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("SELECT pg_catalog.setval")]
