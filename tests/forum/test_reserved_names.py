"""Which names nobody may take, for accounts, communities and feeds."""

import pytest
from sqlalchemy import update

from service.forum.accounts import authentication, operations, rules
from service.forum.accounts.authentication import RegistrationForm
from service.forum.accounts.authority import COMMAND_LINE
from service.forum.accounts.private_registration import AccountForm, register_privately
from service.forum.accounts.queries import profile_by_name
from service.forum.communities import operations as communities
from service.forum.communities import rules as community_rules
from service.forum.communities.operations import NewCommunity
from service.forum.errors import Conflict, Invalid, NotFound
from service.forum.feeds import operations as feeds
from service.forum.feeds.operations import NewFeed
from service.http.application import Application
from service.storage.tables import User
from service.storage.transaction import Database
from tests.forum.making import DOMAIN, KEYS, administrator, member

# fmt: off
RESERVED = [
    "admin", "Admin", "adm1n", "adrnin", "ad_min", "official", "Staff", "help",
    "moderator", "piefed", "Pieloop", "pie_fed", "support", "api", "inbox", "outbox",
    "instance", "new", "settings", "search", "login", "nodeinfo", "well-known", "127.0.0.1",
    "10.0", "0x7f.1", "a..b", "a.-b", "a-.b", "example.com", "mail.example.org", "robots.txt",
    "index.html", "xn--caf-dma", "www.ana",
]
# fmt: on
FREE = [
    "ana",
    "Ana_2",
    "a.b-c",
    "first.last",
    "ann3",
    "newton",
    "settler",
    "apis",
    "x127",
    "helper_bee",
    "adminton",
]


@pytest.mark.parametrize("name", RESERVED)
def test_an_account_does_not_get_a_reserved_name(name: str) -> None:
    assert "can't be used" in (rules.problem_with_name(name) or "")


@pytest.mark.parametrize("name", FREE)
def test_other_names_are_free(name: str) -> None:
    assert rules.problem_with_name(name) is None


def test_a_community_may_be_about_what_a_page_is_called_after() -> None:
    for name in ("privacy", "news", "security", "topics", "posts"):
        assert community_rules.problem_with_name(name) is None
    for name in ("api", "inbox", "instance", "add_local", "lookup", "new", "login"):
        assert community_rules.problem_with_name(name, offices=True), name
    for name in ("help", "support", "official", "piefed"):
        assert community_rules.problem_with_name(name)
        assert community_rules.problem_with_name(name, offices=True) is None


async def test_whatever_an_address_begins_with_is_reserved(app: Application) -> None:
    shortest = rules.NAME_LENGTH[0]
    for rule in app.url_map.iter_rules():
        first, _, rest = rule.rule.removeprefix("/").partition("/")
        if len(first) >= shortest and not first.startswith("."):
            assert rules.problem_with_name(first), f"{first} of {rule.rule} is to be reserved"
        second = rest.partition("/")[0]
        if first in {"c", "community", "f", "feed"} and len(second) >= shortest and "<" not in second:
            assert community_rules.problem_with_name(second, offices=True), (
                f"{second} of {rule.rule} is to be reserved"
            )


async def test_every_door_refuses_them(database: Database) -> None:
    ana = await member(database, "ana")
    admin = await administrator(database)
    password = "correct horse battery"
    form = AccountForm(name="official", email="a@b.example", password=password)
    new = NewCommunity(name="instance", title="T", keys=KEYS)
    for act in (
        authentication.register(database, RegistrationForm(name="inbox", password=password), domain=DOMAIN),
        register_privately(database, COMMAND_LINE, form, domain=DOMAIN, letters=False),
        database.write(communities.create, ana, new, domain=DOMAIN),
        database.write(communities.create, admin, new, domain=DOMAIN),
        database.write(feeds.create, ana, NewFeed(name="support", title="T", keys=KEYS), domain=DOMAIN),
    ):
        with pytest.raises(Invalid) as refusal:
            await act
        assert "can't be used" in refusal.value.fields["name"]
    helping = NewCommunity(name="help", title="T", keys=KEYS)
    assert (await database.write(communities.create, admin, helping, domain=DOMAIN)).name == "help"


async def test_the_name_that_somebody_votes_under_is_nobody_s(database: Database) -> None:
    ana = await member(database, "ana")
    await database.write(
        lambda session: session.execute(
            update(User).where(User.id == ana.id).values(alt_user_name="Qzvote99")
        )
    )
    for name in ("Qzvote99", "qzvote99"):
        with pytest.raises(Conflict):
            await member(database, name)
    with pytest.raises(Conflict):
        await database.write(
            communities.create, ana, NewCommunity(name="qzvote99", title="T", keys=KEYS), domain=DOMAIN
        )
    with pytest.raises(Conflict):
        await database.write(feeds.create, ana, NewFeed(name="qzvote99", title="T", keys=KEYS), domain=DOMAIN)
    async with database.read() as db:
        with pytest.raises(NotFound):
            await profile_by_name(db, ana, "Qzvote99", domain=DOMAIN)


async def test_what_exists_keeps_its_name(database: Database) -> None:
    ana = await member(database, "official")
    await database.write(operations.edit, ana, {"about": "Since 2023"}, domain=DOMAIN)
