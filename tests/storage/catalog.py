"""Reads a schema out of pg_catalog, in the form of pyfedi_schema.json."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

NARROWED = re.compile(r" INSERT OR UPDATE OF [\w, ]+ ON ")
COLUMNS = """
    SELECT table_.relname, column_.attname, format_type(column_.atttypid, column_.atttypmod), column_.attnotnull,
           CASE WHEN pg_get_serial_sequence(format('%I.%I', 'SCHEMA', table_.relname), column_.attname)
                     = format('%I.%s_%s_seq', 'SCHEMA', table_.relname, column_.attname) THEN 'serial'
                ELSE pg_get_expr(default_.adbin, default_.adrelid) END
    FROM pg_attribute column_
    JOIN pg_class table_ ON table_.oid = column_.attrelid AND table_.relkind = 'r'
    LEFT JOIN pg_attrdef default_ ON default_.adrelid = table_.oid AND default_.adnum = column_.attnum
    WHERE table_.relnamespace = 'SCHEMA'::regnamespace AND column_.attnum > 0 AND NOT column_.attisdropped
    ORDER BY table_.relname, column_.attnum
"""

KEYS = """
    SELECT table_.relname, constraint_.contype::text,
           ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS key (number, place)
                 JOIN pg_attribute ON attrelid = conrelid AND attnum = key.number ORDER BY place),
           target.relname,
           ARRAY(SELECT attname::text FROM unnest(confkey) WITH ORDINALITY AS key (number, place)
                 JOIN pg_attribute ON attrelid = confrelid AND attnum = key.number ORDER BY place),
           CASE confdeltype WHEN 'c' THEN ' CASCADE' WHEN 'n' THEN ' SET NULL' ELSE '' END
    FROM pg_constraint constraint_
    JOIN pg_class table_ ON table_.oid = conrelid
    LEFT JOIN pg_class target ON target.oid = confrelid
    WHERE table_.relnamespace = 'SCHEMA'::regnamespace AND contype IN ('p', 'f', 'u')
"""

OUR_INDEXES = "pieloop_ix_"  # what we add to shared tables

INDEXES = """
    SELECT table_.relname, index_.relname, indisunique,
           regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', '')
    FROM pg_index
    JOIN pg_class index_ ON index_.oid = indexrelid
    JOIN pg_class table_ ON table_.oid = indrelid
    WHERE table_.relnamespace = 'SCHEMA'::regnamespace AND NOT indisprimary
"""

TRIGGERS = """
    SELECT table_.relname, pg_get_triggerdef(pg_trigger.oid)
    FROM pg_trigger JOIN pg_class table_ ON table_.oid = tgrelid
    WHERE table_.relnamespace = 'SCHEMA'::regnamespace AND NOT tgisinternal
          AND tgname NOT LIKE 'pieloop%'  -- ours call functions of our schema and go with it
    ORDER BY 2
"""

FUNCTIONS = """
    SELECT proname, pg_get_functiondef(oid) AS definition FROM pg_proc
    WHERE pronamespace = 'SCHEMA'::regnamespace
"""


async def read_tables(connection: AsyncConnection, schema: str = "public") -> dict[str, dict[str, Any]]:
    """Return every table with its columns, keys, indexes and triggers; empty parts are left out."""
    tables: dict[str, dict[str, Any]] = {}

    def part(table: str, name: str, empty: Any) -> Any:
        return tables.setdefault(table, {}).setdefault(name, empty)

    async def rows(query: str) -> list[Any]:
        return list(await connection.execute(text(query.replace("SCHEMA", schema))))

    for table, column, kind, not_null, default in await rows(COLUMNS):
        part(table, "columns", {})[column] = [kind, not_null, default]
    for table, kind, columns, target, target_columns, action in await rows(KEYS):
        if kind == "f":
            part(table, "foreign_keys", {})[columns[0]] = f"{target}.{target_columns[0]}{action}"
        elif kind == "p":
            part(table, "primary_key", []).extend(columns)
        else:
            part(table, "unique", []).append(columns)
    for table, index, unique, definition in await rows(INDEXES):
        if index.startswith(OUR_INDEXES):
            continue
        part(table, "indexes", {})[index] = ("UNIQUE " if unique else "") + definition
    for table, trigger in await rows(TRIGGERS):
        part(table, "triggers", []).append(trigger)
    return tables


async def read_functions(connection: AsyncConnection, schema: str = "public") -> dict[str, str]:
    """Return the definition of every function, by name."""
    found = await connection.execute(text(FUNCTIONS.replace("SCHEMA", schema)))
    return {row.proname: row.definition for row in found}


async def count_rows(
    connection: AsyncConnection, tables: Mapping[str, Any], schema: str = "public"
) -> dict[str, int]:
    """Return how many rows each of the tables has."""
    return {
        table: await connection.scalar(text(f'SELECT count(*) FROM {schema}."{table}"')) or 0
        for table in tables
    }


def widened(tables: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the tables with triggers as pyfedi makes them: its vectors are made anew at every change of a row."""
    return {
        table: facts
        | {"triggers": [NARROWED.sub(" INSERT OR UPDATE ON ", trigger) for trigger in facts["triggers"]]}
        if "triggers" in facts
        else facts
        for table, facts in tables.items()
    }
