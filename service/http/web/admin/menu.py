"""The pages of the administration, in the groups in which they are shown to those who may open them."""

from collections.abc import Callable

import msgspec

from service.forum.accounts.viewer import Viewer
from service.language import _

May = Callable[[Viewer], bool]


class Item(msgspec.Struct, frozen=True):
    """A page of the administration.

    Attributes:
        icon: A name of the sprite.
        about: What is done there.
        may: Who may open it.
    """

    icon: str
    words: str
    path: str
    about: str
    may: May


def _administers(viewer: Viewer) -> bool:
    return viewer.is_admin


def _federates(viewer: Viewer) -> bool:
    return viewer.may("change instance settings")


def _anybody(viewer: Viewer) -> bool:
    return viewer.runs_the_site


GROUPS: tuple[tuple[str, tuple[Item, ...]], ...] = (
    (
        _("People"),
        (
            Item(
                "person",
                _("Applications"),
                "/admin/approve_registrations",
                _("Who wants an account"),
                lambda viewer: viewer.may("approve registrations"),
            ),
            Item(
                "communities",
                _("Accounts"),
                "/admin/users/",
                _("Search, make, edit, ban, give roles"),
                _administers,
            ),
            Item(
                "shield",
                _("What staff may do"),
                "/admin/permissions",
                _("Permissions of the staff"),
                _administers,
            ),
            Item(
                "bell", _("Newsletter"), "/admin/newsletter", _("Write to all who want to hear"), _administers
            ),
        ),
    ),
    (
        _("Content"),
        (
            Item("flag", _("Reports"), "/reports", _("What people want you to look at"), _anybody),
            Item(
                "communities",
                _("Communities"),
                "/admin/communities",
                _("Where they stand, restore, delete"),
                _administers,
            ),
            Item("list", _("Topics"), "/admin/topics", _("What communities are grouped by"), _administers),
            Item("list", _("Feeds"), "/admin/feeds/", _("Show them to all, take them down"), _administers),
            Item("list", _("Tags"), "/admin/tags/", _("Words that posts carry"), _administers),
            Item("sun", _("Emoji"), "/admin/emoji", _("The site's own, for reactions"), _administers),
            Item(
                "photo", _("Blocked pictures"), "/admin/blocked_images", _("Refused on upload"), _administers
            ),
            Item(
                "link", _("Websites"), "/admin/websites/", _("Banned, watched, with a warning"), _administers
            ),
            Item(
                "lock",
                _("Network addresses"),
                "/admin/addresses/",
                _("From where nobody comes in"),
                _administers,
            ),
        ),
    ),
    (
        _("The site"),
        (
            Item(
                "gear",
                _("Settings"),
                "/admin/site",
                _("Name, texts, announcement, who may register"),
                _administers,
            ),
            Item("sun", _("Appearance"), "/admin/appearance", _("Icon, colour, style sheet"), _administers),
            Item("text", _("Pages"), "/admin/pages", _("Privacy, terms, and your own"), _administers),
            Item("edit", _("Letters"), "/admin/letters", _("What the site's e-mails say"), _administers),
        ),
    ),
    (
        _("Other servers"),
        (
            Item(
                "outward",
                _("Servers"),
                "/admin/instances",
                _("How they are doing, block and allow them"),
                _federates,
            ),
            Item(
                "list",
                _("Federation"),
                "/admin/federation",
                _("Whom the site talks to, lists of the blocked"),
                _federates,
            ),
            Item("undo", _("Given up"), "/admin/parked", _("What failed again and again"), _federates),
        ),
    ),
    (
        _("Records"),
        (
            Item("shield", _("Moderation log"), "/modlog", _("What moderators did"), _anybody),
            Item("shield", _("Audit log"), "/admin/audit/", _("What administrators did"), _administers),
        ),
    ),
)


def menu_for(viewer: Viewer) -> list[tuple[str, list[Item]]]:
    """Return the groups with the pages that the viewer may open."""
    shown = [(words, [item for item in items if item.may(viewer)]) for words, items in GROUPS]
    return [(words, items) for words, items in shown if items]
