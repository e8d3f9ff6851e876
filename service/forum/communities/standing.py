"""Where something is written: a community, and what the author is in it. Asked once by every write.

One statement, and the permissions that follow from it; shared by posts, comments and votes.
"""

from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Integer, and_, bindparam, exists, outerjoin, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts.author import LOCAL_INSTANCE, Author, may_act
from service.forum.bans import in_force
from service.forum.communities.choices import DownvoteMode
from service.forum.communities.rules import (
    NoVote,
    may_moderate,
    may_vote_down,
    why_no_vote,
    words_of_ban,
)
from service.forum.errors import Banned, Forbidden, Invalid, NotFound
from service.forum.posts.rules import Flags, is_published
from service.forum.provenance import Provenance
from service.forum.visibility import KINDS, CommunityFacts, Kind, PostFacts, is_out, may_see, takes
from service.language import _
from service.storage.statements import Id, literal_limit
from service.storage.tables import (
    Community,
    CommunityBan,
    CommunityMember,
    Instance,
    InstanceBan,
    Post,
    Site,
    User,
)


class CommunityStanding(msgspec.Struct, frozen=True, kw_only=True):
    """A community, and what the author is in it.

    Attributes:
        ban_reason, banned_until: Of a ban, as far as it is known here; naive UTC, None for ever.
    """

    community_id: int
    name: str
    domain: str | None
    instance_id: int
    closed: bool
    private: bool
    local_only: bool
    restricted_to_mods: bool
    nsfw: bool
    nsfl: bool
    ai_generated: bool
    low_quality: bool
    subscribers: int
    downvote_mode: DownvoteMode
    takes_nsfw: bool
    takes_nsfl: bool
    member: bool
    moderates: bool
    owns: bool
    banned: bool
    ban_reason: str
    banned_until: datetime | None

    @property
    def local(self) -> bool:
        """Whether it is a community of this site."""
        return self.instance_id == LOCAL_INSTANCE

    @property
    def flags(self) -> Flags:
        """What everything in it warns of."""
        return Flags(self.nsfw, self.nsfl, self.ai_generated)

    def is_fit(self, *, nsfw: bool = False, nsfl: bool = False) -> bool:
        """Whether the site takes what is in it, or a post in it that warns of this."""
        return (self.takes_nsfw or not (self.nsfw or nsfw)) and (self.takes_nsfl or not (self.nsfl or nsfl))

    @property
    def link(self) -> str:
        """The name in addresses: bare for a local community, `name@host` for another."""
        return (
            self.name
            if self.instance_id == LOCAL_INSTANCE or not self.domain
            else f"{self.name}@{self.domain}"
        )


async def load_standing(session: AsyncSession, author: Author, community_id: int | None) -> CommunityStanding:
    """Return a community and the author's standing.

    Raises:
        NotFound: there is none, or it is private and the author is no member, or deleted and not theirs to restore.
    """
    values = {"account_id": author.id, "community_id": community_id}
    return standing_of((await session.execute(_statement(), values)).one_or_none(), author)


async def standing_for_post(session: AsyncSession, author: Author, post: Post | None) -> CommunityStanding:
    """Return the community of a post and the author's standing there.

    Raises:
        NotFound: as `load_standing`; and there is no post, or it is not published and somebody else's.
    """
    if post is None:
        raise NotFound
    standing = await load_standing(session, author, post.community_id)
    check_is_out(author, standing, post)
    return standing


def standing_of(row: Any, author: Author) -> CommunityStanding:
    """Return what a row of STANDING says of an author's standing; raises as `load_standing`.

    Parameters:
        row: None where there is no such community.
    """
    if row is not None:
        standing = _standing(row, author)
        if may_see(_facts(author, standing)):
            return standing
    raise NotFound(_("This community doesn't exist."), code="no_such_community")


def check_is_out(author: Author, standing: CommunityStanding, post: Any) -> None:
    """Raise NotFound if a post is not published, and somebody else's.

    Parameters:
        post: a Post, or a row of its columns that are read here.
    """
    facts = vars(_facts(author, standing)) | {
        "is_fit": standing.is_fit(nsfw=bool(post.nsfw), nsfl=bool(post.nsfl)),
        "is_published": is_published(post.status, moderates=standing.moderates),
        "is_there": not post.deleted,
        "is_author": post.user_id == author.id,
        "moderates": standing.moderates,
    }
    if not is_out(PostFacts(**facts)):
        raise NotFound


