"""Composes titles, texts and comments from the vocabulary of a subject. Pure but for the given source of chance."""

from random import Random
from typing import NamedTuple

from service.demo.subjects import Subject
from service.text.markdown import render_markdown


class Text(NamedTuple):
    """A text as it was written and as it is shown."""

    markdown: str
    html: str


_QUESTIONS = (
    "How do you {task}?",
    "What finally taught you to {task}?",
    "Beginner question: how does one {task}?",
    "Is there a way to {task} without spending much?",
    "Why does it happen that {trouble}?",
    "Am I the only one? It seems that {trouble}",
    "Help needed: {trouble}",
    "Which {thing} would you buy again?",
    "Is a new {thing} worth it, or should I mend the old one?",
    "What do you wish you had known before your first {thing}?",
    "Who else has given up trying to {task}?",
    "How long did it take you to {task}?",
)
_STORIES = (
    "I was wrong about the {thing}",
    "Small win: today I managed to {task}",
    "A year with the same {thing}, some notes",
    "What I learned when I tried to {task}",
    "The {thing} that nobody recommends, and why I like it",
    "My {thing} lasted eleven years. A short obituary",
    "After three attempts, this is how I {task}",
    "Confession: I still cannot {task}",
    "Lessons from the {scene}, part {number}",
    "Yes, {trouble}. Here is what helped me",
    "Weekly thread: show us your {thing}",
    "Weekly thread: small questions, number {number}",
    "The best advice I got at the {scene}",
    "A plea for the humble {thing}",
)
_HEADLINES = (
    "A field guide to the modern {thing}",
    "The quiet return of the {thing}",
    "{number} ways to {task}, compared",
    "Study: {trouble}, and now we know why",
    "The people who keep the {scene} alive",
    "How to {task}: a long read with drawings",
    "Why the {thing} refuses to die",
    "Inside the {scene} that everybody talks about",
    "{title} in numbers: what {number} years of notes show",
    "An interview about the {thing} and other obsessions",
    "The case against the {thing}",
    "A short history of the {thing}",
    "It was never about the {thing}",
    "Free course: {task} in ten evenings",
    "New rules for the {scene} from next spring",
    "Volunteers rebuild the {scene} in {number} days",
)
_FILMS = (
    "How to {task}, filmed in one take",
    "A day at the {scene} (film, {number} minutes)",
    "Taking the {thing} apart, slowly",
)
_SIGHTS = (
    "{view} near the {scene}",
    "{view}, on the way home from the {scene}",
    "Came for the {thing}, stayed for this: {view_low}",
    "{view} behind the {scene} this week",
    "{view}. The {thing} is just out of frame",
    "Between two attempts to {task}: {view_low}",
)
_TAILS = (
    "",
    "",
    "",
    "",
    "",
    "",
    " (long)",
    " [update]",
    ", a report",
    " – opinions?",
    ", once more",
    ", honestly",
)

_OPENINGS = (
    "I have been at this for about {number} years and thought I knew my way around.",
    "First post here, please be kind.",
    "This came up at the {scene} last weekend, and nobody had a good answer.",
    "Some background: I started with a borrowed {thing} and never gave it back.",
    "My {thing} and I have reached an understanding, but it took a while.",
    "I know that this is asked every month, but my case seems to be a little different.",
    "Writing this down mostly for myself, and perhaps it helps somebody.",
    "A friend asked me how to {task}, and halfway through the answer I noticed that I did not know.",
)
_MIDDLES = (
    "The trouble is that {trouble}. I have tried the usual things, and it gets better for a day or two.",
    "What works so far is to {task} early, before there is any pressure, and to write down every step.",
    "I borrowed a {thing} from a neighbour to compare, and the difference is smaller than the price says.",
    "Everybody at the {scene} swears by something else. Two of them nearly stopped talking to each other.",
    "It took me {number} evenings, most of them spent looking for one small part under the table.",
    "There is a chapter about this in nearly every book, and no two of them agree.",
    "The cheap way: use what is there, change one thing at a time, and keep the old {thing} for another season.",
)
_LISTS = (
    (
        "What I have tried:\n\n- a different {thing}\n- asking at the {scene}\n- waiting for a "
        "week\n- doing it the way the manual says"
    ),
    "The short version:\n\n1. {tip}\n2. Do not hurry.\n3. If {trouble}, start again from the beginning.",
    (
        "My list so far:\n\n* **the {thing}** – worth it\n* *the second {thing}* – less so\n* advice "
        "from strangers – priceless"
    ),
)
_CLOSINGS = (
    "What would you do?",
    "Happy to answer questions, and happier to be corrected.",
    "Pictures will follow when the light is better.",
    "Thanks to everybody who answered last time.",
    "If you have a link to a good explanation, I would be grateful.",
    "Anyway. Back to the {thing}.",
)

