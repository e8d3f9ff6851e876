"""The `tag` of objects and actors: mentions, hashtags, flairs and emoji, in a list or alone."""

from collections.abc import Iterator

import msgspec

from service.federation.vocabulary import (
    Document,
    as_document,
    as_id,
    documents_in,
    first_link,
    kind_of,
    text,
    word,
)

MOST = 100
# PieFed's, Lemmy's 1.0 and Lemmy's beta names of a community's own tags for posts.
FLAIRS = {"CommunityTag", "lemmy:CommunityTag", "CommunityPostTag", "PostFlair"}


class Flair(msgspec.Struct, frozen=True, kw_only=True):
    """A community's tag for posts."""

    id: str | None
    name: str
    text_colour: str | None = None
    background_colour: str | None = None
    blur: bool = False


class Emoji(msgspec.Struct, frozen=True):
    """A picture that stands for a word like `:blobcat:`."""

    name: str
    url: str


class Tags(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, each once."""

    mentions: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    flairs: tuple[Flair, ...] = ()
    emoji: tuple[Emoji, ...] = ()


def tags_in(document: Document) -> Tags:
    """Read the tags of a document."""
    tags = documents_in(document.get("tag"))[:MOST]
    mentions = (as_id(tag.get("href")) for tag in tags if kind_of(tag) == "Mention")
    hashtags = (word(tag.get("name")).lstrip("#").lower() for tag in tags if kind_of(tag) == "Hashtag")
    return Tags(
        mentions=tuple(dict.fromkeys(one for one in mentions if one)),
        hashtags=tuple(dict.fromkeys(one for one in hashtags if one)),
        flairs=flairs_in(document),
        emoji=tuple(_emoji(tags)),
    )


def flairs_in(document: Document) -> tuple[Flair, ...]:
    """Read a community's or a post's flairs, whichever of three ways they are written."""
    tags = documents_in(document.get("tag")) + documents_in(document.get("lemmy:tagsForPosts"))
    found = (_flair(tag) for tag in tags[:MOST] if kind_of(tag) in FLAIRS)
    return tuple({(flair.id or flair.name): flair for flair in found if flair.name}.values())


def _flair(tag: Document) -> Flair:
    names = ("displayName", "display_name", "preferredUsername", "name")
    return Flair(
        id=as_id(tag),
        name=next((found for name in names if (found := word(tag.get(name)))), ""),
        text_colour=_colour(tag.get("textColor") or tag.get("text_color")),
        background_colour=_colour(tag.get("backgroundColor") or tag.get("background_color")),
        blur=tag.get("blurImages") is True or tag.get("blur_images") is True,
    )


def _colour(value: object) -> str | None:
    colour = text(value, 20).strip()
    is_hexadecimal = colour.startswith("#") and len(colour) in {4, 7} and colour[1:].isalnum()
    return colour if is_hexadecimal else None


def _emoji(tags: list[Document]) -> Iterator[Emoji]:
    for tag in tags:
        if kind_of(tag) == "Emoji":
            name, url = word(tag.get("name")), first_link((as_document(tag.get("icon")) or {}).get("url"))
            if name and url:
                yield Emoji(name, url)
