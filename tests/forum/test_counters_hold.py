"""Whatever is done in whatever order, each figure is what it counts."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from service.config import Config
from service.doctor.counters import look_at_counters
from service.forum import votes
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.comments.operations import NewComment
from service.forum.communities import operations as communities
from service.forum.errors import ForumError
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.storage.transaction import Database
from tests.forum import making
from tests.forum.making import DOMAIN

STEPS = 80


@dataclass
class Chance:
    """Somebody does something to something, as chance has it."""

    random: Random
    database: Database
    people: list[Viewer]
    communities: list[int]
    posts: list[int] = field(default_factory=list)
    comments: list[int] = field(default_factory=list)
    done: int = 0

    async def step(self) -> None:
        """Try one operation; whoever may not is refused."""
        operation = self.random.choice(OPERATIONS)
        with suppress(ForumError):
            await operation(self, self.random.choice(self.people))
            self.done += 1

    async def write(self, operation: Any, *args: Any, **named: Any) -> Any:
        return await self.database.write(operation, *args, **named)

    def person(self) -> int:
        return self.random.choice(self.people).id

    def either(self) -> bool:
        return self.random.random() < 0.5

    def vote(self) -> int:
        return self.random.choice((-1, 0, 1, 1))


async def post(chance: Chance, by: Viewer) -> None:
    new = NewPost(community_id=chance.random.choice(chance.communities), title=f"{chance.random.random()}")
    chance.posts.append((await chance.write(posts.publish, by, new, domain=DOMAIN)).post_id)


async def comment(chance: Chance, by: Viewer) -> None:
    parent = chance.random.choice([None, *chance.comments])
    where, words = chance.random.choice(chance.posts), f"{chance.random.random()}"
    new = NewComment(post_id=where, body=words, parent_id=parent)
    chance.comments.append((await chance.write(comments.publish, by, new, domain=DOMAIN)).comment_id)


Operation = Callable[[Chance, Viewer], Awaitable[Any]]

OPERATIONS: list[Operation] = [
    post,
    comment,
    comment,
    lambda c, by: c.write(votes.vote_on_post, by, c.random.choice(c.posts), c.vote()),
    lambda c, by: c.write(votes.vote_on_comment, by, c.random.choice(c.comments), c.vote()),
    lambda c, by: c.write(posts.set_deleted, by, c.random.choice(c.posts), deleted=c.either()),
    lambda c, by: c.write(posts.set_removed, by, c.random.choice(c.posts), removed=c.either()),
    lambda c, by: c.write(posts.restore, by, c.random.choice(c.posts)),
    lambda c, by: c.write(posts.move, by, c.random.choice(c.posts), c.random.choice(c.communities)),
    lambda c, by: c.write(comments.set_deleted, by, c.random.choice(c.comments), deleted=c.either()),
    lambda c, by: c.write(comments.set_removed, by, c.random.choice(c.comments), removed=c.either()),
    lambda c, by: c.write(comments.restore, by, c.random.choice(c.comments)),
    lambda c, by: c.write(communities.join, by, c.random.choice(c.communities)),
    lambda c, by: c.write(communities.leave, by, c.random.choice(c.communities)),
    lambda c, by: c.write(
        communities.ban_member,
        by,
        c.random.choice(c.communities),
        c.person(),
        removes_content=c.either(),
    ),
    lambda c, by: c.write(communities.unban_member, by, c.random.choice(c.communities), c.person()),
]


@pytest.mark.parametrize("seed", [0, 6, 8])
async def test_counters_equal_rows(config: Config, database: Database, seed: int) -> None:
    admin = await making.administrator(database)
    people = [await making.member(database, name) for name in ("ana", "ben", "eva")]
    places = [await making.community(database, people[number], f"place_{number}") for number in range(2)]
    chance = Chance(Random(seed), database, [admin, *people], places)
    while not chance.comments:
        with suppress(ForumError):
            await post(chance, people[0])
            await comment(chance, people[0])
    for _ in range(STEPS):
        await chance.step()
    assert chance.done > STEPS / 3
    found = await look_at_counters(config, repair=False)
    assert found.well, found.words
