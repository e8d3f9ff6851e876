"""`pieloop admin …`: what an administrator does to accounts, from the shell; the same operations as the API's.

Everything is printed as JSON. What is done is written to the audit log as done by the command line.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import click
import msgspec

from service.config import Config, load_config
from service.embedded import with_running_servers
from service.errors import StartupError
from service.forum import audit
from service.forum.accounts import operations, queries
from service.forum.accounts.authority import COMMAND_LINE
from service.forum.accounts.bulk import ItemResult, Order, carry_out
from service.forum.accounts.choices import DirectorySort
from service.forum.accounts.operations import ACTIONS, DONE_WORDS, Act, Action
from service.forum.accounts.private_registration import AccountForm, register_privately
from service.forum.accounts.queries.availability import availability
from service.forum.accounts.queries.directory import (
    AccountRow,
    DirectoryFilter,
    account_by,
    batch_of_accounts,
    directory,
)
from service.forum.accounts.queries.statistics import account_figures, registration_figures
from service.forum.audit import AuditFilter
from service.forum.choices import words_of
from service.forum.errors import ForumError, Invalid
from service.storage.clock import utcnow
from service.storage.engine import create_engine
from service.storage.transaction import Database, StorageError

T = TypeVar("T")
Work = Callable[[Database, Config], Awaitable[T]]

BATCH = 500


@click.group()
def admin() -> None:
    """Manage the site's accounts."""


@admin.command("create-first")
def create_first() -> None:
    """Create the first administrator, if there is none. Uses admin.name and admin.password."""
    from service.first_admin import create_first_admin

    made = asyncio.run(create_first_admin(load_config()))
    if made is not None:
        click.echo(made.announcement)


@admin.command()
@click.argument("name")
@click.argument("email")
@click.option("--password", help="The password (default: generated and printed once).")
@click.option("--title", default="", help="The display name.")
@click.option("--about", default="", help="Markdown.")
@click.option("--timezone", default="")
@click.option("--inactive", is_flag=True, help="Require the owner to confirm the email address first.")
@click.option("--welcome", is_flag=True, help="Send the owner a welcome email.")
def register(
    name: str, email: str, password: str | None, inactive: bool, welcome: bool, **texts: str
) -> None:
    """Create an account."""
    form = AccountForm(
        name=name, email=email, password=password, active=not inactive, welcome=welcome, **texts
    )

    async def work(database: Database, config: Config) -> object:
        letters = bool(config.mail.host)
        made = await register_privately(
            database, COMMAND_LINE, form, domain=config.site.domain, letters=letters
        )
        return msgspec.structs.asdict(made)

    _print(work)


@admin.command()
@click.argument("name")
@click.argument("email")
def validate(name: str, email: str) -> None:
    """Check if a username and email are available."""

    async def work(database: Database, config: Config) -> object:
        async with database.read() as db:
            return await availability(db, name, email)

    _print(work)


@admin.command()
@click.option("--search", default="", help="Part of a name or email address.")
@click.option("--everywhere", is_flag=True, help="Include accounts on other servers.")
@click.option("--verified/--unverified", default=None)
@click.option("--active/--stopped", default=None, help="Stopped means banned or disabled.")
@click.option(
    "--seen", "last_seen_days", type=click.IntRange(1, 36_500), help="Active within this many days."
)
@click.option(
    "--sort", type=click.Choice(words_of(DirectorySort)), default=DirectorySort.NEWEST.word, show_default=True
)
@click.option("--page", type=click.IntRange(1, 1_000_000), default=1)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def users(everywhere: bool, sort: str, page: int, limit: int, **wanted: Any) -> None:
    """List accounts."""

    async def work(database: Database, _: Config) -> object:
        async with database.read() as db:
            return await directory(
                db,
                DirectoryFilter(local_only=not everywhere, **wanted),
                sort=DirectorySort.named(sort, DirectorySort.NEWEST),
                page=page,
                size=limit,
            )

    _print(work)


@admin.command()
@click.argument("account")
def lookup(account: str) -> None:
    """Show an account by its ID, name or email address."""
    _print(lambda database, _: _find(database, account))


@admin.command()
@click.argument("account")
@click.option("--title")
@click.option("--about")
@click.option("--timezone")
@click.option("--email")
@click.option("--verified/--unverified", default=None)
@click.option("--newsletter/--no-newsletter", default=None)
@click.option("--searchable/--hidden", default=None)
def update(account: str, **changes: Any) -> None:
    """Edit an account. Changes its profile, email address, or whether that address is confirmed."""
    sent = {name: value for name, value in changes.items() if value is not None}

    async def work(database: Database, config: Config) -> object:
        found = await _find(database, account)
        await database.write(
            operations.update_account, COMMAND_LINE, found.id, sent, domain=config.site.domain
        )
        return await _find(database, str(found.id))

    _print(work)