def _facts(author: Author, standing: CommunityStanding) -> CommunityFacts:
    return CommunityFacts(
        runs_the_site=author.runs_the_site,
        community_is_there=not standing.closed,
        is_open=not standing.private,
        # Who of other servers are members of another server's community, that server knows.
        is_member=standing.member or not (author.local or standing.local),
        is_owner=standing.owns,
        is_fit=standing.is_fit(),
    )


ACCOUNT_ID: Id = bindparam("account_id", type_=Integer)

_BANNED_BY_HOME = exists().where(
    InstanceBan.user_id == ACCOUNT_ID,
    InstanceBan.instance_id == Community.instance_id,
    in_force(InstanceBan.banned_until),
)
# What has to be known of a community and of an account in it; needs `with_standing`.
STANDING = [
    Community.id.label("place_id"),
    Community.name.label("place_name"),
    Community.ap_domain.label("place_domain"),
    Community.instance_id.label("place_instance_id"),
    Community.banned.label("place_banned"),
    Community.private.label("place_private"),
    Community.local_only.label("place_local_only"),
    Community.restricted_to_mods.label("place_restricted_to_mods"),
    Community.nsfw.label("place_nsfw"),
    Community.nsfl.label("place_nsfl"),
    Community.ai_generated.label("place_ai_generated"),
    Community.low_quality.label("place_low_quality"),
    Community.subscriptions_count.label("place_subscribers"),
    Community.downvote_accept_mode.label("place_downvote_mode"),
    CommunityMember.user_id.label("member"),
    CommunityMember.is_moderator.label("is_moderator"),
    CommunityMember.is_owner.label("is_owner"),
    CommunityMember.is_banned.label("member_banned"),
    and_(CommunityBan.user_id.is_not(None), in_force(CommunityBan.ban_until)).label("ban"),
    CommunityBan.reason.label("ban_reason"),
    CommunityBan.ban_until.label("ban_until"),
    _BANNED_BY_HOME.label("ban_there"),
    takes("nsfw").label("takes_nsfw"),
    takes("nsfl").label("takes_nsfl"),
]


def with_standing(source: Any) -> Any:
    """Join what the account of the parameter `account_id` is in `Community`, which the source has."""
    membership = and_(CommunityMember.community_id == Community.id, CommunityMember.user_id == ACCOUNT_ID)
    ban = and_(CommunityBan.community_id == Community.id, CommunityBan.user_id == ACCOUNT_ID)
    return outerjoin(outerjoin(source, CommunityMember, membership), CommunityBan, ban)


@cache
def _statement() -> Any:
    wanted = Community.id == bindparam("community_id", type_=Integer)
    return select(*STANDING).select_from(with_standing(Community)).where(wanted)


def _standing(row: Any, author: Author) -> CommunityStanding:
    banned = bool(row.ban or row.member_banned or row.ban_there)
    home = row.place_instance_id or LOCAL_INSTANCE
    return CommunityStanding(
        community_id=row.place_id,
        name=row.place_name or "",
        domain=row.place_domain,
        instance_id=home,
        closed=bool(row.place_banned),
        private=bool(row.place_private),
        local_only=bool(row.place_local_only),
        restricted_to_mods=bool(row.place_restricted_to_mods),
        nsfw=bool(row.place_nsfw),
        nsfl=bool(row.place_nsfl),
        ai_generated=bool(row.place_ai_generated),
        low_quality=bool(row.place_low_quality),
        subscribers=row.place_subscribers or 0,
        downvote_mode=DownvoteMode.stored(row.place_downvote_mode, DownvoteMode.EVERYBODY),
        takes_nsfw=bool(row.takes_nsfw),
        takes_nsfl=bool(row.takes_nsfl),
        member=row.member is not None and not banned,
        moderates=not banned and (bool(row.is_moderator or row.is_owner) or author.runs_site_of(home)),
        owns=bool(row.is_owner),
        banned=banned,
        ban_reason=(row.ban_reason or "") if row.ban else "",
        banned_until=row.ban_until if row.ban else None,
    )


