"""What a page of a wiki may say, and who may edit it. Pure."""

import re

from service.forum.checks import refuse, too_long
from service.forum.wiki.choices import Editors
from service.language import _

TITLE_LENGTH = 255
SLUG_LENGTH = 100
BODY_LENGTH = 100_000
PAGES_MAX = 200
# Words that stand in the addresses of wikis.
_TAKEN = frozenset({"add", "edit", "history"})
_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")

# Whom PieFed trusts: who has been here for a week, or is well thought of.
LONG_STANDING_DAYS, WELL_THOUGHT_OF = 7, 100.0


def check_page(title: str, slug: str, body: str) -> None:
    """Raise Invalid with all that is wrong with a page."""
    refuse(
        {
            "title": _("Enter a title.") if not title else too_long(title, TITLE_LENGTH),
            "slug": _problem_with_slug(slug),
            "body": _("Enter some text.") if not body.strip() else too_long(body, BODY_LENGTH),
        }
    )


def slug_of(title: str) -> str:
    """Return the words of a title as they stand in an address; '' where it has no letters that could."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join(words)[:SLUG_LENGTH].strip("-")


def may_edit(
    editors: Editors, *, signed_in: bool, is_banned: bool, is_member: bool, is_trusted: bool, moderates: bool
) -> bool:
    """Whether somebody may edit a page."""
    if moderates:
        return True
    if not signed_in or is_banned:
        return False
    trusted = is_member and is_trusted
    by_choice = {Editors.TRUSTED: trusted, Editors.MEMBERS: is_member, Editors.EVERYBODY: True}
    return by_choice.get(editors, False)


def _problem_with_slug(slug: str) -> str | None:
    if not _SLUG.fullmatch(slug):
        return _("Use lowercase letters, digits and hyphens, such as house-rules.")
    if slug in _TAKEN:
        return _("This address is reserved. Choose a different one.")
    return too_long(slug, SLUG_LENGTH)
