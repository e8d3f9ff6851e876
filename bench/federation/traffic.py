"""What a crowd does in a community elsewhere: posts, comments and votes, and follows from many servers."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.federation.crowd import CONTEXT, person
from service.storage.clock import utcnow

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
COMMENTS = 0.15  # of what comes after the beginning; the rest are votes
LIKES = 0.85  # of the votes


@dataclass
class Activity:
    """One activity, and who signs it."""

    host: str
    who: int
    document: dict[str, Any]


@dataclass
class Traffic:
    """What one crowd does in one community.

    Attributes:
        host: where the crowd lives.
        community: the id of the community.
        people: how many they are; a third of them have posted, a third have commented.
        run: in the ids, so that a second run makes new things.
    """

    host: str
    community: str
    people: int
    run: str
    chance: random.Random = field(default_factory=lambda: random.Random(17))
    number: int = 0

    def beginning(self) -> Iterator[list[Activity]]:
        """Yield posts, then comments on them: everybody does one thing, so that everybody is known afterwards."""
        third = self.people // 3
        yield [self._create(who, self._page(who)) for who in range(third)]
        yield [
            self._create(who, self._note(f"c{who}", who, self._post(who % third)))
            for who in range(third, self.people)
        ]

    def daily(self, count: int) -> list[Activity]:
        """Return votes and comments; nobody votes twice for a thing, so that each has an effect of its own."""
        comments = sum(self.chance.random() < COMMENTS for _ in range(count))
        acts = [*self._votes(count - comments), *(self.comment() for _ in range(comments))]
        self.chance.shuffle(acts)
        return acts

    def comment(self) -> Activity:
        """Return a comment on a post."""
        self.number += 1
        who = self.chance.randrange(self.people)
        return self._create(who, self._note(f"d{self.number}", who, self.chance.choice(self._things())[0]))

    def follow(self, host: str) -> Activity:
        """Return the wish of somebody of another server to join."""
        return Activity(host, 0, self._of(host, 0, "Follow", self.community) | {"to": [self.community]})

    def _votes(self, count: int) -> Iterator[Activity]:
        things = self._things()
        for pair in self.chance.sample(range(self.people * len(things)), count + self.people):
            who, (thing, author) = pair % self.people, things[pair // self.people]
            if who != author and count:
                count -= 1
                kind = "Like" if self.chance.random() < LIKES else "Dislike"
                vote = self._of(self.host, who, kind, thing) | {"audience": self.community}
                yield Activity(self.host, who, vote)

    def _things(self) -> list[tuple[str, int]]:
        """What was made in the beginning, and by whom."""
        third = self.people // 3
        comments = [(self._comment(f"c{who}"), who) for who in range(third, self.people)]
        return [(self._post(who), who) for who in range(third)] + comments

    def _create(self, who: int, thing: dict[str, Any]) -> Activity:
        activity = self._of(self.host, who, "Create", thing)
        return Activity(self.host, who, activity | {"to": thing["to"], "cc": thing["cc"]})

    def _page(self, who: int) -> dict[str, Any]:
        return self._written(self._post(who), "Page", who) | {"name": f"Title {who} of {self.run}"}

    def _note(self, name: str, who: int, above: str) -> dict[str, Any]:
        return self._written(self._comment(name), "Note", who) | {"inReplyTo": above}

    def _written(self, identity: str, kind: str, who: int) -> dict[str, Any]:
        words = f"Some words of {identity}, **and** a [link](https://news.example/{identity[-5:]})."
        return {
            "id": identity,
            "type": kind,
            "attributedTo": person(self.host, who),
            "content": f"<p>{words}</p>",
            "mediaType": "text/html",
            "source": {"content": words, "mediaType": "text/markdown"},
            "to": [self.community, PUBLIC],
            "cc": [],
            "audience": self.community,
            "published": f"{utcnow().isoformat()}Z",
        }

    def _of(self, host: str, who: int, kind: str, thing: Any) -> dict[str, Any]:
        self.number += 1
        identity = f"https://{host}/activities/{self.run}/{self.number}"
        named = {"@context": CONTEXT, "id": identity, "type": kind, "actor": person(host, who)}
        return named | {"object": thing, "audience": self.community}

    def _post(self, who: int) -> str:
        return f"https://{self.host}/post/{self.run}-{who}"

    def _comment(self, name: str) -> str:
        return f"https://{self.host}/comment/{self.run}-{name}"
