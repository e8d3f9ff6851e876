"""The `tag` of what we write: flairs, hashtags, emoji and mentions."""

import mimetypes
from collections.abc import Iterable

from service.federation.vocabulary import Document
from service.federation.write.rows import ActorRow, EmojiRow, FlairRow


def mention(person: ActorRow) -> Document:
    """Return the tag that tells somebody's server that they are named."""
    return {"type": "Mention", "href": person.url, "name": f"@{person.handle}"}


def mentions(people: Iterable[ActorRow]) -> list[Document]:
    """Return the tags of several, each once."""
    return [mention(person) for person in {person.url: person for person in people}.values()]


def hashtag(name: str, address: str) -> Document:
    """Return the tag of a word with a `#` before it."""
    return {"type": "Hashtag", "href": address, "name": f"#{name}"}


def emoji(row: EmojiRow) -> Document:
    """Return the tag of a picture that stands for a word."""
    icon = {"type": "Image", "url": row.url}
    if media_type := mimetypes.guess_type(row.url)[0]:
        icon["mediaType"] = media_type
    return {"type": "Emoji", "name": row.token, "icon": icon}


def flair(row: FlairRow) -> Document:
    """Return a community's tag as posts carry it, in the words of Lemmy's first design, which PieFed writes there."""
    return {
        "type": "lemmy:CommunityTag",
        "id": row.id,
        "display_name": row.name,
        "text_color": row.text_colour,
        "background_color": row.background_colour,
        "blur_images": row.blur,
    }


def community_flair(row: FlairRow) -> Document:
    """Return it as communities list it, in Lemmy 1.0's words."""
    return {
        "type": "CommunityPostTag",
        "id": row.id,
        "preferredUsername": row.name,
        "textColor": row.text_colour,
        "backgroundColor": row.background_colour,
        "blurImages": row.blur,
    }