_SHORT_COMMENTS = (
    "This. {tip}",
    "{tip}",
    "Same here, {trouble}.",
    "I never thought of it that way, thank you.",
    "Saved for the weekend.",
    "Came here to say this.",
    "Which {thing} is that, if I may ask?",
    "The {scene} near us does it exactly like this.",
    "Strong disagree, but I like how you put it.",
    "Ha, my {thing} did the same last year.",
    "Congratulations! It gets easier from here.",
    "It depends, as always.",
    "Now I want a {thing} too.",
    "No. Just no.",
    "Underrated answer.",
    "How long did that take you?",
    "Can confirm, and it is worse in winter.",
    "Source? Not doubting it, I would like to read more.",
    "You are not the only one.",
    "Good luck, and tell us how it went.",
)
_ANSWERS = (
    "{tip} I learned that the hard way, when I tried to {task} for the first time.",
    "I had exactly that: {trouble}. In my case it was the {thing}, and replacing it took ten minutes.",
    "Ask at the {scene}. They will talk for an hour and you will come home with a borrowed {thing}.",
    "Two things. First: {tip_low} Second, be patient with yourself, nobody manages to {task} on the first day.",
    "I would keep the {thing} you have. The new ones are not better, they are only newer.",
    "For what it is worth, I stopped trying to {task} and have been happier since.",
    "There are two schools here. One says: *{tip_low}* The other does the opposite and is just as content.",
)
_LONG_ANSWERS = (
    "> {trouble}\n\nThat is nearly always the {thing}. Check it first, before you change anything else.\n\n{tip}",
    (
        "A few things that helped me:\n\n- {tip}\n- borrow a second {thing} and compare\n- take "
        "notes, even bad ones\n\nAfter that it took about {number} days, and it has been fine since."
    ),
    (
        "I used to think so too. Then I spent a summer at the {scene} and watched people who really "
        "know how to {task}.\n\nWhat struck me: they do less, not more. {tip}\n\nThe {thing} hardly "
        "matters."
    ),
    (
        "Long answer, sorry.\n\nIf {trouble}, there are three usual reasons. The **first** is haste. "
        "The **second** is a tired {thing}. The **third** is that nobody told you the one thing "
        "everybody knows: {tip_low}\n\nTry them in this order and report back!"
    ),
)

_FRONT = ("the", "daily", "little", "northern", "open", "slow", "common", "curious", "second", "honest")
_PAPER = (
    "gazette",
    "almanac",
    "notebook",
    "courier",
    "review",
    "post",
    "letter",
    "journal",
    "digest",
    "corner",
)


def _phrases(chance: Random, subject: Subject) -> dict[str, str]:
    tip = chance.choice(subject.tips)
    return {
        "task": chance.choice(subject.tasks),
        "trouble": chance.choice(subject.troubles),
        "thing": chance.choice(subject.things),
        "tip": tip,
        "tip_low": tip[0].lower() + tip[1:],
        "scene": subject.scene,
        "title": subject.title,
        "number": str(chance.randint(3, 24)),
    }


def _compose(chance: Random, subject: Subject, patterns: tuple[str, ...], **more: str) -> str:
    return chance.choice(patterns).format(**_phrases(chance, subject), **more)


def discussion_title(chance: Random, subject: Subject) -> str:
    """Return the title of a text post: a question or a story."""
    if chance.random() < 0.5:
        return _compose(chance, subject, _QUESTIONS)
    return _compose(chance, subject, _STORIES) + chance.choice(_TAILS)


def headline(chance: Random, subject: Subject) -> str:
    """Return the title of a linked article."""
    text = _compose(chance, subject, _HEADLINES)
    return text[0].upper() + text[1:]


def film_title(chance: Random, subject: Subject) -> str:
    """Return the title of a linked film."""
    return _compose(chance, subject, _FILMS)


def picture_title(chance: Random, subject: Subject, view: str) -> str:
    """Return the title of a picture post; `view` says in a few words what the picture shows."""
    return _compose(chance, subject, _SIGHTS, view=view, view_low=view[0].lower() + view[1:])


def websites(chance: Random, subject: Subject) -> list[str]:
    """Return hosts that write about a subject, under a top-level domain that is reserved for examples (RFC 2606)."""
    names = [f"{subject.name}{paper}" for paper in chance.sample(_PAPER, 3)]
    return [f"{name}.example" for name in (*names, chance.choice(_FRONT) + subject.name)]


def bodies(chance: Random, subject: Subject, count: int, domain: str) -> list[Text]:
    """Return texts of posts, rendered once here and used by many posts."""
    return [_rendered(_body(chance, subject), domain) for _ in range(count)]


