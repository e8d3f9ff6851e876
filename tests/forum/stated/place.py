"""Where operations are tried whose effects are stated: a community, what is in it, and the people around it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import operations as accounts
from service.forum.accounts.author import Author
from service.forum.accounts.authority import Authority, of_administrator
from service.forum.accounts.operations import FilterChange, NewAccount
from service.forum.accounts.viewer import Viewer
from service.forum.attachments import operations as attachments
from service.forum.attachments.objects import announce
from service.forum.attachments.shapes import Claim, StoredImage
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.emoji import operations as emoji
from service.forum.emoji.operations import EmojiChange
from service.forum.feeds import operations as feeds
from service.forum.feeds.operations import NewFeed
from service.forum.flairs import operations as flairs
from service.forum.flairs.operations import NewFlair
from service.forum.messages import operations as messages
from service.forum.pages import operations as pages
from service.forum.polls import NewPoll
from service.forum.posts import operations as posts
from service.forum.posts import rules as post_rules
from service.forum.posts.operations import NewPost
from service.forum.posts.schedule import Schedule
from service.forum.reminders import operations as reminders
from service.forum.reports import operations as reports
from service.forum.reports.operations import Complaint
from service.forum.topics import operations as topics
from service.forum.topics.operations import TopicChange
from service.forum.wiki import operations as wiki
from service.forum.wiki.operations import PageText
from service.storage.clock import utcnow
from service.storage.tables import Post
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.elsewhere import far_community, stranger
from tests.forum.making import DOMAIN, KEYS

LATER = timedelta(days=3)
RANK_STEP = timedelta(hours=12.5)
QUARTER = 0.25  # of a step: with 3 votes and comments 0.73, with one less 0.55, with one more 0.85
IMAGE = StoredImage(path="aa/bb.webp", width=10, height=10, size=1000)
OTHER_IMAGE = StoredImage(path="cc/dd.webp", width=10, height=10, size=1000)


@dataclass(frozen=True)
class Place:
    """A community of ana's in which ben wrote a post, and a comment below ana's.

    Attributes:
        post, comment: ana's.
        newcomer: an account whose address is to be confirmed.
        secret: a private community of ana's.
        far, keeper, far_cats: somebody of another server, its administrator, and a community there.
        message: ana's to ben.
        filter: ben's.
        report: ben's, of ana's comment.
        waiting: a post of ben's that is to be published later.
        poll: a post of ana's with one.
        file: a picture that ben uploaded.
        claim: for another one.
        feed: ana's, with the community in it.
    """

    admin: Viewer
    power: Authority
    ana: Viewer
    ben: Viewer
    eva: Viewer
    newcomer: int
    far: Author
    keeper: Author
    cats: int
    dogs: int
    secret: int
    far_cats: int
    post: int
    comment: int
    bens_post: int
    bens_comment: int
    waiting: int
    poll: int
    choices: list[int]
    feed: int
    topic: int
    flair: int
    emoji: int
    page: int
    wiki_page: int
    wiki_revision: int
    tag: int
    message: int
    conversation: int
    filter: int
    report: int
    reminder: int
    file: int
    claim: Claim


Step = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Stated:
    """What an operation does.

    Attributes:
        step: gets the session, the place, and what came of `after` if it takes that.
        effects: as `tests.forum.effects.effects` returns them, separated by semicolons or lines.
        after: what is done before it, where that is needed.
    """

    step: Step
    effects: str
    after: Step | None = None

    @property
    def lines(self) -> set[str]:
        """Each effect."""
        return {line.strip() for line in self.effects.replace(";", "\n").splitlines()} - {""}


async def make_place(database: Database) -> Place:
    """All of it, each thing by its operation."""

    async def do(operation: Any, *args: Any, **named: Any) -> Any:
        return await database.write(operation, *args, **named)

    admin = await making.administrator(database)
    power = of_administrator(admin)
    ana, ben, eva = [
        await making.member(database, name, email=f"{name}@post.example") for name in ("ana", "ben", "eva")
    ]
    cats = await making.community(database, ana)
    dogs = await making.community(database, ana, "dogs")
    await do(communities.join, ben, cats)

    async def publish(author: Viewer, title: str = "", **more: Any) -> int:
        new = NewPost(community_id=cats, title=title or f"Of {author.id}", **more)
        return int((await do(posts.publish, author, new, domain=DOMAIN)).post_id)

    async def comment(author: Viewer, post_id: int, parent_id: int | None = None) -> int:
        new = NewComment(post_id=post_id, body=f"By {author.id}", parent_id=parent_id)
        return int((await do(comments.publish, author, new, domain=DOMAIN)).comment_id)

    post, bens = await publish(ana, hashtags=("kittens",)), await publish(ben)
    above = await comment(ana, post)
    below = await comment(ben, post, above)
    waiting = await publish(ben, "Later", schedule=Schedule(at=utcnow() + LATER))
    poll = await publish(ana, "Which?", poll=NewPoll(choices=("Yes", "No"), end=utcnow() + LATER))
    message = await do(messages.send, ana, ben.id, "Hello", domain=DOMAIN)
    rules = PageText(title="Rules", slug="rules", body="Be kind")
    await do(wiki.add, ana, cats, rules, domain=DOMAIN)
    claim = await do(announce, [IMAGE.path])
    wanted = FilterChange(title="Dogs", keywords="dogs")
    page = {"title": "Help", "url": "/help", "body": "Help"}
    await do(_be_away)
    await do(_rank_steadily, post)
    new = NewAccount(
        name="newcomer", email="newcomer@post.example", password_hash="scrypt:x", keys=KEYS, verified=False
    )
    pets = NewFeed(name="pets", title="Pets", keys=KEYS, communities="cats")
    cat = EmojiChange(token=":cat:", url="https://x.example/c.png", category="cats", aliases="")
    return Place(
        admin=admin, power=power, ana=ana, ben=ben, eva=eva,
        newcomer=(await do(accounts.register_unconfirmed, new, domain=DOMAIN)).account_id,
        far=await stranger(database, "zoe"), keeper=await stranger(database, "keeper", admin=True),
        cats=cats, dogs=dogs, far_cats=await far_community(database, "far_cats"),
        secret=await making.community(database, ana, "secret", private=True),
        post=post, comment=above, bens_post=bens, bens_comment=below,
        waiting=waiting, poll=poll, choices=await _ids(database, "poll_choice"),
        feed=await do(feeds.create, ana, pets, domain=DOMAIN),
        topic=await do(topics.save, power, None, TopicChange(name="Pets", machine_name="pets")),
        flair=await do(flairs.create, ana, NewFlair(community_id=cats, title="Kitten"), domain=DOMAIN),
        emoji=await do(emoji.save, power, None, cat),
        page=await do(pages.save, power, None, domain=DOMAIN, **page),
        wiki_page=(await _ids(database, "community_wiki_page"))[0],
        wiki_revision=(await _ids(database, "community_wiki_page_revision"))[0],
        tag=(await _ids(database, "tag"))[0],
        message=message, conversation=(await _ids(database, "conversation"))[0],
        filter=await do(accounts.add_filter, ben, wanted),
        report=await do(reports.report_comment, ben, above, Complaint(reason="Spam")),
        reminder=await do(reminders.set_reminder, ben, "post", post, utcnow() + LATER),
        file=await do(attachments.keep_upload, ben.id, IMAGE, claim),
        claim=await do(announce, [OTHER_IMAGE.path]),
    )  # fmt: skip


async def then(session: AsyncSession, *doing: Awaitable[Any]) -> Any:
    """Do one thing after the other; return what came of the last."""
    made = None
    for one in doing:
        made = await one
        await session.flush()
    return made


async def value(session: AsyncSession, question: str) -> Any:
    """The one value that a statement asks for."""
    return await session.scalar(text(question))


async def over(session: AsyncSession, doing: Awaitable[Any], table: str, column: str) -> None:
    """Do something, and let its time be over."""
    await doing
    await session.flush()
    await session.execute(text(f"UPDATE {table} SET {column} = '2020-01-01'"))


async def _be_away(session: AsyncSession) -> None:
    """Let everybody have been there an hour ago: that they are there is written down once a minute."""
    await session.execute(text("UPDATE \"user\" SET last_seen = now() - interval '1 hour'"))


async def _rank_steadily(session: AsyncSession, post_id: int) -> None:
    """Let a post be of a time at which one vote more or less moves no rounded rank: Hot adds one in 12.5 hours."""
    post = await session.get_one(Post, post_id)
    score = (post.score or 0) + (post.reply_count or 0)
    now = utcnow()
    past = post_rules.hot_rank(1, now) % 1 - QUARTER
    post.posted_at = now - (past if past >= 0 else past + 1) * RANK_STEP
    post.ranking = post_rules.stored_rank(post_rules.hot_rank(score, post.posted_at))


async def _ids(database: Database, table: str) -> list[int]:
    async with database.read() as db:
        return list((await db.scalars(text(f'SELECT id FROM "{table}" ORDER BY id'))).all())
