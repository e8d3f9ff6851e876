"""The author: anybody who acts, of this site or of another; what the operations of the forum take.

Somebody of this site who is signed in is a `Viewer`. Who acts from elsewhere is loaded by `accounts.queries.author_of`.
"""

from typing import TypeVar

import msgspec

from service.forum.errors import Banned
from service.language import _
from service.storage.tables import base

LOCAL_INSTANCE = base.LOCAL_INSTANCE


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """An account that acts, with what a permission needs to know about it.

    Attributes:
        instance_id: Of the site that the account is on.
        banned: From this site, now.
        runs_their_site: An administrator of another site, who has a say there and nowhere else.
        indexable: What it writes may come up in searches.
        vote_privately: Other servers are not told of its votes.
    """

    id: int
    name: str
    instance_id: int = LOCAL_INSTANCE
    bot: bool = False
    banned: bool = False
    ban_posts: bool = False
    ban_comments: bool = False
    runs_their_site: bool = False
    indexable: bool = True
    vote_privately: bool = False

    @property
    def local(self) -> bool:
        """Whether it is an account of this site."""
        return self.instance_id == LOCAL_INSTANCE

    @property
    def tells_votes(self) -> bool:
        """Whether other servers hear from here how it votes."""
        return self.local and not self.vote_privately

    @property
    def is_staff(self) -> bool:
        """Whether it helps to run this site; see `Viewer`."""
        return False

    @property
    def is_admin(self) -> bool:
        """Whether it administers this site; see `Viewer`."""
        return False

    @property
    def runs_the_site(self) -> bool:
        """Whether it moderates the whole of this site: nobody from elsewhere does."""
        return False

    def runs_site_of(self, instance_id: int | None) -> bool:
        """Whether what is at home on that site is theirs to moderate, as administrators of it."""
        return self.runs_their_site and not self.local and self.instance_id == instance_id

    def may_know_of(self, account_id: int, *, waits: bool) -> bool:
        """Whether this account may know of another; one that waits for approval is the staff's business alone."""
        return not waits or self.id == account_id

    def may(self, permission: str) -> bool:
        """Whether one of the account's roles on this site has the permission."""
        return False


Known = TypeVar("Known", bound=Author)


def may_act(author: Known) -> Known:
    """The author, or Banned if the site has banned them."""
    if author.banned:
        raise Banned(_("You're banned from this site."))
    return author


def may_post(author: Known) -> Known:
    """The author if they may publish posts at all, else Banned."""
    if author.ban_posts:
        raise Banned(_("You have been banned from posting."), code="banned_from_posting")
    return may_act(author)


def may_comment(author: Known) -> Known:
    """The author if they may publish comments at all, else Banned."""
    if author.ban_comments:
        raise Banned(_("You have been banned from commenting."), code="banned_from_commenting")
    return may_act(author)
