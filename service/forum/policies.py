"""What administrators set besides the site's face: words that are refused, registration, records that are kept.

PieFed keeps some of it as columns of the site and some as further settings; here it is one thing.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from service.forum import audit, site
from service.forum.accounts.authority import of_viewer
from service.forum.accounts.viewer import Viewer, administrator
from service.forum.checks import refuse, storable, too_long
from service.forum.errors import Invalid
from service.forum.phrases import LENGTH
from service.forum.site import SITE_ID, change_setting, settings
from service.language import _
from service.storage.tables import Site
from service.text.markdown import render_markdown

# A further setting is stored as JSON in 1,024 characters.
SETTING_LENGTH = 1000
DAYS_MAX = 36_500


class Policies(msgspec.Struct, frozen=True, kw_only=True):
    """What an administrator may set; the names are PieFed's.

    Attributes:
        blocked_phrases: What nobody may write, one a line.
        actor_blocked_words, actor_bio_blocked_words: What no name, and no text about oneself, may contain, one a line.
        announcement: Markdown that stands above the front page.
        content_warning: Markdown that strangers are shown before they see anything; '' for nothing.
        registration_approved_email: What the letter to somebody says who was let in; '' for the usual words.
        public_modlog: Everybody may read what moderators did.
        email_verification: Who registers has to confirm the e-mail address, where the site can send letters.
        captcha_enabled: Who registers has to read letters.
        meme_comms_low_quality: New communities for memes count as of low quality.
        read_posts_cutoff: How many days it is known who read what; 0 for ever.
    """

    blocked_phrases: str = ""
    enable_this_comment_filter: bool = False
    enable_gif_reply_rep_decrease: bool = False
    actor_blocked_words: str = ""
    actor_bio_blocked_words: str = ""
    announcement: str = ""
    content_warning: str = ""
    registration_approved_email: str = ""
    public_modlog: bool = False
    email_verification: bool = True
    captcha_enabled: bool = True
    meme_comms_low_quality: bool = False
    read_posts_cutoff: int = 180


_COLUMNS = ("blocked_phrases", "enable_this_comment_filter", "enable_gif_reply_rep_decrease")
_SETTINGS = tuple(name for name in Policies.__struct_fields__ if name not in _COLUMNS)


async def policies(db: AsyncConnection) -> Policies:
    """Return what is set; what is not, or not as it should be, is as in PieFed."""
    columns = select(*(getattr(Site, name) for name in _COLUMNS)).where(Site.id == SITE_ID)
    row = (await db.execute(columns)).one_or_none()
    stored = dict(zip(_COLUMNS, row or (), strict=False)) | await settings(db, _SETTINGS)
    return Policies(**{name: value for name, value in stored.items() if _fits(name, value)})


async def configure(
    session: AsyncSession, viewer: Viewer, face: Mapping[str, Any], changes: Mapping[str, Any], *, domain: str
) -> None:
    """Change the site's face, as `site.change` does, and its policies, all of it or nothing."""
    await site.change(session, viewer, face, domain=domain)
    await change(session, viewer, changes, domain=domain)
    await audit.note(session, of_viewer(viewer), "site_change", details={"fields": sorted([*face, *changes])})


async def change(session: AsyncSession, viewer: Viewer, changes: Mapping[str, Any], *, domain: str) -> None:
    """Set what is to be different; for administrators.

    Parameters:
        changes: names of `Policies` with their new values.
        domain: this site's.

    Raises:
        NotSignedIn, Forbidden: the viewer is no administrator.
        Invalid: something cannot be set to that.
    """
    administrator(viewer)
    _check(changes)
    columns = {name: value for name, value in changes.items() if name in _COLUMNS}
    if columns:
        await session.execute(update(Site).where(Site.id == SITE_ID).values(**columns))
    further = {name: value for name, value in changes.items() if name in _SETTINGS}
    if "announcement" in further:
        # PieFed shows it from there.
        further["announcement_html"] = render_markdown(further["announcement"], domain=domain)
    for name, value in further.items():
        await change_setting(session, viewer, name, value)


def _check(changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if not _fits(name, value):
            raise Invalid({name: _("This value isn't valid.")})
    limits = {name: LENGTH if name in _COLUMNS else SETTING_LENGTH for name in changes}
    texts = {name: value for name, value in changes.items() if isinstance(value, str)}
    refuse({name: too_long(value, limits[name]) for name, value in texts.items()})


def _fits(name: str, value: Any) -> bool:
    default = Policies.__struct_defaults__[Policies.__struct_fields__.index(name)] if name in _NAMES else None
    if isinstance(value, str):
        return isinstance(default, str) and storable(value)
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    return isinstance(value, int) and isinstance(default, int) and 0 <= value <= DAYS_MAX


_NAMES = frozenset(Policies.__struct_fields__)