def check_may_contribute(
    author: Author, standing: CommunityStanding, *, starting: bool, let_in: bool = False
) -> None:
    """Raise Forbidden or Banned if the author may not write here.

    Parameters:
        starting: a post; a comment is also taken where only moderators start posts.
        let_in: the community's own server has taken it already.
    """
    if standing.closed:
        raise Forbidden(_("This community has been closed."), code="community_closed")
    if standing.local_only and not author.local:
        raise Forbidden(_("Only people on this community's own site can take part in it."), code="local_only")
    if standing.moderates or author.runs_the_site:
        return
    if standing.banned:
        raise banned_from(standing)
    if starting and standing.restricted_to_mods and not let_in:
        raise Forbidden(_("Only moderators can post in this community."), code="only_mods_can_post")


def banned_from(standing: CommunityStanding) -> Banned:
    """The refusal of somebody who is banned from a community, with the reason and the end."""
    words = words_of_ban(standing.ban_reason, standing.banned_until)
    return Banned(words, code="banned_from_community")


def was_let_in(standing: CommunityStanding, provenance: Provenance | None) -> bool:
    """Whether the server of another site's community has taken something; who moderates there, it knows better."""
    return provenance is not None and provenance.announce_id is not None and not standing.local


async def refuse_unfit(
    session: AsyncSession, *, nsfw: bool | None = False, nsfl: bool | None = False, field: str = ""
) -> None:
    """Raise Invalid if something is of a kind that the site does not take.

    Parameters:
        field: the input at fault, unless it has the kind's name.
    """
    warned: dict[Kind, bool | None] = {"nsfw": nsfw, "nsfl": nsfl}
    if not any(warned.values()):
        return
    taken = (await session.execute(select(*(takes(kind) for kind in KINDS)))).one()
    for kind, is_taken in zip(KINDS, taken, strict=True):
        if warned[kind] and not is_taken:
            raise Invalid({field or kind: _UNFIT[kind]}, code=f"{kind}_not_allowed")


_UNFIT: dict[Kind, str] = {
    "nsfw": _("This site doesn't allow NSFW content."),
    "nsfl": _("This site doesn't allow graphic content."),
}


def check_may_moderate(author: Author, standing: CommunityStanding, *, home: int | None = None) -> None:
    """Raise Forbidden if the author does not moderate this community.

    Parameters:
        home: the instance of what is to be moderated, whose administrators may do it as well; a ban of a community's
            takes the right away from them.
    """
    by_home = author.runs_site_of(home) and not standing.banned
    if not (by_home or may_moderate(author, is_moderator=standing.moderates)):
        raise Forbidden(_("Only moderators can do that."), code="not_a_mod")


def check_may_vote(
    author: Author, standing: CommunityStanding, effect: int, *, blocked: bool, judged: Any = None
) -> None:
    """Raise Forbidden or Banned if the author may not vote so in this community, by the rules of `why_no_vote`.

    Parameters:
        blocked: by whoever wrote the post, comment or poll.
        judged: a row of JUDGED, for a vote down.
    """
    if effect == 0:
        return
    may_act(author)
    refusal = why_no_vote(
        banned=standing.banned,
        bot=author.bot,
        closed=standing.closed,
        kept_in=standing.local_only and not author.local,
        blocked=blocked,
        no_downvotes=effect < 0 and not _may_vote_down(author, standing, judged),
    )
    if refusal == "banned":
        raise banned_from(standing)
    if refusal is not None:
        words, code = _NO_VOTE[refusal]
        raise Forbidden(words, code=code)


_NO_VOTE: dict[NoVote, tuple[str, str]] = {
    "bot": (_("Bots can't vote."), "bots_do_not_vote"),
    "closed": (_("This community has been closed."), "community_closed"),
    "local only": (_("Only people on this community's own site can take part in it."), "local_only"),
    "blocked": (_("You can't vote on what this person posts."), "blocked"),
    "no downvotes": (_("Downvotes aren't allowed here."), "downvotes_disabled"),
}


# What decides whether an account, the `User` of a statement, may vote down.
JUDGED = [
    User.attitude.label("attitude"),
    User.reputation.label("reputation"),
    select(Site.enable_downvotes).limit(literal_limit(1)).scalar_subquery().label("takes_downvotes"),
    exists().where(Instance.id == User.instance_id, Instance.trusted.is_(True)).label("is_trusted"),
]


def _may_vote_down(author: Author, standing: CommunityStanding, judged: Any) -> bool:
    return judged.takes_downvotes is not False and may_vote_down(
        standing.downvote_mode,
        attitude=judged.attitude or 0.0,
        reputation=judged.reputation or 0.0,
        is_member=standing.member,
        is_at_home=standing.instance_id == author.instance_id,
        is_trusted=bool(judged.is_trusted),
    )
