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
                _("Approve or reject sign-ups"),
                lambda viewer: viewer.may("approve registrations"),
            ),
            Item(
                "communities",
                _("Accounts"),
                "/admin/users/",
                _("Search, create, edit and ban accounts, assign roles"),
                _administers,
            ),
            Item(
                "shield",
                _("Staff permissions"),
                "/admin/permissions",
                _("Choose what staff can do"),
                _administers,
            ),
            Item(
                "bell", _("Newsletter"), "/admin/newsletter", _("Send an email to subscribers"), _administers
            ),
        ),
    ),
    (
        _("Content"),
        (
            Item("flag", _("Reports"), "/reports", _("Review reported content"), _anybody),
            Item(
                "communities",
                _("Communities"),
                "/admin/communities",
                _("Change placement, restore, delete"),
                _administers,
            ),
            Item("list", _("Topics"), "/admin/topics", _("Group communities by subject"), _administers),
            Item("list", _("Feeds"), "/admin/feeds/", _("Feature or remove feeds"), _administers),
            Item("list", _("Tags"), "/admin/tags/", _("Review and ban tags"), _administers),
            Item("sun", _("Emoji"), "/admin/emoji", _("Add custom emoji for reactions"), _administers),
            Item(
                "photo",
                _("Blocked images"),
                "/admin/blocked_images",
                _("Images rejected on upload"),
                _administers,
            ),
            Item(
                "link",
                _("Websites"),
                "/admin/websites/",
                _("Ban or watch websites, add warnings"),
                _administers,
            ),
            Item(
                "lock",
                _("IP addresses"),
                "/admin/addresses/",
                _("Ban IP addresses"),
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
                _("Name, texts, announcement, sign-ups"),
                _administers,
            ),
            Item("sun", _("Appearance"), "/admin/appearance", _("Icon, colour, custom CSS"), _administers),
            Item(
                "text", _("Pages"), "/admin/pages", _("Privacy policy, terms and custom pages"), _administers
            ),
            Item(
                "edit", _("Emails"), "/admin/letters", _("Edit the emails that the site sends"), _administers
            ),
        ),
    ),
    (
        _("Other servers"),
        (
            Item(
                "outward",
                _("Servers"),
                "/admin/instances",
                _("Check their status, block or allow them"),
                _federates,
            ),
            Item(
                "list",
                _("Federation"),
                "/admin/federation",
                _("Federation mode and blocklists"),
                _federates,
            ),
            Item("undo", _("Failed permanently"), "/admin/parked", _("Tasks that kept failing"), _federates),
        ),
    ),
    (
        _("Logs"),
        (
            Item("shield", _("Moderation log"), "/modlog", _("Actions by moderators"), _anybody),
            Item("shield", _("Audit log"), "/admin/audit/", _("Actions by administrators"), _administers),
        ),
    ),
)


def menu_for(viewer: Viewer) -> list[tuple[str, list[Item]]]:
    """Return the groups with the pages that the viewer may open."""
    shown = [(words, [item for item in items if item.may(viewer)]) for words, items in GROUPS]
    return [(words, items) for words, items in shown if items]
