"""Which columns pyfedi's own rows never have NULL, and what is written otherwise: it works with what Pieloop writes.

pyfedi_filled.json has the columns: those that were filled in every row of a real database of its own, or cannot be
empty, or have a default. A database that its `init-db` made has no such defaults, so a watched one has none either.
"""

import json
from pathlib import Path
from typing import Any

FILLED: dict[str, list[str]] = json.loads(
    (Path(__file__).parent / "storage" / "pyfedi_filled.json").read_text(encoding="utf-8")
)

# Filled in all the rows there are, and NULL in pyfedi's own where the thing is another: what a report is not about,
# what an act of moderators has not to do with, a ban for ever, a person who has not said where they are.
MAY_BE_NULL = {
    "community_ban.ban_until",
    "mod_log.community_id",
    "mod_log.target_user_id",
    "post.timezone",
    "report.in_community_id",
    "report.suspect_community_id",
    "report.suspect_post_id",
    "report.suspect_user_id",
    "user.timezone",
}

WATCH = """
    CREATE SCHEMA watched;
    CREATE TABLE watched.nulls (name text PRIMARY KEY);
    CREATE TABLE watched.written (name text PRIMARY KEY);
    CREATE FUNCTION watched.look() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        stored jsonb := to_jsonb(NEW);
        empty text;
    BEGIN
        IF stored ? 'id' THEN  -- the row as its transaction leaves it
            EXECUTE format('SELECT to_jsonb(t) FROM public.%I t WHERE id = $1', TG_TABLE_NAME)
                INTO stored USING NEW.id;
        END IF;
        INSERT INTO watched.written VALUES (TG_TABLE_NAME) ON CONFLICT DO NOTHING;
        FOREACH empty IN ARRAY TG_ARGV LOOP
            IF stored ->> empty IS NULL AND stored IS NOT NULL THEN
                INSERT INTO watched.nulls VALUES (TG_TABLE_NAME || '.' || empty) ON CONFLICT DO NOTHING;
            END IF;
        END LOOP;
        RETURN NULL;
    END $$
"""
DEFAULTS = """
    SELECT format('ALTER TABLE public.%I ALTER COLUMN %I DROP DEFAULT', table_name, column_name)
    FROM information_schema.columns
    WHERE table_schema = 'public' AND column_default IS NOT NULL AND column_default NOT LIKE 'nextval%'
        AND is_nullable = 'YES'
"""


async def watch(connection: Any) -> None:
    """Look at every row that is inserted into a shared table from now on; nothing there has a default.

    Parameters:
        connection: to a migrated database, by asyncpg.
    """
    await connection.execute(WATCH)
    for row in await connection.fetch(DEFAULTS):
        await connection.execute(row[0])
    for table, columns in FILLED.items():
        await connection.execute(
            f'CREATE CONSTRAINT TRIGGER watched AFTER INSERT ON public."{table}" DEFERRABLE INITIALLY DEFERRED'
            f" FOR EACH ROW EXECUTE FUNCTION watched.look({', '.join(repr(one) for one in columns)})"
        )


async def seen(connection: Any) -> tuple[set[str], set[str]]:
    """Return the columns that were NULL in a row, and the tables that had one."""
    nulls = await connection.fetch("SELECT name FROM watched.nulls")
    written = await connection.fetch("SELECT name FROM watched.written")
    return {row["name"] for row in nulls}, {row["name"] for row in written}
