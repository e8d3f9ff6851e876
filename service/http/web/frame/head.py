"""What the head of a post's page says to other sites, search engines and messengers that show a link to it."""

import msgspec

from service.forum.posts.shapes import PostRow
from service.http.context import resources
from service.http.web.frame.helpers import NOWHERE, image_url, post_path, web_url
from service.text.excerpts import excerpt

SUMMARY_LENGTH = 200


class Head(msgspec.Struct, frozen=True):
    """The head's facts.

    Attributes:
        canonical: The one address of the page.
        summary: The text's beginning without its spoilers, else the title.
        picture: An absolute address; '' for none.
    """

    canonical: str
    summary: str
    picture: str


def head_of(post: PostRow) -> Head:
    """Return what the head of the post's page says."""
    summary = excerpt(post.body_html, post.body, SUMMARY_LENGTH) or post.title
    return Head(_canonical(post), summary, _picture_of(post))


def _canonical(post: PostRow) -> str:
    """Where the post comes from; for our own its readable address."""
    comes_from = web_url(post.ap_id)
    if not post.local and comes_from != NOWHERE:
        return comes_from
    return resources().config.site.base_url + post_path(post)


def _picture_of(post: PostRow) -> str:
    """The picture that a link to the post is shown with elsewhere; '' for none, and for one that is not for all."""
    if post.image is None or post.nsfw or post.nsfl:
        return ""
    url = image_url(post.image.medium_url or post.image.url)
    if url == NOWHERE:
        return ""
    return resources().config.site.base_url + url if url.startswith("/") else url
