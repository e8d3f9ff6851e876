"""Where something is written: a community, and what the author is in it. Asked once by every write.

One statement, and the permissions that follow from it; shared by posts, comments and votes.
"""

from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Integer, and_, bindparam, exists, select
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
from service.storage.statements import Id
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
    row = (await session.execute(_statement(), values)).one_or_none()
    if row is None:
        raise NotFound(_("This community doesn't exist."), code="no_such_community")
    standing = _standing(row, author)
    if not may_see(_facts(author, standing)):
        raise NotFound(_("This community doesn't exist."), code="no_such_community")
    return standing


async def standing_for_post(session: AsyncSession, author: Author, post: Post | None) -> CommunityStanding:
    """Return the community of a post and the author's standing there.

    Raises:
        NotFound: as `load_standing`; and there is no post, or it is not published and somebody else's.
    """
    if post is None:
        raise NotFound
    standing = await load_standing(session, author, post.community_id)
    facts = vars(_facts(author, standing)) | {
        "is_fit": standing.is_fit(nsfw=bool(post.nsfw), nsfl=bool(post.nsfl)),
        "is_published": is_published(post.status, moderates=standing.moderates),
        "is_there": not post.deleted,
        "is_author": post.user_id == author.id,
        "moderates": standing.moderates,
    }
    if not is_out(PostFacts(**facts)):
        raise NotFound
    return standing


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


@cache
def _statement() -> Any:
    account_id: Id = bindparam("account_id", type_=Integer)
    by_home = exists().where(
        InstanceBan.user_id == account_id,
        InstanceBan.instance_id == Community.instance_id,
        in_force(InstanceBan.banned_until),
    )
    membership = and_(CommunityMember.community_id == Community.id, CommunityMember.user_id == account_id)
    return (
        select(
            Community.id,
            Community.name,
            Community.ap_domain,
            Community.instance_id,
            Community.banned,
            Community.private,
            Community.local_only,
            Community.restricted_to_mods,
            Community.nsfw,
            Community.nsfl,
            Community.ai_generated,
            Community.low_quality,
            Community.subscriptions_count,
            Community.downvote_accept_mode,
            CommunityMember.user_id.label("member"),
            CommunityMember.is_moderator,
            CommunityMember.is_owner,
            CommunityMember.is_banned,
            and_(CommunityBan.user_id.is_not(None), in_force(CommunityBan.ban_until)).label("ban"),
            CommunityBan.reason.label("ban_reason"),
            CommunityBan.ban_until,
            by_home.label("ban_there"),
            takes("nsfw").label("takes_nsfw"),
            takes("nsfl").label("takes_nsfl"),
        )
        .outerjoin(CommunityMember, membership)
        .outerjoin(
            CommunityBan,
            and_(CommunityBan.community_id == Community.id, CommunityBan.user_id == account_id),
        )
        .where(Community.id == bindparam("community_id", type_=Integer))
    )


def _standing(row: Any, author: Author) -> CommunityStanding:
    banned = bool(row.ban or row.is_banned or row.ban_there)
    home = row.instance_id or LOCAL_INSTANCE
    return CommunityStanding(
        community_id=row.id,
        name=row.name or "",
        domain=row.ap_domain,
        instance_id=home,
        closed=bool(row.banned),
        private=bool(row.private),
        local_only=bool(row.local_only),
        restricted_to_mods=bool(row.restricted_to_mods),
        nsfw=bool(row.nsfw),
        nsfl=bool(row.nsfl),
        ai_generated=bool(row.ai_generated),
        low_quality=bool(row.low_quality),
        subscribers=row.subscriptions_count or 0,
        downvote_mode=DownvoteMode.stored(row.downvote_accept_mode, DownvoteMode.EVERYBODY),
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


async def check_may_vote(
    session: AsyncSession, author: Author, standing: CommunityStanding, effect: int, *, blocked: bool
) -> None:
    """Raise Forbidden or Banned if the author may not vote so in this community, by the rules of `why_no_vote`.

    Parameters:
        blocked: by whoever wrote the post, comment or poll.
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
        no_downvotes=effect < 0 and not await _may_vote_down(session, author, standing),
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


async def _may_vote_down(session: AsyncSession, author: Author, standing: CommunityStanding) -> bool:
    row = (
        await session.execute(
            select(
                User.attitude,
                User.reputation,
                select(Site.enable_downvotes).limit(1).scalar_subquery().label("enabled"),
                exists().where(Instance.id == User.instance_id, Instance.trusted.is_(True)).label("trusted"),
            ).where(User.id == author.id)
        )
    ).one()
    return row.enabled is not False and may_vote_down(
        standing.downvote_mode,
        attitude=row.attitude or 0.0,
        reputation=row.reputation or 0.0,
        is_member=standing.member,
        is_at_home=standing.instance_id == author.instance_id,
        is_trusted=bool(row.trusted),
    )
