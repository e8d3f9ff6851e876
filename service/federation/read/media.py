"""What is attached to something that was written: the page it is about, and its pictures with their descriptions."""

import msgspec

from service.federation.origin import same_origin
from service.federation.vocabulary import Document, documents_in, first_link, kind_of, text, word

MOST_PICTURES = 20
LONGEST_DESCRIPTION = 1500  # characters
VIDEO_ENDINGS = (".mp4", ".webm", ".m4v")


class Attached(msgspec.Struct, frozen=True):
    """A picture, and what can be seen on it."""

    url: str
    description: str | None = None


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """What is attached.

    Attributes:
        link: the page that the post is about.
        pictures: in their order.
        thumbnail: a picture that stands for the link.
    """

    link: str | None = None
    pictures: tuple[Attached, ...] = ()
    thumbnail: str | None = None


def media_in(document: Document, identity: str) -> Media:
    """Read what is attached to a document.

    Parameters:
        document: the thing.
        identity: its id: an own page on the same server is no link.
    """
    attached = documents_in(document.get("attachment"))
    pictures = tuple(found for one in attached if (found := _picture(one)))[:MOST_PICTURES]
    links = [first_link(one) for one in attached if kind_of(one) == "Link" or _is_video(one)]
    return Media(
        link=next((one for one in links if one), None) or _own_link(document, identity),
        pictures=pictures,
        thumbnail=_thumbnail(document),
    )


def _own_link(document: Document, identity: str) -> str | None:
    """Return the link of a thing that is itself one, or whose page lies elsewhere."""
    kind = kind_of(document)
    if kind == "Link":
        return first_link(document.get("href") or document.get("url"))
    page = first_link(document.get("url"))
    if kind in {"Video", "Audio"}:
        return page or identity
    return page if page is not None and not same_origin(page, identity) else None


def _picture(attached: Document) -> Attached | None:
    is_image = kind_of(attached) == "Image" or word(attached.get("mediaType")).startswith("image/")
    url = first_link(attached.get("url") or attached.get("href")) if is_image else None
    if url is None or url.lower().endswith(VIDEO_ENDINGS):
        return None
    return Attached(
        url, text(attached.get("name") or attached.get("summary"), LONGEST_DESCRIPTION).strip() or None
    )


def _is_video(attached: Document) -> bool:
    return kind_of(attached) in {"Video", "Audio"} or word(attached.get("mediaType")).startswith(
        ("video/", "audio/")
    )


def _thumbnail(document: Document) -> str | None:
    url = first_link(document.get("image")) or first_link(document.get("icon"))
    return url if url is not None and not url.lower().endswith(VIDEO_ENDINGS) else None
