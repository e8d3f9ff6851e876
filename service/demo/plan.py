"""Imagines the demo site: who is there, who wrote what and when, who answered whom, who voted how. No database here.

Everything is drawn from one seeded source of chance, so the same seed and size give the same site. Ids are given when
a chapter is written down, in the order of time, as a real site's are.
"""

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any, TypeVar

from service.demo import texts
from service.demo.imagined import (
    DISCUSSION,
    FILM,
    LINK,
    PICTURE,
    Chapter,
    Entry,
    Given,
    Group,
    Imagined,
    Person,
    Reply,
)
from service.demo.sizes import Sizes
from service.demo.subjects import SUBJECTS, Subject
from service.demo.texts import Text

T = TypeVar("T")

HISTORY = timedelta(days=730)
CHAPTER = 50_000  # posts; with their comments and votes about half a gigabyte of memory
# One post has about so many comments, where there are enough for it.
BUSIEST = 220
TALK = (0.2, 0.4)
DEEPEST = 24

# Of links, discussions, pictures and films, by the kind of community as in texts.KINDS.
_MIXTURES = ((42, 38, 17, 3), (8, 84, 8, 0), (4, 10, 86, 0), (4, 92, 4, 0), (84, 8, 4, 4), (30, 55, 12, 3))


def imagine(sizes: Sizes, seed: int, given: Given) -> Imagined:
    """Return a site of the given size; ids are missing yet, and what was written is imagined as it is asked for."""
    return _Imagination(sizes, Random(seed), given).site()  # noqa: S311 - chance that can be repeated is the point


def apportion(chance: Random, weights: Sequence[float], total: int, most: int) -> list[int]:
    """Return how `total` things fall on places of these weights, no more than `most` on any."""
    counts = [0] * len(weights)
    open_places = list(range(len(weights)))
    while total and open_places:
        for at in chance.choices(open_places, [weights[place] for place in open_places], k=total):
            counts[at] += 1
        total = sum(count - most for count in counts if count > most)
        counts = [min(count, most) for count in counts]
        open_places = [place for place in open_places if counts[place] < most]
    return counts


