"""A person as readers see one beside what they wrote: frozen, without a database."""

from datetime import datetime

import msgspec


class AuthorRow(msgspec.Struct, frozen=True, gc=False):
    """The person beside a post or comment.

    Attributes:
        name: The bare name, without a domain.
        title: The display name; None when none was chosen.
        actor_id: The public address of the person; '' where an old row has none.
        domain: The host the account lives on; None for old local rows.
    """

    id: int
    name: str
    title: str | None
    avatar_url: str | None
    actor_id: str
    local: bool
    domain: str | None
    instance_id: int
    bot: bool
    deleted: bool
    banned: bool
    is_admin: bool
    created_at: datetime
