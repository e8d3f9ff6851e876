"""What a viewer does not want to see in lists of posts, and of the comments below them: blocks, kinds and words."""

from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    String,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
)

from service.forum.accounts.choices import AIVisibility, Visibility
from service.forum.accounts.columns import VIEWER_ID
from service.forum.accounts.filters import Place, hidden_words, sql_pattern
from service.forum.accounts.viewer import Viewer
from service.forum.bans import in_force
from service.forum.feeds.choices import NsfwFilter
from service.forum.feeds.rules import PostSelection
from service.forum.posts.wishes import TEXT_READ
from service.storage.clock import utcnow
from service.storage.statements import IdColumn, not_among
from service.storage.tables import (
    Community,
    CommunityBan,
    CommunityBlock,
    DomainBlock,
    HiddenPost,
    InstanceBlock,
    Post,
    ReadPost,
    UserBlock,
)

# So long somebody who hides what they have read may take for the pages of a list.
PAGING = timedelta(hours=1)


class ViewerFilters(msgspec.Struct, frozen=True):
    """All of a viewer's wishes that changes the text of a statement; what changes only its values is a parameter.

    Attributes:
        nsfw: What the request wants of them.
        hides: The kinds of post that are kept out, as names in `_KINDS`.
        keywords: How many words are kept out of the names of communities.
        words: Whether words are kept out of the posts.
        blocks: Whether there are blocks to look at: somebody is signed in.
        avoids: Keep out what is not sought on purpose: by people who are blocked, and what was hidden by hand.
        everywhere: Not in one community alone; then nothing comes from where the viewer is banned.
    """

    nsfw: NsfwFilter | None
    hides: tuple[str, ...]
    keywords: int
    words: bool
    blocks: bool
    avoids: bool
    everywhere: bool


def filters_for(viewer: Viewer | None, selection: PostSelection) -> ViewerFilters:
    """Return what the viewer does not want to see in a feed."""
    is_selected = selection.is_personal or selection.community_id is not None
    return ViewerFilters(
        nsfw=selection.nsfw,
        hides=_hidden_kinds(viewer, selection),
        keywords=0 if is_selected else len(_keywords(viewer)),
        words=bool(_hidden_words(viewer, selection)),
        blocks=viewer is not None,
        avoids=viewer is not None and not selection.is_personal,
        everywhere=selection.community_id is None,
    )


def while_paging(filters: ViewerFilters) -> ViewerFilters:
    """Return the same wishes for a page that is found by counting: what was read lately counts, too."""
    hides = tuple("read_before" if kind == "read" else kind for kind in filters.hides)
    return msgspec.structs.replace(filters, hides=hides)


def values_of(viewer: Viewer | None, selection: PostSelection) -> dict[str, Any]:
    """Return the parameters of the conditions below."""
    if viewer is None:
        return {}
    words = {f"keyword_{at}": word.lower() for at, word in enumerate(_keywords(viewer))}
    hidden = {"hidden_words": sql_pattern(_hidden_words(viewer, selection))}
    mine = {"viewer_id": viewer.id, "languages": list(viewer.read_language_ids)}
    return words | hidden | mine | {"read_before": utcnow() - PAGING}


def filtered_place(selection: PostSelection) -> Place | None:
    """Return which of the viewer's keyword filters a feed is read through; None for one that is sought on purpose."""
    if selection.is_personal or selection.search or selection.url:
        return None
    parts = (
        selection.community_id,
        selection.topic_id,
        selection.feed_id,
        selection.domain_id,
        selection.tag_id,
    )
    return "home" if all(part is None for part in parts) else "posts"


def filter_conditions(filters: ViewerFilters) -> list[ColumnElement[bool]]:
    """SQL: nothing that the viewer does not want to see; needs `Community` joined to `Post`."""
    conditions = [_KINDS[kind]() for kind in filters.hides]
    if filters.nsfw is NsfwFilter.EXCLUDE:
        conditions.append(Post.nsfw.is_not(True))
    if filters.nsfw is NsfwFilter.ONLY:
        conditions.append(Post.nsfw.is_(True))
    conditions += [_does_not_name(at) for at in range(filters.keywords)]
    if filters.words:
        conditions.append(or_(Post.user_id == VIEWER_ID, ~_says_hidden_words()))
    if filters.blocks:
        conditions += _not_blocked()
    if filters.avoids:
        conditions += _not_avoided(filters)
    return conditions