class _Imagination:
    def __init__(self, sizes: Sizes, chance: Random, given: Given) -> None:
        self.sizes = sizes
        self.chance = chance
        self.given = given
        self.taken = set(given.taken)
        pool = min(60, 12 + sizes.posts // 400)
        self.bodies = _Pool(lambda subject: texts.bodies(chance, subject, pool, given.domain))
        self.comments = _Pool(lambda subject: texts.comments(chance, subject, pool * 3, given.domain))
        self.websites = _Pool(lambda subject: [self._free(host) for host in texts.websites(chance, subject)])

    def site(self) -> Imagined:
        people = sorted((self._person() for _ in range(self.sizes.users)), key=lambda person: person.created)
        groups = sorted(self._groups(people), key=lambda group: group.created)
        parts = max(1, -(-self.sizes.posts // CHAPTER))
        chapters = (self._chapter(people, groups, part, parts) for part in range(parts))
        return Imagined(self.given.now, people, groups, chapters, parts)

    def _chapter(self, people: list[Person], groups: list[Group], part: int, parts: int) -> Chapter:
        share = self.sizes.share(part, parts)
        latest = part == parts - 1
        entries = self._entries(groups, share.posts, part, parts)
        self._cross_post(entries)
        replies = self._replies(people, entries, share.comments, latest=latest)
        if latest:
            self._pin(entries)
        self._vote(people, entries, replies, share.votes)
        _remember(self.chance, people, groups, entries, replies, self.given.now)
        return Chapter(entries, replies)

    def _free(self, name: str) -> str:
        """The name, with a number where somebody has it already."""
        stem, dot, rest = name.partition(".example")
        number = 1
        while name.lower() in self.taken:
            number += 1
            name = f"{stem}{number}{dot}{rest}"
        self.taken.add(name.lower())
        return name

    def _person(self) -> Person:
        chance = self.chance
        name = self._free(texts.person_name(chance))
        first, second = chance.sample(SUBJECTS, 2)
        written = chance.random() < 0.6
        created = self.given.now - HISTORY * chance.random()
        return Person(
            name=name,
            title=texts.display_name(name) if chance.random() < 0.5 else name,
            about=texts.about(chance, first, second, self.given.domain) if written else Text("", ""),
            activity=min(chance.paretovariate(1.1), 60.0),
            avatar=chance.randrange(self.given.avatars) if chance.random() < 0.75 else None,
            created=created,
            last_seen=created + (self.given.now - created) * chance.random(),
        )

    def _groups(self, people: list[Person]) -> list[Group]:
        chance, given = self.chance, self.given
        pairs = [(kind, subject) for kind in range(len(texts.KINDS)) for subject in SUBJECTS]
        groups = []
        for rank in range(self.sizes.communities):
            kind, subject = pairs[rank % len(pairs)]
            words = texts.describe(texts.KINDS[kind], subject)
            created = given.now - HISTORY - timedelta(days=chance.uniform(1, 30))
            groups.append(
                Group(
                    words=words._replace(name=self._free(words.name)),
                    subject=subject,
                    mixture=_MIXTURES[kind],
                    weight=1 / (3 + rank) ** 0.9 * chance.uniform(0.4, 1.6),
                    icon=rank % given.icons,
                    created=created,
                    last_active=created,
                )
            )
        self._join(people, groups)
        return groups

    def _join(self, people: list[Person], groups: list[Group]) -> None:
        """Give every group its founder and moderators, and everybody some groups, the popular ones more often."""
        chance = self.chance
        weights = list(accumulate(group.weight for group in groups))
        for group in groups:
            group.moderators = min(chance.choice((1, 1, 2, 3)), len(people))
            group.members = chance.sample(people, min(len(people), group.moderators + 3))
        known = [set(map(id, group.members)) for group in groups]
        for person in people:
            wanted = 2 + int(min(chance.paretovariate(0.9), 30.0))
            for at in {bisect(weights, chance.random() * weights[-1]) for _ in range(wanted)}:
                if id(person) not in known[at]:
                    groups[at].members.append(person)
        for group in groups:
            group.activity = list(accumulate(person.activity for person in group.members))

    def _entries(self, groups: list[Group], count: int, part: int, parts: int) -> list[Entry]:
        chance, now = self.chance, self.given.now
        places = chance.choices(groups, [group.weight for group in groups], k=count)
        # The square of chance: a site that grows, with more posts the nearer the day.
        ages = ((parts - 1 - part + chance.random()) / parts for _ in places)
        times = sorted(now - HISTORY * age**2 - timedelta(minutes=3) for age in ages)
        return [self._entry(group, at) for group, at in zip(places, times, strict=True)]

    def _entry(self, group: Group, at: datetime) -> Entry:
        chance = self.chance
        kind = chance.choices((LINK, DISCUSSION, PICTURE, FILM), group.mixture)[0]
        weight = min(chance.paretovariate(1.05), 400.0)
        entry = Entry(_writer(chance, group), group, at, at, kind, "", weight)
        if kind == DISCUSSION:
            entry.title = texts.discussion_title(chance, group.subject)
        elif kind == PICTURE:
            entry.picture = chance.randrange(len(self.given.pictures))
            entry.title = texts.picture_title(chance, group.subject, self.given.pictures[entry.picture])
        else:
            self._link(entry)
        if chance.random() < {LINK: 0.15, DISCUSSION: 0.9, PICTURE: 0.3, FILM: 0.1}[kind]:
            entry.body = chance.choice(self.bodies.of(group.subject))
            if chance.random() < 0.05:
                entry.edited_at = min(at + timedelta(minutes=chance.uniform(2, 300)), self.given.now)
        return entry

    def _link(self, entry: Entry) -> None:
        chance, subject = self.chance, entry.group.subject
        entry.host = chance.choice(self.websites.of(subject))
        if entry.kind == FILM:
            entry.title = texts.film_title(chance, subject)
            entry.url = f"https://{entry.host}/videos/watch/{chance.getrandbits(64):016x}"
            return
        entry.title = texts.headline(chance, subject)
        words = "-".join("".join(c if c.isalnum() else " " for c in entry.title.lower()).split())
        entry.url = (
            f"https://{entry.host}/{entry.at.year}/{entry.at.month:02}/{words}-{chance.getrandbits(24):x}"
        )
        if chance.random() < 0.7:
            entry.picture = chance.randrange(len(self.given.pictures))

    def _cross_post(self, entries: list[Entry]) -> None:
        """Let some links be posted again in another community soon after."""
        chance = self.chance
        links = [entry for entry in entries if entry.kind == LINK]
        for first, *others in zip(*(links[at : len(links) - 6 + at] for at in (0, 2, 5)), strict=False):
            if first.story or chance.random() > 0.02:
                continue
            free = [other for other in others if not other.story and other.group is not first.group]
            story = [first, *free[: chance.randint(1, 2)]]
            for entry in story[1:]:
                entry.url, entry.host, entry.title = first.url, first.host, first.title
                entry.picture = first.picture
            if len(story) > 1:
                for entry in story:
                    entry.story = [other for other in story if other is not entry]

    def _replies(
        self, people: list[Person], entries: list[Entry], total: int, *, latest: bool
    ) -> list[Reply]:
        """The comments of all posts, in the order of time; parents come before their answers."""
        if not total:
            return []
        counts = self._reply_counts(entries, total, latest=latest)
        activity = list(accumulate(person.activity for person in people))
        crowd = (people, activity)
        replies = [
            reply
            for entry, count in zip(entries, counts, strict=True)
            for reply in self._thread(entry, count, crowd)
        ]
        return sorted(replies, key=lambda reply: reply.at)

    def _reply_counts(self, entries: list[Entry], total: int, *, latest: bool) -> list[int]:
        most = max(min(150, total // 40), 4 * total // len(entries))
        busiest = (min(BUSIEST, total // 4) if len(entries) > 1 else total) if latest else 0
        counts = apportion(
            self.chance,
            [entry.weight**0.8 * self.chance.random() ** 1.5 for entry in entries],
            total - busiest,
            most if len(entries) > 1 else total,
        )
        if latest:
            self._crown(entries, counts, busiest)
        return counts

    def _crown(self, entries: list[Entry], counts: list[int], busiest: int) -> None:
        """Let one of last week have the most comments, so that it stands on the front page."""
        week = self.given.now - timedelta(days=7)
        recent = [
            at for at, entry in enumerate(entries) if week < entry.at < self.given.now - timedelta(days=1)
        ]
        chosen = max(recent or range(len(entries)), key=lambda at: entries[at].weight)
        swapped, counts[chosen] = counts[chosen], busiest
        # What it had goes to others, so that the total stays.
        for at in self.chance.choices(range(len(entries)), k=swapped):
            counts[at] += 1

    def _thread(self, entry: Entry, count: int, crowd: tuple[list[Person], list[float]]) -> Iterator[Reply]:
        chance = self.chance
        age = self.given.now - entry.at
        times = sorted(
            entry.at
            + min(timedelta(hours=min(chance.lognormvariate(1.4, 1.6), 20_000)), age * chance.random())
            for _ in range(count)
        )
        # How many answer the post itself, and how many of the others one of the latest comments: wide and deep threads.
        top, recent = TALK if count == BUSIEST else chance.choice(((0.75, 0.3), (0.4, 0.5), (0.2, 0.85)))
        pool = self.comments.of(entry.group.subject)
        said: list[Reply] = []
        for at in times:
            parent = None if not said or chance.random() < top else _answered(chance, said, recent)
            author = self._commenter(entry, parent, crowd)
            depth = 0 if parent is None else parent.depth + 1
            said.append(Reply(author, entry, parent, at, chance.choice(pool), depth))
        entry.replies = count
        entry.last_active = max([entry.at, *times[-1:]])
        return iter(said)

    def _commenter(
        self, entry: Entry, parent: Reply | None, crowd: tuple[list[Person], list[float]]
    ) -> Person:
        chance = self.chance
        answered = entry.author if parent is None else parent.author
        if parent is not None and answered is not entry.author and chance.random() < 0.25:
            return entry.author
        person = entry.author
        for _ in range(3):
            if chance.random() < 0.7:
                person = _writer(chance, entry.group)
            else:
                people, activity = crowd
                person = people[bisect(activity, chance.random() * activity[-1], 0, len(people) - 1)]
            if person is not answered:
                break
        return person

    def _pin(self, entries: list[Entry]) -> None:
        """Pin a recent discussion on top of some communities."""
        latest = {id(entry.group): entry for entry in entries if entry.kind == DISCUSSION}
        for entry in latest.values():
            entry.sticky = self.chance.random() < 0.3

    def _vote(self, people: list[Person], entries: list[Entry], replies: list[Reply], total: int) -> None:
        chance = self.chance
        things: list[Entry | Reply] = [*entries, *replies]
        # A comment gets what its post's readers leave for it, the early ones more.
        weights = [
            thing.weight**0.85
            if isinstance(thing, Entry)
            else min(thing.entry.weight**0.5, 8.0) * min(chance.paretovariate(1.6), 20.0) * 0.06
            for thing in things
        ]
        counts = apportion(chance, weights, total, len(people) - 1)
        for thing, count in zip(things, counts, strict=True):
            if not count:
                continue
            drawn = chance.sample(people, count + 1)
            thing.voters = [person for person in drawn if person is not thing.author][:count]
            disputed = chance.random() < 0.06
            thing.downs = int(
                count * chance.uniform(*((0.2, 0.7) if disputed else (0.0, 0.12))) + chance.random() * 0.5
            )
            thing.author.reputation += count - 2 * thing.downs


class _Pool:
    """Texts of each subject, made when they are first wanted."""

    def __init__(self, make: Callable[[Subject], list[Any]]) -> None:
        self._make = make
        self._made: dict[str, list[Any]] = {}

    def of(self, subject: Subject) -> list[Any]:
        if subject.name not in self._made:
            self._made[subject.name] = self._make(subject)
        return self._made[subject.name]


def _writer(chance: Random, group: Group) -> Person:
    """A member of the group, the active ones more often."""
    at = bisect(group.activity, chance.random() * group.activity[-1], 0, len(group.members) - 1)
    return group.members[at]


def _answered(chance: Random, said: list[Reply], recent: float) -> Reply | None:
    """The comment that the next one answers: one of the last few, or any."""
    window = said[-4:] if chance.random() < recent else said
    parent = window[int(len(window) * chance.random())]
    return parent if parent.depth < DEEPEST else None


def _remember(
    chance: Random,
    people: list[Person],
    groups: list[Group],
    entries: Iterable[Entry],
    replies: Iterable[Reply],
    now: datetime,
) -> None:
    """Count for everybody and everything what was written, and let nobody write before they came."""
    first: dict[int, datetime] = {}
    for entry in entries:
        entry.author.posts += 1
        entry.group.posts += 1
        entry.group.last_active = max(entry.group.last_active, entry.last_active)
        first.setdefault(id(entry.author), entry.at)
        entry.author.last_seen = max(entry.author.last_seen, entry.at)
    for reply in replies:
        reply.author.comments += 1
        reply.entry.group.comments += 1
        first[id(reply.author)] = min(first.get(id(reply.author), now), reply.at)
        reply.author.last_seen = max(reply.author.last_seen, reply.at)
        above = reply.parent
        while above is not None:
            above.below += 1
            above = above.parent
    for group in groups:
        # Who founds and moderates a community was there before it.
        for person in group.members[: group.moderators]:
            first[id(person)] = min(first.get(id(person), now), group.created)
    for person in people:
        begun = first.get(id(person), now)
        if begun < person.created:
            person.created = begun - timedelta(days=chance.expovariate(1 / 5))