def _command_of(action: Action) -> click.Command:
    @click.argument("accounts", nargs=-1, required=True)
    @click.option("--reason", default="")
    @click.option("--days", type=click.IntRange(1, 36_500), help="End the ban after this many days.")
    @click.option("--tell", is_flag=True, help="Email the owners.")
    @click.option("--key", default="", help="A request with the same key can be repeated safely.")
    def act(accounts: tuple[str, ...], reason: str, days: int | None, tell: bool, key: str) -> None:
        until = utcnow() + timedelta(days=days) if days else None

        async def work(database: Database, config: Config) -> list[ItemResult]:
            ids = tuple([(await _find(database, account)).id for account in accounts])
            done = Act(reason=reason, until=until, tell=tell and bool(config.mail.host))
            order = Order(action=action, account_ids=ids, act=done)
            return await carry_out(database, COMMAND_LINE, order, key=key)

        results = _print(work)
        if not all(result.success for result in results):
            sys.exit(1)

    act.__doc__ = (
        f"{action.capitalize()} accounts. Exits with code 1 unless all of them are {DONE_WORDS[action]}."
    )
    return admin.command(action)(act)


for _action in ACTIONS:
    _command_of(_action)


@admin.command()
@click.option("--days", type=click.IntRange(1, 365), default=30, show_default=True)
def statistics(days: int) -> None:
    """Show account totals and registrations per day."""

    async def work(database: Database, _: Config) -> object:
        async with database.read() as db:
            figures = await account_figures(db)
            registrations = await registration_figures(db, days)
        return {"accounts": figures, "registrations": registrations}

    _print(work)


@admin.command()
@click.option("--everywhere", is_flag=True, help="Include accounts on other servers.")
@click.option("--search", default="")
def export(everywhere: bool, search: str) -> None:
    """Print every account as JSON, one per line."""

    async def work(database: Database, _: Config) -> None:
        after = 0
        while True:
            async with database.read() as db:
                wanted = DirectoryFilter(local_only=not everywhere, search=search)
                rows = await batch_of_accounts(db, wanted, after=after, size=BATCH)
            if not rows:
                return
            for row in rows:
                click.echo(msgspec.json.encode(row))
            after = rows[-1].id

    _run(work)


@admin.command("audit")
@click.option("--action", default="")
@click.option("--result", default="")
@click.option("--by", default="")
@click.option("--target", default="", help="For example, user:12.")
@click.option("--address", default="")
@click.option("--page", type=click.IntRange(1, 1_000_000), default=1)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def trail(page: int, limit: int, **wanted: Any) -> None:
    """Show the audit log, newest first."""

    async def work(database: Database, _: Config) -> object:
        async with database.read() as db:
            return await audit.trail(db, AuditFilter(**wanted), page=page, size=limit)

    _print(work)


@admin.command()
@click.option("--all", "everything", is_flag=True, help="Include applications already decided.")
def applications(everything: bool) -> None:
    """List applications for accounts."""

    async def work(database: Database, _: Config) -> object:
        async with database.read() as db:
            return (await queries.applications(db, waiting_only=not everything, size=BATCH)).items

    _print(work)


@admin.command()
@click.argument("account")
def approve(account: str) -> None:
    """Approve an application."""
    _decide(lambda config: partial(operations.approve, domain=config.site.domain), account)


@admin.command()
@click.argument("account")
def deny(account: str) -> None:
    """Reject an application and delete it along with its account."""
    _decide(lambda _: operations.deny, account)


def _decide(decide: Callable[[Config], Callable[..., Awaitable[Any]]], account: str) -> None:
    async def work(database: Database, config: Config) -> object:
        found = await _find(database, account)
        async with database.read() as db:
            application_id = await queries.waiting_application_of(db, found.id)
        await database.write(decide(config), COMMAND_LINE, application_id)
        return {"decided": found.name}

    _print(work)


async def _find(database: Database, account: str) -> AccountRow:
    async with database.read() as db:
        if account.isascii() and account.isdecimal():
            return await account_by(db, account_id=int(account))
        if "@" in account:
            return await account_by(db, email=account)
        return await account_by(db, name=account)


def _print(work: Work[T]) -> T:
    result = _run(work)
    click.echo(msgspec.json.format(msgspec.json.encode(result)))
    return result


def _run(work: Work[T]) -> T:
    """Do some work on the site's database.

    Raises:
        StartupError: what the forum or the database refuses, in one sentence.
    """

    async def run() -> T:
        config = await with_running_servers(load_config())
        async with _database(config) as database:
            return await work(database, config)

    try:
        return asyncio.run(run())
    except Invalid as refusal:
        raise StartupError(
            "\n".join(f"{name}: {words}" for name, words in refusal.fields.items())
        ) from refusal
    except (ForumError, StorageError) as refusal:
        raise StartupError(str(refusal)) from refusal


@asynccontextmanager
async def _database(config: Config) -> AsyncIterator[Database]:
    engine = create_engine(config, "migrate")
    try:
        yield Database(engine)
    finally:
        await engine.dispose()
