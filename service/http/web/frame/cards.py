"""Posts as lists show them: how a card looks, and what it says. Pure; filters of the environment.

`card` in parts/posts.html makes a stamp of each look (stamps.py).
"""

import msgspec
from markupsafe import escape

from service.forum.accounts.viewer import Viewer
from service.forum.communities.shapes import CommunityRow
from service.forum.posts.choices import PostType
from service.forum.posts.shapes import PostRow
from service.http.web.frame.helpers import (
    ago,
    at_home,
    community_path,
    display_name,
    excerpt_of,
    face,
    flair_of,
    handle,
    home,
    person_path,
    place,
    post_path,
    web_url,
)
from service.language.formats import compact
from service.language.sentences import n_, translated_number


class Card(msgspec.Struct, frozen=True, gc=False):
    """All that the template asks about a post in a list.

    Attributes:
        in_community: Its list is that of one community, which is not named again.
        type: A `PostType`; `state`: `shown`, `deleted` or `removed`.
        pinned: At the top of this list.
        gallery: Has several pictures; `has_text`: shows how its text begins.
        leaves: Leads to another site; `has_domain`: one with a name.
        signed_in, vote, saved, read, faded, blurred: The viewer.
    """

    in_community: bool
    type: int
    state: str
    pinned: bool
    locked: bool
    nsfw: bool
    nsfl: bool
    ai: bool
    leaves: bool
    has_domain: bool
    has_picture: bool
    has_event: bool
    has_text: bool
    gallery: bool
    takes_downvotes: bool
    signed_in: bool
    vote: int
    saved: bool
    read: bool
    faded: bool
    blurred: bool


def card_look(post: PostRow, viewer: Viewer | None, in_community: bool) -> Card:
    """Return how a post looks in a list."""
    mine = post.mine
    leaves = bool(post.url) and post.type != PostType.IMAGE
    return Card(
        in_community=in_community,
        type=post.type,
        state="deleted" if post.deleted else "removed" if post.removed else "shown",
        pinned=post.instance_sticky or (post.sticky and in_community),
        locked=post.locked,
        nsfw=post.nsfw,
        nsfl=post.nsfl,
        ai=post.ai_generated,
        leaves=leaves,
        has_domain=leaves and bool(post.domain_name),
        has_picture=post.image is not None,
        has_event=post.event is not None,
        has_text=_says_something(post),
        gallery=bool(post.gallery),
        takes_downvotes=post.community.takes_downvotes,
        signed_in=viewer is not None,
        vote=mine.vote,
        saved=mine.saved,
        read=mine.read,
        faded=mine.faded,
        blurred=mine.blurred,
    )


def card_texts(
    post: PostRow, viewer: Viewer | None, picture: str, labels: str, reactions: str
) -> dict[str, str]:
    """Return what a post says in a list, as HTML.

    Parameters:
        picture, labels, reactions: as their own macros make them; '' where there is none.
    """
    author, path = post.author, escape(post_path(post))
    return {
        "id": str(post.id),
        "path": path,
        "title": escape(post.title),
        "community": _community(post.community),
        "author_path": escape(person_path(author)),
        "author": f"<bdi>{escape(display_name(author))}</bdi>{home(author)}",
        "flair": f" {flair_of(author)}" if author.flair else "",
        "posted": ago(post.posted_at),
        "url": escape(web_url(post.url)),
        "domain": escape(post.domain_name),
        "event": _event(post, viewer),
        "excerpt": escape(excerpt_of(post)) if _says_something(post) else "",
        "gallery": _gallery(len(post.pictures)) if post.gallery else "",
        "score": compact(post.score),
        "comments": _comments(post.comments),
        "picture": picture,
        "labels": labels,
        "reactions": reactions,
    }


def _community(community: CommunityRow) -> str:
    words = f"{face(community, 'square')}{escape(handle(community))}"
    return f'<a class="at" href="{escape(community_path(community))}">{words}</a>'


def _event(post: PostRow, viewer: Viewer | None) -> str:
    if post.event is None:
        return ""
    where = place(post.event)
    shown = at_home(post.event.start, viewer)
    return f'{shown} <span class="dot"><bdi>{escape(where)}</bdi></span>' if where else shown


def _says_something(post: PostRow) -> bool:
    """Whether its text stands for it in a list: not beside a picture or a link, and not where that is to be blurred."""
    leads_on = post.image is not None or (bool(post.url) and post.type != PostType.IMAGE)
    return bool(post.body_html or post.body) and not leads_on and not post.mine.blurred


GALLERY = n_("Gallery, %(number)s image", "Gallery, %(number)s images", 0)


def _gallery(number: int) -> str:
    return translated_number(GALLERY.one, GALLERY.many, number) % {"number": number}


# Phones show the number alone.
COMMENTS = n_(
    '%(shown)s<span class="word"> comment</span>', '%(shown)s<span class="word"> comments</span>', 0, shown=""
)


def _comments(number: int) -> str:
    return translated_number(COMMENTS.one, COMMENTS.many, number) % {"shown": compact(number)}


FILTERS = {function.__name__: function for function in (card_look, card_texts)}
