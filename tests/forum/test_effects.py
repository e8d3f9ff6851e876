"""What each operation does to the database, and nothing else: rows, counters, ranks, events, the logs."""

import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

import service.forum
from service.forum import votes
from service.forum.accounts import operations as account_operations
from service.forum.comments import operations as comment_operations
from service.forum.communities import operations as community_operations
from service.forum.feeds import operations as feed_operations
from service.forum.posts import operations as post_operations
from service.storage.transaction import Database
from tests.databases import connect
from tests.forum.counted import miscounted
from tests.forum.effects import Others, Rows, all_rows, effects
from tests.forum.held import Beside, names_noted
from tests.forum.stated import accounts, comments, communities, entering, feeds, messages, posts, site
from tests.forum.stated.held import HELD
from tests.forum.stated.place import Place, Stated, Step, make_place

NOUNS = (accounts, comments, communities, entering, feeds, messages, posts, site)
DONE = {name: stated for noun in NOUNS for name, stated in noun.DONE.items()}

# What takes back what was done by the operation of that name, and all of it but this.
UNDONE: dict[str, Stated] = {
    "vote up": Stated(lambda s, p: votes.vote_on_post(s, p.ben, p.post, 0), "- read_posts; ben.last_seen"),
    "vote on a comment": Stated(lambda s, p: votes.vote_on_comment(s, p.ben, p.comment, 0), "ben.last_seen"),
    "delete a post": Stated(lambda s, p: post_operations.set_deleted(s, p.ben, p.bens_post, deleted=False), ""),
    "remove a post": Stated(lambda s, p: post_operations.set_removed(s, p.ana, p.bens_post, removed=False), ""),
    "delete a comment": Stated(
        lambda s, p: comment_operations.set_deleted(s, p.ben, p.bens_comment, deleted=False), ""),
    "remove a comment": Stated(
        lambda s, p: comment_operations.set_removed(s, p.ana, p.bens_comment, removed=False), ""),
    "lock a post": Stated(lambda s, p: post_operations.set_locked(s, p.ana, p.bens_post, locked=False), ""),
    "lock a comment": Stated(
        lambda s, p: comment_operations.set_locked(s, p.ana, p.bens_comment, locked=False), ""),
    "pin a post": Stated(lambda s, p: post_operations.set_pinned(s, p.ana, p.bens_post, pinned=False), ""),
    "mark a post NSFW": Stated(lambda s, p: post_operations.set_nsfw(s, p.ana, p.bens_post, nsfw=False), ""),
    "watch a post": Stated(lambda s, p: post_operations.set_watched(s, p.ben, p.post, watched=False), ""),
    "save": Stated(lambda s, p: post_operations.set_saved(s, p.ben, p.post, saved=False), ""),
    "save a comment": Stated(lambda s, p: comment_operations.set_saved(s, p.ben, p.comment, saved=False), ""),
    "hide": Stated(lambda s, p: post_operations.set_hidden(s, p.ben, p.post, hidden=False), ""),
    "read": Stated(lambda s, p: post_operations.mark_read(s, p.ben, [p.post], read=False), ""),
    "make a moderator": Stated(
        lambda s, p: community_operations.set_moderator(s, p.ana, p.cats, p.ben.id, added=False), ""),
    "ban from the community": Stated(
        lambda s, p: community_operations.unban_member(s, p.ana, p.cats, p.ben.id), ""),
    "block a community": Stated(
        lambda s, p: community_operations.set_blocked(s, p.ben, p.dogs, blocked=False), ""),
    "delete a community": Stated(
        lambda s, p: community_operations.set_deleted(s, p.ana, p.cats, deleted=False), ""),
    "delete a feed": Stated(lambda s, p: feed_operations.set_deleted(s, p.ana, p.feed, deleted=False), ""),
    "ban from the site": Stated(
        lambda s, p: account_operations.unban(s, p.admin, p.ben.id), "- pieloop.token_end"),
    "block": Stated(lambda s, p: account_operations.unblock(s, p.ana, p.ben.id), ""),
}  # fmt: skip


