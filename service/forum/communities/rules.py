"""What a community's name, texts and settings may be, and who may do what in it. Pure."""

import re
from datetime import datetime
from typing import Literal

from service.forum.accounts.author import Author
from service.forum.accounts.reserved import BESIDE_COMMUNITIES, is_office, is_technical
from service.forum.accounts.viewer import Viewer
from service.forum.checks import refuse, too_long
from service.forum.communities.choices import JOINING_HERE, DownvoteMode, Joining
from service.language import _

NAME_LENGTH = (3, 50)
TITLE_LENGTH = 256
DESCRIPTION_LENGTH = 10_000
RULES_LENGTH = 10_000
WARNING_LENGTH = 512
REASON_LENGTH = 256

# Below these PieFed takes nobody's downvotes: who mostly votes down, and whom others mostly voted down.
ATTITUDE_MIN, REPUTATION_MIN = 0.0, -10.0

_NAME = re.compile(r"[a-z0-9_]+")

# Why somebody's vote does not count.
NoVote = Literal["banned", "bot", "closed", "local only", "blocked", "no downvotes"]

# What a moderator does to a person, in the words of the mod log.
PersonAction = Literal["add_mod", "remove_mod", "ban_user", "unban_user"]


def why_no_vote(
    *, banned: bool, bot: bool, closed: bool, kept_in: bool, blocked: bool, no_downvotes: bool
) -> NoVote | None:
    """Return why a vote does not count, of several reasons the first; taking one back is always allowed.

    The rules are PieFed's: no votes by bots, and a downvote also needs the site's and the community's leave and an
    account that is not known for voting everything down. Nobody votes on what somebody wrote who blocked them.

    Parameters:
        banned: the voter is, from the site or the community.
        closed: the community is.
        kept_in: the community is for members of its own site, and the voter is of another one.
        blocked: by the author, or their server is.
        no_downvotes: it is a downvote, and they are not taken from the voter.
    """
    reasons: tuple[tuple[bool, NoVote], ...] = (
        (banned, "banned"),
        (bot, "bot"),
        (closed, "closed"),
        (kept_in, "local only"),
        (blocked, "blocked"),
        (no_downvotes, "no downvotes"),
    )
    return next((reason for holds, reason in reasons if holds), None)


def may_vote_down(
    mode: int, *, attitude: float, reputation: float, is_member: bool, is_at_home: bool, is_trusted: bool
) -> bool:
    """Whether somebody may vote down in a community whose site allows it at all.

    Parameters:
        mode: a `DownvoteMode`, or what else is stored, which lets everybody.
        attitude, reputation: the voter's.
        is_at_home: the voter's site is the community's.
        is_trusted: the voter's site is a trusted one.
    """
    if attitude < ATTITUDE_MIN or reputation < REPUTATION_MIN:
        return False
    by_mode: dict[int, bool] = {
        DownvoteMode.NOBODY: False,
        DownvoteMode.MEMBERS: is_member,
        DownvoteMode.THIS_SITE: is_at_home,
        DownvoteMode.TRUSTED_SITES: is_trusted or is_at_home,
    }
    return by_mode.get(mode, True)


def tidy_name(name: str) -> str:
    """The name as it is stored: lower case, without space or the `/c/` or `!` that people paste before it."""
    return name.strip().lower().removeprefix("/c/").removeprefix("!")


def actor_url(domain: str, name: str) -> str:
    """The identifier of a local community, unique whatever the case of its name."""
    return f"https://{domain}/c/{name.lower()}"


def problem_with_name(name: str, *, offices: bool = False) -> str | None:
    """What is wrong with a tidy name of a community or a feed, in a sentence.

    Parameters:
        offices: let it be one that speaks for the site, such as `help`; administrators may make those.
    """
    shortest, longest = NAME_LENGTH
    if not shortest <= len(name) <= longest:
        return _("Use %(shortest)s to %(longest)s characters.", shortest=shortest, longest=longest)
    if not _NAME.fullmatch(name):
        return _("Use only the letters a to z, digits and underscores.")
    if name in BESIDE_COMMUNITIES or is_technical(name) or (is_office(name) and not offices):
        return _("This name can't be used because it could be mistaken for the site itself.")
    return None


def check_texts(title: str | None, description: str | None, rules: str | None, warning: str | None) -> None:
    """Raise Invalid with all that is wrong with the texts of a community; None is a text that does not change."""
    refuse(
        {
            "title": _("Enter a title.") if title == "" else too_long(title, TITLE_LENGTH),
            "description": too_long(description, DESCRIPTION_LENGTH),
            "rules": too_long(rules, RULES_LENGTH),
            "posting_warning": too_long(warning, WARNING_LENGTH),
        }
    )


def check_joining(way: int) -> None:
    """Raise Invalid unless a community here can be joined in that way."""
    refuse({"invitations": None if way in JOINING_HERE else _("Choose who can join.")})


def words_of_ban(reason: str, until: datetime | None) -> str:
    """What somebody is told who is banned from a community.

    Parameters:
        until: naive UTC; None for ever.
    """
    if until is None:
        if not reason:
            return _("You're banned from this community.")
        return _("You're banned from this community. Reason: %(reason)s", reason=reason)
    end = f"{until:%Y-%m-%d %H:%M}"
    if not reason:
        return _("You're banned from this community until %(end)s UTC.", end=end)
    return _(
        "You're banned from this community until %(end)s UTC. Reason: %(reason)s", end=end, reason=reason
    )


def may_moderate(author: Author, *, is_moderator: bool) -> bool:
    """Whether the author may remove, lock, pin and ban in a community."""
    return is_moderator or author.runs_the_site


def may_invite(joining: Joining, *, is_member: bool, is_moderator: bool, is_owner: bool) -> bool:
    """Whether somebody may invite people into a community that is joined in that way."""
    by_way = {Joining.BY_MODERATOR: is_moderator, Joining.BY_OWNER: is_owner}
    return by_way.get(joining, is_member or is_moderator)


def may_create(viewer: Viewer, *, administrators_only: bool) -> bool:
    """Whether the viewer may make communities, given the site's setting."""
    return viewer.is_admin or not administrators_only
