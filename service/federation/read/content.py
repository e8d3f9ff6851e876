"""Things that people write: posts, comments, messages, polls and events of every kind that servers send.

Source: https://www.w3.org/TR/activitystreams-vocabulary/#object-types, FEP-1b12 (Page and Note), FEP-b2b8 (Article),
FEP-8a8e (Event), FEP-7888 (context), FEP-044f (quote), FEP-268d and FEP-5feb (who may index it)
"""

from datetime import datetime

import msgspec

from service.federation.errors import Malformed, NotTheirs
from service.federation.origin import same_origin
from service.federation.read.activities import Activity
from service.federation.read.details import Happening, Poll, happening_in, poll_in
from service.federation.read.media import Media, media_in
from service.federation.read.tags import Tags, tags_in
from service.federation.vocabulary import (
    CONTENT,
    MESSAGES,
    PERSONS,
    PUBLIC,
    Document,
    as_document,
    as_id,
    documents_in,
    first_link,
    flag,
    ids_in,
    is_public,
    kind_of,
    language_of,
    markdown_of,
    past,
    text,
    word,
)

LONGEST_TITLE = 2000  # characters; the forum cuts it to what the column holds
LONGEST_TEXT = 100_000
LONGEST_HTML = 400_000
MOST_ADDRESSED = 100  # of those to whom something was sent: each is looked up


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What another server says of something that was written.

    Attributes:
        author: who wrote it: the person where several are named.
        title: of a post; None where it has none of its own (microblogs).
        markdown, html: the text in the form that it was written in, if the server gives it; as HTML, not clean yet.
        link: the page that it is about, elsewhere.
        page: its own page at its server.
        parent: what it answers.
        addressed: whom it was sent to, the likeliest community first: audience, to, cc, mentions.
        groups: groups that are named as its owners (PeerTube's channels).
        updated: when it was last changed; None if never.
        indexable: None where nothing is said.
    """

    id: str
    kind: str
    author: str
    title: str | None = None
    markdown: str | None = None
    html: str = ""
    warning: str | None = None
    media: Media = Media()
    link: str | None = None
    page: str | None = None
    parent: str | None = None
    context: str | None = None
    replies: str | Document | None = None
    audience: str | None = None
    addressed: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    public: bool = False
    published: datetime | None = None
    updated: datetime | None = None
    language: str | None = None
    nsfw: bool = False
    nsfl: bool = False
    generated: bool = False
    sticky: bool = False
    locked: bool = False
    replies_wanted: bool = True
    distinguished: bool = False
    answer: bool = False
    author_flair: str | None = None
    indexable: bool | None = None
    quote: str | None = None
    quote_authorization: str | None = None
    tags: Tags = Tags()
    poll: Poll | None = None
    happening: Happening | None = None

    @property
    def is_choice(self) -> bool:
        """Whether it is a vote in a poll: a note with a name, below the poll, without any text."""
        return self.kind == "Note" and bool(self.title) and self.parent is not None and not self.html

    @property
    def is_message(self) -> bool:
        """Whether it is for one person alone: sent to exactly one, to nobody else and not to everybody; and no vote."""
        if self.kind in MESSAGES:
            return True
        return (
            not self.is_choice
            and self.kind == "Note"
            and not self.public
            and self.audience is None
            and len(self.addressed) == 1
        )


def content_from(document: Document, now: datetime, activity: Activity | None = None) -> Content:
    """Read something that was written.

    Parameters:
        document: as it was fetched or sent.
        now: naive UTC.
        activity: what it came in; whom that was sent to counts where the thing itself names nobody.

    Raises:
        Malformed: it has no id or no author, or is no content.
        NotTheirs: it is said to be by somebody of another server.
    """
    kind, identity = kind_of(document), as_id(document)
    if kind not in CONTENT | MESSAGES:
        raise Malformed(f"type: {kind or 'nothing'} is no content that is known here.")
    author = _author(document) or (activity.actor if activity else None)
    if identity is None or author is None:
        raise Malformed("Something that was written needs an id and attributedTo.")
    if not same_origin(identity, author):
        raise NotTheirs("Something that was written has its id on its author's server.")
    tags = tags_in(document)
    media = media_in(document, identity)
    published = past(document.get("published"), now)
    updated = past(document.get("updated"), now)
    return Content(
        id=identity,
        kind=kind,
        author=author,
        title=_title(document),
        markdown=markdown_of(document, LONGEST_TEXT),
        html=_html(document),
        warning=_warning(document, kind),
        media=media,
        link=media.link,
        page=first_link(document.get("url")),
        parent=as_id(document.get("inReplyTo")),
        context=as_id(document.get("context")),
        replies=as_document(document.get("replies")) or as_id(document.get("replies")),
        audience=as_id(document.get("audience")) or (activity.audience if activity else None),
        addressed=_addressed(document, tags, activity),
        groups=tuple(
            ids_in([one for one in documents_in(document.get("attributedTo")) if kind_of(one) == "Group"])
        )[:MOST_ADDRESSED],
        public=_is_public(document, activity),
        published=published,
        updated=updated if updated != published else None,
        language=language_of(document),
        nsfw=flag(document.get("sensitive")) or flag(document.get("as:sensitive")),
        nsfl=flag(document.get("nsfl")),
        generated=flag(document.get("genAI")),
        sticky=flag(document.get("stickied")),
        locked=not flag(document.get("commentsEnabled"), default=True),
        replies_wanted=flag(document.get("repliesEnabled"), default=True),
        distinguished=flag(document.get("distinguished")),
        answer=flag(document.get("answer")),
        author_flair=word(document.get("flair")) or None,
        indexable=_indexable(document),
        quote=_quote(document),
        quote_authorization=as_id(document.get("quoteAuthorization")),
        tags=tags,
        poll=poll_in(document, now) if kind == "Question" else None,
        happening=happening_in(document) if kind == "Event" else None,
    )


def _author(document: Document) -> str | None:
    named = document.get("attributedTo")
    persons = [one for one in documents_in(named) if kind_of(one) in PERSONS]
    groups = {as_id(one) for one in documents_in(named) if kind_of(one) == "Group"}
    bare = [one for one in ids_in(named) if one not in groups]
    return as_id(persons) or next(iter(bare), None) or as_id(document.get("actor")) or as_id(named)


def _title(document: Document) -> str | None:
    named = document.get("name")
    if not isinstance(named, str):
        translations = document.get("nameMap")
        named = next(iter(translations.values()), None) if isinstance(translations, dict) else None
    return text(named, LONGEST_TITLE).strip() or None


def _html(document: Document) -> str:
    found = document.get("content")
    if not isinstance(found, str):
        translations = document.get("contentMap")
        found = next(iter(translations.values()), None) if isinstance(translations, dict) else None
    return text(found, LONGEST_HTML)


def _warning(document: Document, kind: str) -> str | None:
    """Return a content warning; `summary` is an excerpt where there is a title, or where the text is an article."""
    if kind != "Note" or document.get("name"):
        return None
    return text(document.get("summary"), LONGEST_TITLE).strip() or None


def _addressed(document: Document, tags: Tags, activity: Activity | None) -> tuple[str, ...]:
    named = ids_in(document.get("audience"), document.get("to"), document.get("cc"))
    if activity is not None:
        named += [one for one in (activity.audience, *activity.recipients) if one]
    found = dict.fromkeys(one for one in (*named, *tags.mentions) if one not in PUBLIC)
    return tuple(found)[:MOST_ADDRESSED]


def _is_public(document: Document, activity: Activity | None) -> bool:
    """Whether it is for everybody; what names a group and nobody else is for that group (Discourse)."""
    own = document.get("to"), document.get("cc")
    if any(one is not None for one in own):
        return is_public(*own)
    return activity.public if activity is not None else as_id(document.get("audience")) is not None


def _indexable(document: Document) -> bool | None:
    named = document.get("searchableBy")
    return None if named is None else is_public(named)


def _quote(document: Document) -> str | None:
    names = ("quote", "quoteUrl", "quoteUri", "_misskey_quote")
    return next((found for name in names if (found := as_id(document.get(name)))), None)
