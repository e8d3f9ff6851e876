"""The viewer: who asks, with everything that a permission or a list query needs to know about them.

Built once a request by `accounts.queries`; `None` stands for somebody who is not signed in.
"""

from collections.abc import Callable
from datetime import datetime

from service.forum.accounts.author import Author
from service.forum.accounts.choices import AIVisibility, Visibility
from service.forum.accounts.filters import KeywordFilter
from service.forum.accounts.looks import Look
from service.forum.comments.choices import CommentSort
from service.forum.errors import Forbidden, NotSignedIn
from service.forum.feeds.choices import Listing, Sort


class Viewer(Author, frozen=True, kw_only=True):
    """A signed-in local account: an author of this site, and what reading needs to know of them.

    Attributes:
        session: The hash of the session's token; None for a viewer whose API token has no session.
        look: How pages look to them; None if they have not chosen yet.
        signed_in_at: When the session began, naive UTC.
        moderates: A community at least.
        seen_long_ago: The door should have `accounts.operations.touch` note that they were here.
        address_is_banned: Nobody may write from the address that they come from; where it was asked for.
    """

    title: str
    is_admin: bool = False
    is_staff: bool = False
    permissions: frozenset[str] = frozenset()
    hide_nsfw: Visibility = Visibility.HIDE
    hide_nsfl: Visibility = Visibility.HIDE
    hide_gen_ai: AIVisibility = AIVisibility.LABEL
    ignore_bots: Visibility = Visibility.SHOW
    hide_read_posts: bool = False
    hide_low_quality: bool = False
    default_sort: Sort = Sort.HOT
    default_filter: Listing = Listing.POPULAR
    default_comment_sort: CommentSort = CommentSort.HOT
    look: Look | None = None
    timezone: str | None = None
    interface_language: str | None = None
    language_id: int | None = None
    read_language_ids: tuple[int, ...] = ()
    feed_auto_follow: bool = True
    reply_collapse_threshold: int = -10
    reply_hide_threshold: int = -20
    community_keyword_filter: str = ""
    filters: tuple[KeywordFilter, ...] = ()
    unread_notifications: int = 0
    moderates: bool = False
    avatar_url: str | None = None
    session: bytes | None = None
    signed_in_at: datetime | None = None
    seen_long_ago: bool = False
    address_is_banned: bool = False

    @property
    def runs_the_site(self) -> bool:
        """Whether this account moderates the whole site: an administrator or a member of staff."""
        return self.is_admin or self.is_staff

    def may_know_of(self, account_id: int, *, waits: bool) -> bool:
        """Whether this account may know of another; one that waits for approval is the staff's business alone."""
        return not waits or self.runs_the_site or self.id == account_id

    def may(self, permission: str) -> bool:
        """Whether one of the account's roles has the permission; an administrator has them all."""
        return self.is_admin or permission in self.permissions


def signed_in(viewer: Viewer | None) -> Viewer:
    """The viewer, or NotSignedIn."""
    if viewer is None:
        raise NotSignedIn
    return viewer


def signed_in_who(viewer: Viewer | None, test: Callable[[Viewer], bool]) -> Viewer:
    """The viewer if `test` holds of them, else NotSignedIn or Forbidden."""
    viewer = signed_in(viewer)
    if not test(viewer):
        raise Forbidden
    return viewer


def administrator(viewer: Viewer | None) -> Viewer:
    """The viewer if they are an administrator, else NotSignedIn or Forbidden."""
    return signed_in_who(viewer, lambda admin: admin.is_admin)