def comments(chance: Random, subject: Subject, count: int, domain: str) -> list[Text]:
    """Return texts of comments, short ones more often."""
    kinds = chance.choices((_SHORT_COMMENTS, _ANSWERS, _LONG_ANSWERS), weights=(45, 38, 17), k=count)
    return [_rendered(_compose(chance, subject, kind), domain) for kind in kinds]


def _body(chance: Random, subject: Subject) -> str:
    parts = [_OPENINGS, _MIDDLES]
    if chance.random() < 0.5:
        parts.append(_MIDDLES)
    if chance.random() < 0.3:
        parts.append(_LISTS)
    parts.append(_CLOSINGS)
    return "\n\n".join(dict.fromkeys(_compose(chance, subject, part) for part in parts))


def _rendered(markdown: str, domain: str) -> Text:
    return Text(markdown, render_markdown(markdown, domain=domain))


# People

# fmt: off
_QUALITIES = (
    "quiet", "mossy", "amber", "brisk", "clever", "dusty", "early", "faint", "gentle", "hollow", "indigo",
    "jolly", "keen", "lucky", "mellow", "nimble", "ochre", "patient", "quick", "rusty", "silver", "tidy",
    "umber", "velvet", "wandering", "young", "zesty", "autumn", "brave", "copper", "drowsy", "eager",
    "foggy", "golden", "humble", "ivory", "late", "lunar", "merry", "northern", "open", "plain", "rainy",
    "salty", "teal", "upland", "violet", "wild", "winter", "woolly",
)
_CREATURES = (
    "heron", "kettle", "badger", "lantern", "otter", "pebble", "walnut", "teapot", "sparrow", "thistle",
    "beacon", "cricket", "dormouse", "ember", "ferry", "gable", "harbour", "inkwell", "juniper", "kite",
    "ladle", "meadow", "newt", "orchard", "plover", "quill", "rafter", "saddle", "tinker", "urchin", "vole",
    "willow", "yarrow", "almanac", "bramble", "cobble", "drizzle", "fiddle", "gravel", "hedge", "lichen",
    "marble", "nettle", "oar", "puddle", "raven", "spindle", "turnip", "wren", "compass",
)
# fmt: on
_ABOUTS = (
    "Mostly here for {first} and {second}. I read more than I write.",
    "{first}, {second}, too much tea.",
    "Learning to {task}. Opinions are mine and change often.",
    "Lurker who got an account in the end. Ask me about {first}.",
    "I fix things, some of them twice. Also: {second}.",
)


def person_name(chance: Random) -> str:
    """Return a name that somebody might choose; not unique."""
    quality, creature = chance.choice(_QUALITIES), chance.choice(_CREATURES)
    style = chance.randrange(4)
    if style == 0:
        return f"{quality}_{creature}"
    if style == 1:
        return f"{quality}{creature}{chance.randint(2, 99)}"
    return f"{quality}{creature}" if style == 2 else f"{creature}.{quality}"


def display_name(name: str) -> str:
    """Return how somebody of this name might want to be called."""
    for quality in _QUALITIES:
        if quality in name:
            creature = next((word for word in _CREATURES if word in name.replace(quality, "")), "")
            return f"{quality} {creature}".strip().title()
    return name


def about(chance: Random, first: Subject, second: Subject, domain: str) -> Text:
    """Return what somebody says of themself, given two subjects they like."""
    return _rendered(
        chance.choice(_ABOUTS).format(
            first=first.title.lower(), second=second.title.lower(), task=chance.choice(first.tasks)
        ),
        domain,
    )


# Communities


class Kind(NamedTuple):
    """A kind of community that may exist for every subject."""

    name: str
    title: str
    description: str


KINDS = (
    Kind("{name}", "{title}", "{blurb} Everybody is welcome, from the first try to the hundredth."),
    Kind("{name}_beginners", "{title} for Beginners", "First steps in {low}, and no silly questions."),
    Kind("{name}_photos", "{title} Pictures", "Pictures around {low}. Tell us what we see."),
    Kind(
        "ask_{name}",
        "Ask about {title}",
        "You ask, people who love {low} answer. Come back and say what worked.",
    ),
    Kind("{name}_news", "{title} News", "What is new in {low}: articles, films, announcements."),
    Kind("slow_{name}", "Slow {title}", "{title} without hurry: long texts, long projects, long answers."),
)
RULES = "Be kind. Stay on the subject. Say where a picture or a text comes from."


def describe(kind: Kind, subject: Subject) -> Kind:
    """Return name, title and description of this kind of community for a subject."""
    words = {
        "name": subject.name,
        "title": subject.title,
        "low": subject.title.lower(),
        "blurb": subject.blurb,
    }
    return Kind(*(part.format(**words) for part in kind))
