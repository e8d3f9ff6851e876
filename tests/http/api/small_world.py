"""A small world to try permissions in: an owner with things in two places, and people who may do more or less there.

Each place has a word, which stands in all that is in it and nowhere else: who sees the word, sees something of the
place.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from quart.typing import TestClientProtocol as Browser
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import site
from service.forum.accounts import operations as accounts
from service.forum.accounts.operations import NewAccount
from service.forum.accounts.viewer import Viewer
from service.forum.communities import operations as communities
from service.http.application import Application
from service.storage.clock import utcnow
from service.storage.tables import Community, Topic, User
from service.storage.transaction import Database
from tests.forum import making
from tests.http.api.app_client import App, Refused
from tests.http.people import token_of
from tests.http.uploading import picture, sent
from tests.servers import DOMAIN
from tests.serving import held_by
from tests.snapshots import Snapshot
from tests.working import work_off

OPEN, PRIVATE = "open", "private"

# The owner founded both places and wrote nearly all that stands there. The outcast is banned from both places, who is
# banned, from the site. The neighbour moderates another place.
ROLES = frozenset(
    {
        "anonymous",
        "banned",
        "outcast",
        "stranger",
        "neighbour",
        "member",
        "moderator",
        "administrator",
        "owner",
    }
)
INSIDERS = ("member", "moderator", "outcast", "friend")

Facts = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What was answered to a request: of a refusal its message."""

    status: int
    text: str

    @property
    def done(self) -> bool:
        """Whether it was carried out."""
        return self.status == 200


@dataclass(frozen=True)
class World:
    """The apps of the roles, what there is in each place by name, and the database as it was at the beginning."""

    database: Database
    apps: dict[str, App]
    places: dict[str, Facts]
    beginning: Snapshot

    async def change(self, statement: Any) -> None:
        """Change rows behind the API's back."""
        await self.database.write(lambda session: session.execute(statement))


async def make_world(app: Application, client: Browser, beginning: Snapshot) -> World:
    """Make it."""
    database = held_by(app).database
    admin = await making.administrator(database)
    people = {"administrator": admin}
    for name in (ROLES | {"friend"}) - {"anonymous", "administrator"}:
        people[name] = await making.member(database, name)
    apps = {name: App(client, token_of(viewer)) for name, viewer in people.items()}
    await making.community(database, people["neighbour"], "elsewhere")
    await _set_up_site(database, people)
    topic_id = await _topic(database)
    everywhere = {"topic": topic_id} | await _accounts(database, people) | await _upload(apps["owner"])
    everywhere |= await _letters(apps, everywhere)
    places = {}
    for place, word in ((OPEN, "wombat"), (PRIVATE, "quokka")):
        facts = await _furnish(app, people, apps, word, topic_id, private=place == PRIVATE)
        places[place] = everywhere | facts
    for facts in places.values():
        facts["twin"] = await _link(apps["owner"], facts)
    await database.write(_let_everybody_be_here)
    await beginning.take()
    return World(database, apps | {"anonymous": App(client)}, places, beginning)


async def _set_up_site(database: Database, people: dict[str, Viewer]) -> None:
    admin = people["administrator"]
    await database.write(site.change, admin, {"registration_mode": "Closed"}, domain=DOMAIN)
    for name, value in (
        ("captcha_enabled", False),
        ("public_modlog", True),
        ("enable_instance_chooser", True),
    ):
        await database.write(site.change_setting, admin, name, value)
    await database.write(accounts.ban, admin, people["banned"].id)


async def _topic(database: Database) -> int:
    async def add(session: AsyncSession) -> int:
        topic = Topic(name="Animals", machine_name="animals")
        session.add(topic)
        await session.flush()
        return topic.id

    return await database.write(add)


async def _accounts(database: Database, people: dict[str, Viewer]) -> Facts:
    new = NewAccount(
        name="applicant",
        email="",
        password_hash="scrypt:none",
        keys=making.KEYS,
        answer="Let me in",
    )
    applicant = await database.write(accounts.create_account, new, domain=DOMAIN)
    ids = {f"{name}_id": viewer.id for name, viewer in people.items()}
    return ids | {"applicant_id": applicant.account_id}


async def _upload(owner: App) -> Facts:
    assert owner.token
    await sent(owner.client, owner.token, picture())
    (view,) = (await owner.get("/user/media"))["media"]
    return {"upload_url": view["url"], "upload": view["name"]}


async def _letters(apps: dict[str, App], everywhere: Facts) -> Facts:
    owner, friend = apps["owner"], apps["friend"]
    letter = await owner.post("/private_message", content="My numbat", recipient_id=everywhere["friend_id"])
    mail = await friend.post("/private_message", content="A numbat!", recipient_id=everywhere["owner_id"])
    letter_id = letter["private_message_view"]["private_message"]["id"]
    report = await friend.post("/private_message/report", private_message_id=letter_id, reason="Too cute")
    talk_id = letter["private_message_view"]["conversation_id"]
    await friend.post("/private_message/conversation/report", conversation_id=talk_id, reason="Too long")
    (of_talk, _) = (await apps["administrator"].get("/private_message/conversation/report/list"))[
        "conversation_reports"
    ]
    return {
        "letter": letter_id,
        "mail": mail["private_message_view"]["private_message"]["id"],
        "talk": talk_id,
        "letter_report": report["private_message_report_view"]["private_message_report"]["id"],
        "talk_report": of_talk["conversation_report"]["id"],
        "letters": "numbat",
    }