class Seeing:
    """Tries steps at a place, one after another."""

    def __init__(
        self, database: Database, place: Place, beginning: list[Rows], others: Others | None = None
    ) -> None:
        self._database, self._place, self._beginning, self._others = database, place, beginning, others

    async def effects(self, step: Step, after: Step | None) -> set[str]:
        """What a step does."""
        made: list[Any] = []
        takes = len(inspect.signature(step).parameters) - 2

        async def prepare(session: AsyncSession) -> None:
            made[:] = [await after(session, self._place)] if after else []

        return await effects(
            self._database,
            lambda session: step(session, self._place, *made[:takes]),
            after=prepare if after else None,
            beginning=self._beginning,
            others=self._others,
            counts=miscounted,
        )


@pytest.fixture
async def seeing(database: Database) -> Seeing:
    place = await make_place(database)
    return Seeing(database, place, await database.write(all_rows))


def held(name: str) -> set[str]:
    """What an operation is stated to hold."""
    return {f"holds {one}" for one in HELD.get(name, "").split("; ") if one}


async def test_what_is_done(database: Database, database_url: str) -> None:
    place = await make_place(database)
    beginning = await database.write(all_rows)
    connection = await connect(database_url)
    try:
        with names_noted() as names:
            seeing = Seeing(database, place, beginning, Beside(connection, names))
            found = {name: await seeing.effects(stated.step, stated.after) for name, stated in DONE.items()}
    finally:
        await connection.close()
    assert found == {name: stated.lines | held(name) for name, stated in DONE.items()}


def taken_back(done: set[str]) -> set[str]:
    """What undoes these effects: rows go that came, and values move the other way. Events and log entries are new."""
    turn = {"+": "-", "-": "+", "true": "false", "false": "true"}

    def one(line: str) -> str:
        if line.startswith("+ outbox"):
            return line
        if line.startswith("+ mod_log"):
            return "+ mod_log"
        return re.sub(r"^[+-](?= )|(?<= )[+-](?=\d)|(?<= )(true|false)$", lambda sign: turn[sign[0]], line)

    return {one(line) for line in done}


async def test_what_is_undone(seeing: Seeing) -> None:
    found = {
        name: {
            re.sub(r"^\+ mod_log .*", "+ mod_log", line)
            for line in await seeing.effects(undone.step, DONE[name].step)
        }
        for name, undone in UNDONE.items()
    }
    assert found == {name: taken_back(DONE[name].lines) - undone.lines for name, undone in UNDONE.items()}


async def test_what_is_done_again_does_nothing(seeing: Seeing) -> None:
    found = {
        name: lines for name in UNDONE if (lines := await seeing.effects(DONE[name].step, DONE[name].step))
    }
    assert found == {"read": {"read_posts.interacted_at"}}


# Parts of other operations, and what only reads.
NOT_STATED = {
    "accounts.operations.confirmation.account_to_confirm",
    "attachments.operations.add_file",
    "attachments.operations.discard",
    "attachments.operations.lock_files",
    "attachments.operations.release",
    "attachments.operations.set_image",
    "communities.operations.making.refuse_taken",
    "moderation.operations.log_content",
    "moderation.operations.record_in_mod_log",
    "posts.operations.languages.language_or_default",
    "posts.operations.ranks.boost_of",
}
FORUM = Path(service.forum.__file__).parent


def operations() -> set[str]:
    """All changes that the forum offers to its doors and to the workers, by module and name."""
    found = set()
    for place in sorted(FORUM.glob("**/operations*")):
        if "__pycache__" in place.parts:
            continue
        name = ".".join(("service.forum", *place.relative_to(FORUM).with_suffix("").parts))
        for function in vars(import_module(name)).values():
            if inspect.iscoroutinefunction(function) and function.__module__.startswith(name):
                found.add(function)
    return {_name(one) for one in found if not one.__name__.startswith("_") and _is_a_change(one)}


def _is_a_change(function: Any) -> bool:
    return next(iter(inspect.signature(function).parameters), "") == "session"


def _name(function: Any) -> str:
    return f"{function.__module__.removeprefix('service.forum.')}.{function.__name__}"


def named(step: Step) -> set[str]:
    """The functions that a step calls."""
    code, known = step.__code__, step.__globals__
    modules = [known[name] for name in code.co_names if name in known]
    found = [getattr(module, name, None) for module in modules for name in code.co_names]
    return {_name(function) for function in found if inspect.isfunction(function)}


def test_every_operation_is_stated() -> None:
    """Whoever writes a new one says in `tests/forum/stated` what it does."""
    steps = [stated.step for stated in (*DONE.values(), *UNDONE.values())]
    assert operations() - set().union(*(named(step) for step in steps)) == NOT_STATED
