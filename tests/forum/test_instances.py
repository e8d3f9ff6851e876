"""Other servers: which hosts a list covers, who may talk to us, and what administrators do about them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.config import Config
from service.federation.intake.lists import Admission
from service.forum import audit, site
from service.forum.accounts.authority import Authority
from service.forum.errors import Conflict, Invalid, NotFound
from service.forum.instances import operations, queries
from service.forum.instances.choices import Change, Decided, InstanceSort, Mode, State
from service.forum.instances.columns import is_refused
from service.forum.instances.hosts import Hosts, host_from
from service.forum.instances.pasted import Entry, Published, as_csv, entries_from
from service.forum.instances.queries import Filter
from service.forum.instances.rules import Lists
from service.forum.instances.shapes import Details, Standing
from service.storage.clock import utcnow
from service.storage.tables import (
    Addressed,
    AllowedInstance,
    BannedInstance,
    Community,
    DefederationSubscription,
    Instance,
    InstanceRole,
    Peer,
    SentActivity,
    Undelivered,
)
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.elsewhere import far_community, stranger
from tests.forum.making import DOMAIN
from tests.statements import counted

BOSS = Authority(name="boss")


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("Bad.Example", "bad.example"),
        (" https://bad.example/about ", "bad.example"),
        ("*.bad.example", "bad.example"),
        ("ana@bad.example", "bad.example"),
        ("bad.example:8443", "bad.example"),
        ("bad.example.", "bad.example"),
        ("büro.example", "xn--bro-hoa.example"),
        ("b*d*****e.example", "b*d*****e.example"),
        ("example", None),
        ("*", None),
        ("**.**", None),
        ("*.*", None),
        ("b**.example", None),
        ("bad..example", None),
        ("bad example.org", None),
        ("bad.example;drop", None),
        ("x" * 64 + ".example", None),
        (".".join(["x" * 60] * 5), None),
        ("", None),
        ("\0.example", None),
    ],
)
def test_which_host_an_entry_means(text: str, host: str | None) -> None:
    assert host_from(text) == host


def hosts(*entries: str) -> Hosts:
    return Hosts.from_entries(entries)


# What is asked -> why it may not talk, by the lists of each case.
CASES: list[tuple[Lists, dict[str, str | None]]] = [
    (Lists(), {"a.example": None}),
    (Lists(Mode.OFF), {"a.example": "off"}),
    (
        Lists(blocked=hosts("a.example", "x.b.example")),
        {
            "a.example": "blocked",
            "www.a.example": "blocked",
            "not-a.example": None,
            "example": None,
            "b.example": None,
            "x.b.example": "blocked",
        },
    ),
    (
        Lists(Mode.ALLOW, allowed=hosts("a.example"), blocked=hosts("bad.a.example")),
        {"a.example": None, "b.a.example": None, "bad.a.example": "blocked", "b.example": "unlisted"},
    ),
    (
        Lists(allowed=hosts("good.a.example"), subscribed=hosts("a.example", "c.example")),
        {"good.a.example": None, "a.example": "subscribed", "www.c.example": "subscribed", "d.example": None},
    ),
    (
        Lists(blocked=hosts("c.example"), allowed=hosts("c.example"), subscribed=hosts("c.example")),
        {"c.example": "blocked"},
    ),
    (
        Lists(subscribed=hosts("b*d*e.example")),
        {
            "badie.example": "subscribed",
            "w.badie.example": "subscribed",
            "badiie.example": None,
            "badie.exampl": None,
        },
    ),
]


@pytest.mark.scenario(144, 145)
@pytest.mark.parametrize(("lists", "asked"), CASES)
def test_who_may_talk_to_us(lists: Lists, asked: dict[str, str | None]) -> None:
    assert {host: lists.reason(host) for host in asked} == asked
    assert all(lists.admit(host) is (why is None) for host, why in asked.items())


async def test_statements_say_the_same_as_the_rules(database: Database) -> None:
    for lists, asked in CASES:
        async with database.read() as db:
            said = {
                host: await db.scalar(select(is_refused(lists, literal(f"{host}:8102")))) for host in asked
            }
        assert said == {host: why is not None for host, why in asked.items()}


async def test_entries_are_read_however_they_were_written(database: Database) -> None:
    follows = DefederationSubscription(id=7, domain="other.example")
    await making.add(database, follows)
    rows = [
        BannedInstance(domain=" *.A.example. "),
        BannedInstance(domain="b.example", subscription_id=7),
        BannedInstance(domain="nonsense"),
        BannedInstance(domain=None),
        AllowedInstance(domain="C.example"),
    ]
    await making.add(database, *rows)
    async with database.read() as db:
        lists = await queries.read_lists(db)
    assert lists == Lists(
        blocked=hosts("a.example"), subscribed=hosts("b.example"), allowed=hosts("c.example")
    )


MASTODON = 'a.example,suspend,true,true,"spam, and more",false\nb.example,silence,,,,\nc.example,noop,,,,'


@pytest.mark.parametrize(
    ("text", "entries", "milder"),
    [
        (
            "a.example\n\n# they know why\nB.example,spam\r\na.example",
            [("a.example", ""), ("b.example", "spam")],
            0,
        ),
        (
            "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n" + MASTODON,
            [("a.example", "spam, and more")],
            2,
        ),
        ("domain,severity,public_comment\n*.a.example,suspend,x", [("a.example", "x")], 0),
        ("instance,reason\na.example,", [("a.example", "")], 0),
        (
            '{"banned_instances": ["a.example"], "allowed_instances": ["b.example"], "banned_users": [1]}',
            [("a.example", ""), ("b.example", "")],
            0,
        ),
    ],
)
def test_what_is_pasted(text: str, entries: list[tuple[str, str]], milder: int) -> None:
    pasted = entries_from(text)
    assert ([(one.host, one.reason) for one in pasted.entries], pasted.milder) == (entries, milder)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "contain any servers"),
        ("a.example\nnonsense\n", "line 2 (nonsense)"),
        ("1\n2\n3\n4\n5", "and 2 more"),
        ("{", "valid JSON"),
        ('{"banned_instances": 7}', "contain any servers"),
        ('{"banned_instances": [null, {"a": 1}]}', "banned_instances"),
        ("domain,severity\na.example,silence", "contain any servers"),
        ("a.example\n" * 5_001, "more than"),
        ('"', "server names"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text: str, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        entries_from(text)
    assert words in refusal.value.fields["entries"]


def test_what_is_exported_can_be_pasted() -> None:
    entries = [Entry("a.example", 'says "no", loudly'), Entry("b.example")]
    assert entries_from(as_csv(entries)).entries == entries


async def change(database: Database, word: str, *names: str, reason: str = "") -> int:
    entries = [Entry(name, reason) for name in names]
    return len(
        await database.write(
            operations.change, BOSS, Change.stored(word, Change.BLOCK), entries, own_host=DOMAIN
        )
    )


async def reasons(database: Database, *names: str) -> list[str | None]:
    async with database.read() as db:
        lists = await queries.read_lists(db)
    return [lists.reason(name) for name in names]


async def test_blocks_and_exceptions_are_made_and_taken_back(database: Database) -> None:
    assert await change(database, "block", "a.example", "b.example", reason="spam") == 2
    assert await change(database, "block", "a.example", reason="scam") == 0
    assert await reasons(database, "a.example", "x.b.example", "c.example") == ["blocked", "blocked", None]
    async with database.read() as db:
        [entry] = await queries.entries_for(db, "www.a.example")
        assert (entry.domain, entry.reason, entry.by) == ("a.example", "scam", "boss")
        assert await queries.own_entries(db) == [Entry("a.example", "scam"), Entry("b.example", "spam")]
    assert await change(database, "unblock", "a.example", "never.example") == 1
    assert await change(database, "allow", "b.example") == 1, "who is allowed is not blocked"
    assert await reasons(database, "a.example", "b.example") == [None, None]
    assert await change(database, "block", "b.example") == 1
    assert await change(database, "disallow", "b.example") == 0, "who is blocked is not allowed"
    with pytest.raises(Invalid):
        await change(database, "block", "example.org", DOMAIN)
    async with database.read() as db:
        done = await audit.trail(db, audit.AuditFilter(target="instance:b.example"))
    assert [row.action for row in done.entries] == ["instance_block", "instance_allow", "instance_block"]


async def test_many_at_once_are_one_entry_of_the_log(database: Database) -> None:
    names = [f"n{number}.example" for number in range(1500)]
    assert await change(database, "block", *names) == 1500
    assert await change(database, "unblock", *names, "other.example") == 1500
    async with database.read() as db:
        done = await audit.trail(db, audit.AuditFilter())
    assert [(row.action, row.details["count"]) for row in done.entries] == [
        ("instances_unblock", 1500),
        ("instances_block", 1500),
    ]


@pytest.mark.scenario(145)
async def test_the_mode_is_kept_where_pyfedi_keeps_it(database: Database) -> None:
    for mode, stored in (
        ("allow", (True, False)),
        ("off", (False, True)),
        ("block", (False, False)),
    ):
        await set_mode(database, mode)
        async with database.read() as db:
            assert await queries.mode(db) == mode
            names = ("use_allowlist", "federation_off")
            assert await site.settings(db, names) == dict(zip(names, stored, strict=True))


async def set_mode(database: Database, mode: str) -> None:
    await database.write(operations.set_mode, BOSS, Mode.stored(mode, Mode.BLOCK))


async def test_running_processes_know_at_once(database: Database, config: Config) -> None:
    admission = Admission(DOMAIN)
    await admission.refresh(database)
    keeping = asyncio.create_task(admission.keep_up(database, config))
    try:
        assert admission("a.example")
        for word, admitted in (("block", False), ("unblock", True)):
            async with asyncio.timeout(5):
                while admission("a.example") is not admitted:
                    await change(database, word, "a.example")
                    await asyncio.sleep(0.01)
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])


async def follow(database: Database, name: str) -> int:
    return await database.write(operations.follow, BOSS, name, own_host=DOMAIN)


async def take_over(database: Database, subscription: int, *names: str) -> tuple[int, int]:
    entries = [Published(name) for name in names]
    return await database.write(operations.take_over, subscription, entries, own_host=DOMAIN)


@pytest.mark.scenario(146)
async def test_a_followed_list_is_taken_over_and_our_own_decisions_win(database: Database) -> None:
    await change(database, "block", "mine.example")
    await change(database, "allow", "friend.example")
    one, two = await follow(database, "https://One.example/"), await follow(database, "two.example")
    assert await take_over(
        database, one, "a.example", "b.example", "mine.example", "friend.example", DOMAIN
    ) == (3, 0)
    assert await take_over(database, two, "b.example", "c.example") == (2, 0)
    names = ("a.example", "b.example", "c.example", "mine.example", "friend.example", "x.friend.example")
    assert await reasons(database, *names) == [
        "subscribed",
        "subscribed",
        "subscribed",
        "blocked",
        None,
        None,
    ]
    assert await take_over(database, one, "b.example", "mine.example") == (0, 1)
    assert await reasons(database, "a.example", "b.example") == [None, "subscribed"]
    await database.write(operations.tell_problem, one, "Answers with 502.")
    assert await reasons(database, "b.example") == ["subscribed"], "what cannot be read stays in force"
    assert await change(database, "allow", "c.example") == 1
    assert await take_over(database, two, "b.example", "c.example") == (0, 0), "an exception stays one"
    assert await reasons(database, "c.example") == [None]
    async with database.read() as db:
        shown = (await queries.federation(db)).subscriptions
    assert [(row.domain, row.entries, row.problem, row.read_at is not None) for row in shown] == [
        ("one.example", 2, "Answers with 502.", True),
        ("two.example", 1, "", True),
    ]
    await database.write(operations.unfollow, BOSS, one)
    assert await reasons(database, "b.example", "mine.example") == ["subscribed", "blocked"]
    await database.write(operations.unfollow, BOSS, two)
    assert await reasons(database, "b.example", "mine.example") == [None, "blocked"]
    assert await take_over(database, two, "b.example") == (0, 0), "given up while it was read"


async def test_whatever_changes_the_lists_lets_every_process_read_them_again(database: Database) -> None:
    one = await follow(database, "one.example")
    changing: dict[str, Callable[[], Awaitable[Any]]] = {
        "block": lambda: change(database, "block", "mine.example"),
        "unblock": lambda: change(database, "unblock", "mine.example"),
        "allow": lambda: change(database, "allow", "friend.example"),
        "take over": lambda: take_over(database, one, "a.example"),
        "take over less": lambda: take_over(database, one),
        "the mode": lambda: database.write(operations.set_mode, BOSS, Mode.ALLOW),
        "unfollow": lambda: database.write(operations.unfollow, BOSS, one),
    }
    told = {}
    for name, do in changing.items():
        with counted(database) as statements:
            await do()
        told[name] = [one for one in statements if one.startswith("SELECT pg_notify")] != []
    assert told == dict.fromkeys(changing, True)
    with counted(database) as statements:
        await take_over(database, one)
    assert not [one for one in statements if "pg_notify" in one], "nothing has changed"


async def test_what_list_can_be_followed(database: Database) -> None:
    await follow(database, "one.example")
    for name in ("", "localhost", DOMAIN, "b*d*ee.example"):
        with pytest.raises(Invalid):
            await follow(database, name)
    with pytest.raises(Conflict):
        await follow(database, "ONE.example")
    with pytest.raises(NotFound):
        await database.write(operations.unfollow, BOSS, 4711)


async def test_a_silenced_server_is_out_of_popular_and_all_until_it_speaks_again(database: Database) -> None:
    loud, shy = await far_community(database, "loud"), await far_community(database, "shy", show_all=False)
    mine = await making.community(database, await making.member(database, "ana"))

    async def shown() -> dict[int, tuple[bool | None, bool | None]]:
        async with database.read() as db:
            rows = await db.execute(select(Community.id, Community.show_popular, Community.show_all))
            return {id_: (popular, all_) for id_, popular, all_ in rows}

    for _ in range(2):
        await database.write(operations.silence, BOSS, "far.example", silenced=True)
    assert await shown() == {loud: (False, False), shy: (False, False), mine: (True, True)}
    assert (await details(database, "far.example")).standing.silenced
    new = await far_community(database, "new", show_popular=False, show_all=False)
    await database.write(operations.silence, BOSS, "far.example", silenced=False)
    assert await shown() == {loud: (True, True), shy: (True, False), mine: (True, True), new: (True, True)}


async def details(database: Database, domain: str) -> Details:
    async with database.read() as db:
        return await queries.details(db, domain)


async def test_a_server_is_tried_again_annotated_and_forgotten(database: Database) -> None:
    ana = await stranger(database, "ana", admin=True)
    now = utcnow()

    async def trouble(session: AsyncSession) -> None:
        instance = await session.get(Instance, ana.instance_id)
        assert instance is not None
        instance.failures, instance.dormant, instance.gone_forever = 9, True, True
        instance.software, instance.start_trying_again = "lemmy", now
        session.add_all(
            [Instance(id=98, domain="empty.example", failures=2), Instance(id=99, domain="third.example")]
        )
        session.add_all(
            [
                SentActivity(
                    id=7, key=b"7", kind="Like", signer_kind="site", signer_id=1, lane="", body=b"{}"
                ),
                Addressed(instance_id=ana.instance_id, activity_id=7, inbox="https://far.example/inbox"),
                Peer(instance_id=ana.instance_id, cursor=3, last_error="502"),
                Peer(instance_id=98, cursor=3),
                Peer(instance_id=99, cursor=3),
                Undelivered(instance_id=ana.instance_id, activity_id=2, inbox="x", last_error="400"),
            ]
        )

    await database.write(trouble)
    found = await details(database, "far.example")
    assert (found.standing.state, found.standing.waiting, found.parked, found.people) == ("gone", 1, 1, 1)
    await database.write(operations.retry, BOSS, "far.example")
    await database.write(operations.trust, BOSS, "far.example", trusted=True)
    await database.write(operations.annotate, BOSS, "far.example", note="Slow.", posting_warning="Be kind.")
    found = await details(database, "far.example")
    assert (found.standing.state, found.standing.trusted, found.note) == ("well", True, "Slow.")
    with pytest.raises(Invalid):
        await database.write(operations.annotate, BOSS, "far.example", note="", posting_warning="x" * 513)
    for name in ("far.example", "empty.example"):
        await database.write(operations.forget, BOSS, name)
    async with database.read() as db:
        peers = (await db.execute(select(Peer.instance_id, Peer.wish).order_by(Peer.instance_id))).all()
    assert [tuple(peer) for peer in peers] == [(ana.instance_id, "forget"), (99, None)]
    found = await details(database, "far.example")
    assert (found.standing.software, found.standing.waiting, found.parked, found.people) == ("", 0, 0, 1)
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(InstanceRole)) == 0
        assert await db.scalar(select(Instance.id).where(Instance.domain == "empty.example")) is None
    for name in ("empty.example", DOMAIN):
        with pytest.raises(NotFound):
            await database.write(operations.forget, BOSS, name)


@pytest.fixture
async def known(database: Database) -> None:
    """Servers in every state, and entries of lists of which nothing else is known."""
    now = utcnow()
    rows: list[Any] = [
        Instance(domain="well.example", software="lemmy", last_seen=now, popular=False),
        Instance(domain="failing.example", software="mbin", failures=2),
        Instance(domain="dormant.example", failures=9, dormant=True, trusted=True),
        Instance(domain="gone.example", failures=20, dormant=True, gone_forever=True),
        Instance(domain="www.bad.example", failures=1),
        BannedInstance(domain="bad.example"),
        AllowedInstance(domain="well.example"),
        AllowedInstance(domain="future.example"),
    ]
    await making.add(database, *rows)


async def found(database: Database, sort: str = "domain", **wanted: Any) -> list[str]:
    async with database.read() as db:
        page = await queries.directory(
            db, Filter(**wanted), sort=InstanceSort.stored(sort, InstanceSort.DOMAIN)
        )
    assert page.total == len(page.instances)
    return [row.domain.removesuffix(".example") for row in page.instances]


@pytest.mark.usefixtures("known")
async def test_servers_are_found_by_state_and_word_in_every_order(database: Database) -> None:
    everybody = ["bad", "dormant", "failing", "future", "gone", "well", "www.bad"]
    assert await found(database) == everybody
    states = {
        "blocked": ["bad", "www.bad"],
        "gone": ["gone"],
        "dormant": ["dormant"],
        "failing": ["failing"],
        "unknown": ["future"],
        "well": ["well"],
    }
    for state, names in states.items():
        assert await found(database, state=State.stored(state, State.WELL)) == names
    assert await found(database, decided=Decided.ALLOWED) == ["future", "well"]
    assert await found(database, decided=Decided.TRUSTED) == ["dormant"]
    assert await found(database, decided=Decided.SILENCED) == ["well"]
    assert await found(database, search="BAD") == ["bad", "www.bad"]
    assert await found(database, search="lemm") == ["well"]
    assert await found(database, search="%") == []
    assert (await found(database, sort="failures"))[:3] == ["gone", "dormant", "failing"]
    for sort in InstanceSort:
        assert sorted(await found(database, sort=sort)) == everybody
    async with database.read() as db:
        second = await queries.directory(db, Filter(), page=2, size=3)
        public = await queries.peers(db)
    assert (second.instances[0].domain, second.total) == ("future.example", 7)
    assert [row.domain.removesuffix(".example") for row in public.instances] == ["dormant", "failing", "well"]
    await set_mode(database, "allow")
    assert await found(database, state=State.BLOCKED) == ["bad", "dormant", "failing", "gone", "www.bad"]
    await set_mode(database, "off")
    assert await found(database, state=State.BLOCKED) == everybody


def shown(row: Standing) -> tuple[str, str | None]:
    return row.state, row.why_not


@pytest.mark.usefixtures("known")
async def test_a_server_of_which_only_an_entry_is_known_has_a_page(database: Database) -> None:
    assert shown((await details(database, "bad.example")).standing) == ("blocked", "blocked")
    below = await details(database, "www.bad.example")
    assert [entry.domain for entry in below.entries] == ["bad.example"]
    assert shown((await details(database, "never.example")).standing) == ("unknown", None)
    assert shown((await details(database, "x.bad.example")).standing) == ("blocked", "blocked")
    with pytest.raises(NotFound):
        await details(database, "nonsense")