async def _furnish(
    app: Application, people: dict[str, Viewer], apps: dict[str, App], word: str, topic_id: int, private: bool
) -> Facts:
    database, owner, friend = held_by(app).database, apps["owner"], apps["friend"]
    name = f"{word}_place"
    community_id = await making.community(database, people["owner"], name, private=private)
    await _people_it(database, people, community_id, word)
    change = update(Community).where(Community.id == community_id).values(topic_id=topic_id)
    await database.write(lambda session: session.execute(change))
    where = {"community_id": community_id}
    post = (await owner.post("/post", title=f"A {word}", body=f"Look at my {word}.", **where))["post_view"]
    post_id = post["post"]["id"]
    comment = await owner.post("/comment", post_id=post_id, body=f"A good {word}.")
    comment_id = comment["comment_view"]["comment"]["id"]
    answer = await friend.post("/comment", post_id=post_id, body=f"What a {word}!")
    answer_id = answer["comment_view"]["comment"]["id"]
    await friend.post("/comment", post_id=post_id, parent_id=answer_id, body=f"@owner@{DOMAIN}, a {word}!")
    await work_off(held_by(app))
    told = (await owner.get("/user/notifications"))["items"]
    news = next(item for item in told if word in item["notif_body"])
    poll = await owner.post("/post", title=f"Which {word}?", **where, poll=_choices("This", "That"))
    flair = await owner.post("/community/flair", **where, flair_title=f"Cute {word}")
    feed = await owner.post("/feed", name=f"{word}_feed", title="Mine", communities=name, public=not private)
    await _let_it_be_used(apps, post_id, comment_id)
    reports = await _report(friend, post_id, comment_id, word)
    return reports | {
        "word": word,
        "community": community_id,
        "name": name,
        "post": post_id,
        "post_url": post["post"]["ap_id"],
        "link": f"https://{word}.example/page",
        "comment": comment_id,
        "comment_url": comment["comment_view"]["comment"]["ap_id"],
        "answer": answer_id,
        "poll": poll["post_view"]["post"]["id"],
        "choice": poll["post_view"]["post"]["poll"]["choices"][0]["id"],
        "flair": flair["id"],
        "feed": feed["id"],
        "feed_name": f"{word}_feed",
        "feed_handle": f"~{word}_feed",
        "handle": f"!{name}",
        "notification": news["notif_id"],
        "told": news["notif_body"],
    }


async def _link(owner: App, facts: Facts) -> int:
    """Let posts link to websites, two of them to one; when no more events are worked off, so nothing is fetched."""
    await owner.put("/post", post_id=facts["post"], url=facts["link"])
    twin = await owner.post(
        "/post",
        title=f"The same {facts['word']}",
        url="https://zoo.example/page",
        community_id=facts["community"],
    )
    return int(twin["post_view"]["post"]["id"])


async def _people_it(database: Database, people: dict[str, Viewer], community_id: int, word: str) -> None:
    owner = people["owner"]
    for name in INSIDERS:
        await database.write(communities.admit, people[name].id, community_id)
    await database.write(communities.set_moderator, owner, community_id, people["moderator"].id, added=True)
    await database.write(
        communities.ban_member, owner, community_id, people["outcast"].id, reason=f"Bit a {word}"
    )


async def _let_it_be_used(apps: dict[str, App], post_id: int, comment_id: int) -> None:
    """Let the friend vote, the owner keep what they wrote, and a moderator do something that is written down."""
    await apps["friend"].post("/post/like", post_id=post_id, score=1)
    await apps["friend"].post("/comment/like", comment_id=comment_id, score=1)
    await apps["owner"].put("/post/save", post_id=post_id, save=True)
    await apps["owner"].put("/comment/save", comment_id=comment_id, save=True)
    for locked in (True, False):
        await apps["moderator"].post("/post/lock", post_id=post_id, locked=locked)


async def _report(friend: App, post_id: int, comment_id: int, word: str) -> Facts:
    post = await friend.post("/post/report", post_id=post_id, reason=f"No {word}")
    comment = await friend.post("/comment/report", comment_id=comment_id, reason=f"No {word}")
    return {
        "post_report": post["post_report_view"]["post_report"]["id"],
        "comment_report": comment["comment_report_view"]["comment_report"]["id"],
    }


def _choices(*texts: str) -> dict[str, Any]:
    return {"choices": [{"choice_text": text} for text in texts]}


async def _let_everybody_be_here(session: AsyncSession) -> None:
    """So that no request writes down that somebody was here, however long the machine takes for all of them."""
    await session.execute(update(User).values(last_seen=utcnow() + timedelta(days=1)))


async def ask(app: App, operation: str, sent: Facts) -> Answer:
    """Send a request."""
    method, path = operation.split()
    try:
        return Answer(200, str(await getattr(app, method.lower())(path, **sent)))
    except Refused as refusal:
        return Answer(refusal.status, refusal.body["message"])
