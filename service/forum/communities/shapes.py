"""What a community looks like to a reader: frozen, without a database."""

from datetime import datetime

import msgspec

from service.forum.accounts.shapes import AuthorRow
from service.forum.communities.choices import DownvoteMode, Joining
from service.forum.flairs.shapes import FlairRow


class CommunityRow(msgspec.Struct, frozen=True, gc=False):
    """The community beside a post or comment: what a card and the API's short form need.

    Attributes:
        name: The bare name, without a domain.
        actor_id: The public address of the community; '' where an old row has none.
        deleted: Closed for good (PieFed's column is called `banned`).
        hidden: Kept out of the feed "All".
        downvote_accept_mode: Who may vote down: a `DownvoteMode`.
    """

    id: int
    name: str
    title: str
    icon_url: str | None
    actor_id: str
    local: bool
    domain: str | None
    instance_id: int
    nsfw: bool
    nsfl: bool
    restricted_to_mods: bool
    deleted: bool
    hidden: bool
    private: bool
    local_only: bool
    low_quality: bool
    question_answer: bool
    ai_generated: bool
    downvote_accept_mode: int
    created_at: datetime

    @property
    def takes_downvotes(self) -> bool:
        """Whether anybody may vote down at all."""
        return self.downvote_accept_mode != DownvoteMode.NOBODY


class CommunityMine(msgspec.Struct, frozen=True, gc=False):
    """What a community is to the viewer. For an anonymous one everything is false.

    Attributes:
        pending: The viewer asked to join and waits.
        blocked: The viewer does not want to see it.
        notify: The viewer asked to hear of new posts.
    """

    member: bool = False
    pending: bool = False
    moderator: bool = False
    owner: bool = False
    banned: bool = False
    blocked: bool = False
    notify: bool = False


NOT_MINE = CommunityMine()


class CommunityDetail(msgspec.Struct, frozen=True):
    """A community with its texts and figures.

    Attributes:
        profile_id: The unique identifier (lower case for local communities).
        subscribers: Members on this site; `total_subscribers`: anywhere.
        active_day, active_week, active_month, active_half_year: People who were active in it in that time.
        new_mods_wanted: The moderators look for company.
        invitations: A `Joining`.
        flairs: The labels that it offers for posts.
    """

    community: CommunityRow
    profile_id: str
    description: str
    description_html: str
    rules: str
    posting_warning: str | None
    banner_url: str | None
    subscribers: int
    total_subscribers: int
    post_count: int
    comment_count: int
    active_day: int
    active_week: int
    active_month: int
    active_half_year: int
    last_active: datetime
    new_mods_wanted: bool
    invitations: int
    topic_id: int | None
    flairs: tuple[FlairRow, ...]
    mine: CommunityMine = NOT_MINE


class CommunitySettings(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever runs a community can set. A field here is a field of its forms: a text, a switch, or a choice.

    Attributes:
        invitations: One of `choices.JOINING_HERE`.
        downvote_accept_mode: A `DownvoteMode`.
        language_ids: Languages that may be posted in; the undetermined one always may.
        icon_id, banner_id: Files that whoever sets them uploaded.
    """

    title: str = ""
    description: str = ""
    rules: str = ""
    posting_warning: str = ""
    nsfw: bool = False
    local_only: bool = False
    private: bool = False
    restricted_to_mods: bool = False
    question_answer: bool = False
    ai_generated: bool = False
    new_mods_wanted: bool = False
    invitations: int = Joining.ANYBODY
    downvote_accept_mode: int = DownvoteMode.EVERYBODY
    language_ids: tuple[int, ...] = ()
    icon_id: int | None = None
    banner_id: int | None = None


class Moderator(msgspec.Struct, frozen=True):
    """A moderator of a community; `owner` if the community is theirs."""

    person: AuthorRow
    owner: bool


class CommunityHead(msgspec.Struct, frozen=True):
    """What stands above and beside the posts of a community."""

    detail: CommunityDetail
    moderators: list[Moderator]
    language_ids: tuple[int, ...]


class CommunityPage(msgspec.Struct, frozen=True):
    """A page of communities.

    Attributes:
        has_more: Whether there is a following page.
    """

    communities: list[CommunityDetail]
    has_more: bool


class MemberBan(msgspec.Struct, frozen=True):
    """A person banned from a community.

    Attributes:
        banned_by: None where their account is gone.
        until: None for ever; a ban that has run out stays on the list.
    """

    person: AuthorRow
    banned_by: AuthorRow | None
    reason: str
    created_at: datetime | None
    until: datetime | None


class BanPage(msgspec.Struct, frozen=True):
    """A page of the bans from a community, the latest first.

    Attributes:
        has_more: Whether there is a following page.
    """

    community: CommunityDetail
    bans: list[MemberBan]
    has_more: bool


class Member(msgspec.Struct, frozen=True):
    """Somebody who belongs to a community.

    Attributes:
        moderator: They moderate it, or own it.
        since: None where an old row does not say.
    """

    person: AuthorRow
    moderator: bool
    since: datetime | None


class OwnBan(msgspec.Struct, frozen=True):
    """Why somebody may not write somewhere, as they are told.

    Attributes:
        reason: '' where none was given.
        until: None for ever.
    """

    reason: str
    until: datetime | None


class InvitationByLetter(msgspec.Struct, frozen=True):
    """What the letter of an invitation says: the community's name and title, and who invites."""

    token: str
    name: str
    title: str
    inviter: str


class Invitation(msgspec.Struct, frozen=True):
    """An invitation that waits for an answer.

    Attributes:
        person: None where it went to an e-mail address.
        inviter: None where their account is gone.
    """

    id: int
    token: str
    community: CommunityRow
    person: AuthorRow | None
    inviter: AuthorRow | None
    created_at: datetime
