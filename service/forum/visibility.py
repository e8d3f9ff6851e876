"""Who may see what: the one rule for communities, posts and comments, asked by every way to them.

A rule takes facts, each a bool or the SQL of one, and joins them with `&` and `|`, which mean the same for both: so
what a list leaves out in a statement and what a single thing refuses in Python cannot differ.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, and_, exists, false, func, literal_column, or_, select, true

from service.forum.accounts.columns import VIEWER_ID, Scope
from service.storage.tables import Community, CommunityMember, Feed, Post, Site

# A truth value, or the SQL of one: a rule is worked out here for one row, and by PostgreSQL for many.
Fact = Any

# What posts, communities and feeds warn of and a site may not want to take: the names of their columns.
Kind = Literal["nsfw", "nsfl"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_ONE: ColumnElement[Any] = literal_column("1")


@dataclass(frozen=True, kw_only=True)
class CommunityFacts:
    """What the viewer is to a community, and the community to the site.

    Attributes:
        runs_the_site: The viewer is an administrator or of the staff.
        community_is_there: It was not deleted.
        is_open: It is not private.
        is_shown_elsewhere: It is of another server, which shows what it is, and the viewer can ask to join.
        is_fit: It is of no kind that the site does not take: not safe for work, or gruesome.
    """

    runs_the_site: Fact
    community_is_there: Fact
    is_open: Fact
    is_shown_elsewhere: Fact = False
    is_member: Fact
    is_owner: Fact
    is_fit: Fact


@dataclass(frozen=True, kw_only=True)
class PostFacts(CommunityFacts):
    """What the viewer is to a post and where it stands; the facts of the community are among them.

    Attributes:
        is_published: It is neither a draft, nor scheduled, nor held back for review.
        is_there: Neither its author deleted it, nor did anybody remove it.
        moderates: The viewer is a moderator where it stands.
        is_fit: It and its community are of no kind that the site does not take.
    """

    is_published: Fact
    is_there: Fact
    is_author: Fact
    moderates: Fact


def may_enter(community: CommunityFacts) -> Fact:
    """Whether the viewer may see what stands in a community, should it stand at all."""
    return community.runs_the_site | (community.is_fit & (community.is_open | community.is_member))


def may_see(community: CommunityFacts) -> Fact:
    """Whether the viewer may see a community; its owner sees a deleted one, to restore it."""
    return may_enter(community) & (
        community.runs_the_site | community.community_is_there | community.is_owner
    )


def may_find(community: CommunityFacts) -> Fact:
    """Whether the viewer may see what a community is, without what stands in it: else nobody could ask to join."""
    return may_see(community) | (
        community.is_shown_elsewhere & community.is_fit & community.community_is_there
    )


def is_listed(post: PostFacts) -> Fact:
    """Whether a post may stand in the viewer's lists; there nobody has privileges but where they are members."""
    entered = post.runs_the_site | post.is_open | post.is_member
    return post.is_there & post.is_published & post.community_is_there & post.is_fit & entered


def is_out(post: PostFacts) -> Fact:
    """Whether a post is there for the viewer, in a community that they may see: published, and fit for the site."""
    return post.runs_the_site | post.is_author | (post.is_published & post.is_fit)


def may_know_of(post: PostFacts) -> Fact:
    """Whether the viewer may know that there is, or was, such a post; what is in it, `may_read` says."""
    return post.runs_the_site | post.is_author | (is_out(post) & post.community_is_there & may_enter(post))


def may_read(post: PostFacts) -> Fact:
    """Whether the viewer may see what is in a post; if it is gone, only its author and those who moderate there may."""
    still_read = post.is_there | post.is_author | post.moderates | post.runs_the_site
    return may_know_of(post) & still_read


def may_read_comment(post: PostFacts, *, is_author: Fact) -> Fact:
    """Whether the viewer may see a comment: who may read its post, and its own author who may know of the post."""
    return may_read(post) | (is_author & may_know_of(post))


def readable_by(scope: Scope) -> ColumnElement[bool]:
    """SQL: `may_enter` of `Community`."""
    is_member = (
        exists()
        .where(
            CommunityMember.community_id == Community.id,
            CommunityMember.user_id == VIEWER_ID,
            CommunityMember.is_banned.is_not(True),
        )
        .correlate(Community)
    )
    rule: ColumnElement[bool] = may_enter(_community(scope, is_member))
    return rule


def findable_by(scope: Scope, *, is_member: Fact, is_owner: Fact) -> ColumnElement[bool]:
    """SQL: `may_find` of `Community`.

    Parameters:
        is_member, is_owner: the SQL of it; nobody is either who is not signed in.
    """
    rule: ColumnElement[bool] = may_find(_community(scope, is_member, is_owner))
    return rule


def listed_for(scope: Scope, *, is_member: Fact, by_index: bool = True) -> ColumnElement[bool]:
    """SQL: `is_listed` of `Post`, joined to `Community`.

    Parameters:
        by_index: written as the partial indexes of feeds have it, which do not know old rows with NULLs.
    """
    facts = vars(_community(scope, is_member)) | {
        "is_fit": is_fit(Post, Community),
        # `= false` and a written 0: `IS FALSE` or a parameter would not match the indexes.
        "is_published": (Post.status if by_index else func.coalesce(Post.status, _ONE)) > literal_column("0"),
        "is_there": Post.deleted == false() if by_index else Post.deleted.is_not(True),
    }
    rule: ColumnElement[bool] = is_listed(PostFacts(**facts, is_author=false(), moderates=false()))
    return rule


def is_fit(*tables: type[Community] | type[Feed] | type[Post]) -> ColumnElement[bool]:
    """SQL: the rows of these tables warn of nothing that the site does not take."""
    return and_(*(or_(_is_free_of(kind, tables), takes(kind)) for kind in KINDS))


def _is_free_of(kind: Kind, tables: tuple[Any, ...]) -> ColumnElement[bool]:
    return and_(*(getattr(table, kind).is_not(True) for table in tables))


@cache
def takes(kind: Kind) -> Fact:
    """SQL: the site's setting; looked up once a statement."""
    setting = {"nsfw": Site.enable_nsfw, "nsfl": Site.enable_nsfl}[kind]
    return select(func.coalesce(func.bool_or(setting), false())).where(Site.id == 1).scalar_subquery()


def _community(scope: Scope, is_member: Fact, is_owner: Fact = None) -> CommunityFacts:
    known = scope != "anybody"
    return CommunityFacts(
        runs_the_site=true() if scope == "staff" else false(),
        community_is_there=Community.banned.is_not(True),
        is_open=Community.private.is_not(True),
        is_shown_elsewhere=~Community.is_local if known else false(),
        is_member=is_member if known else false(),
        is_owner=is_owner if known and is_owner is not None else false(),
        is_fit=is_fit(Community),
    )
