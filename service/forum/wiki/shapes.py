"""Pages of a wiki as readers see them: frozen, without a database."""

from datetime import datetime

import msgspec

from service.forum.accounts.shapes import AuthorRow
from service.forum.wiki.choices import Editors


class WikiTitle(msgspec.Struct, frozen=True):
    """A page in the list of a wiki."""

    id: int
    slug: str
    title: str
    edited_at: datetime


class WikiPage(msgspec.Struct, frozen=True):
    """A page of a wiki as it stands."""

    id: int
    community_id: int
    slug: str
    title: str
    body: str
    body_html: str
    edited_at: datetime
    editors: Editors


class Revision(msgspec.Struct, frozen=True):
    """What a page said at some time.

    Attributes:
        author: Who wrote it; None where their account is gone.
    """

    id: int
    title: str
    body: str
    body_html: str
    edited_at: datetime
    author: AuthorRow | None