def in_read_languages(language_id: IdColumn) -> ColumnElement[bool]:
    """SQL: it is in no language, or in one that the viewer reads."""
    return or_(language_id.is_(None), language_id == func.any(bindparam("languages", type_=ARRAY(Integer))))


def _hidden_kinds(viewer: Viewer | None, selection: PostSelection) -> tuple[str, ...]:
    """The kinds of post that the viewer's settings keep out, as names in `_KINDS`."""
    if viewer is None:
        return ("nsfw", "nsfl")  # whatever was asked for: that takes an account
    if selection.saved or selection.liked:
        return ()
    wishes = {
        "nsfw": viewer.hide_nsfw == Visibility.HIDE and selection.nsfw is None,
        "nsfl": viewer.hide_nsfl == Visibility.HIDE,
        "bots": viewer.ignore_bots == Visibility.HIDE,
        "generated": viewer.hide_gen_ai == AIVisibility.HIDE,
        "low_quality": viewer.hide_low_quality
        and not selection.is_personal
        and selection.community_id is None,
        "read": viewer.hide_read_posts
        and not selection.is_personal
        and not selection.search
        and not selection.url,
        "languages": bool(viewer.read_language_ids) and not selection.is_personal,
    }
    return tuple(kind for kind, wanted in wishes.items() if wanted)


_KINDS: dict[str, Any] = {
    "nsfw": lambda: and_(Post.nsfw.is_not(True), Community.nsfw.is_not(True)),
    "nsfl": lambda: and_(Post.nsfl.is_not(True), Community.nsfl.is_not(True)),
    "bots": lambda: Post.from_bot.is_not(True),
    "generated": lambda: Post.ai_generated.is_not(True),
    "low_quality": lambda: Community.low_quality.is_not(True),
    "read": lambda: ~exists().where(ReadPost.user_id == VIEWER_ID, ReadPost.read_post_id == Post.id),
    # On later pages: what was read while paging keeps its place, or as many others would be skipped.
    "read_before": lambda: (
        ~exists().where(
            ReadPost.user_id == VIEWER_ID,
            ReadPost.read_post_id == Post.id,
            ReadPost.interacted_at < bindparam("read_before", type_=DateTime()),
        )
    ),
    "languages": lambda: in_read_languages(Post.language_id),
}


def _keywords(viewer: Viewer | None) -> list[str]:
    words = (viewer.community_keyword_filter if viewer else "").split(",")
    return [word.strip() for word in words if word.strip()][:20]


def _hidden_words(viewer: Viewer | None, selection: PostSelection) -> tuple[str, ...]:
    place = filtered_place(selection)
    return hidden_words(viewer.filters, place) if viewer and place else ()


def _says_hidden_words() -> ColumnElement[bool]:
    pattern = bindparam("hidden_words", type_=String())
    texts = (Post.title, func.left(Post.body, TEXT_READ))
    return or_(*(func.coalesce(text.regexp_match(pattern), false()) for text in texts))


def _does_not_name(at: int) -> ColumnElement[bool]:
    word = bindparam(f"keyword_{at}", type_=String())
    names = (func.strpos(func.lower(name), word) > 0 for name in (Community.name, Community.title))
    return ~func.coalesce(or_(*names), false())


def _not_blocked() -> list[ColumnElement[bool]]:
    """SQL: of no community, server or website that the viewer blocked."""
    instances = select(InstanceBlock.instance_id).where(InstanceBlock.user_id == VIEWER_ID)
    communities = select(CommunityBlock.community_id).where(CommunityBlock.user_id == VIEWER_ID)
    domains = select(DomainBlock.domain_id).where(DomainBlock.user_id == VIEWER_ID)
    return [
        not_among(Post.community_id, communities),
        not_among(Post.instance_id, instances),
        not_among(Community.instance_id, instances),
        not_among(Post.domain_id, domains),
    ]


def _not_avoided(filters: ViewerFilters) -> list[ColumnElement[bool]]:
    """SQL: not by somebody blocked, not hidden by hand, not in a community that banned the viewer."""
    blocked = select(UserBlock.blocked_id).where(UserBlock.blocker_id == VIEWER_ID)
    conditions: list[ColumnElement[bool]] = [
        not_among(Post.user_id, blocked),
        ~exists().where(HiddenPost.user_id == VIEWER_ID, HiddenPost.hidden_post_id == Post.id),
    ]
    if filters.everywhere:
        banned_from = select(CommunityBan.community_id).where(
            CommunityBan.user_id == VIEWER_ID, in_force(CommunityBan.ban_until)
        )
        conditions.append(not_among(Post.community_id, banned_from))
    return conditions
