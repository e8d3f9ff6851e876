"""The tables of choices that forms are made of, by the names that templates know them by, and what only pages offer."""

from typing import Any

from service.forum.accounts.choices import (
    AIVisibility,
    FilterAction,
    MessageAcceptance,
    RegistrationMode,
    Visibility,
)
from service.forum.choices import TextChoice
from service.forum.comments.choices import COMMENT_SORT_MENU
from service.forum.communities.choices import JOINING_HERE, DownvoteMode
from service.forum.feeds.choices import DEFAULT_SORTS, FRONT_PAGES, FRONT_PAGES_FOR_STRANGERS
from service.forum.instances.choices import Change, Mode
from service.forum.wiki.choices import Editors
from service.language import _


class Theme(TextChoice):
    """The colours of pages, as a browser's cookie keeps them."""

    SYSTEM = "", _("Same as system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(TextChoice):
    """How close the lines of lists stand, as a browser's cookie keeps it."""

    USUAL = "", _("Comfortable")
    COMPACT = "compact", _("Compact")


TABLES: dict[str, Any] = {
    "AIVisibility": AIVisibility,
    "COMMENT_SORT_MENU": COMMENT_SORT_MENU,
    "DEFAULT_SORTS": DEFAULT_SORTS,
    "Density": Density,
    "DownvoteMode": DownvoteMode,
    "Editors": Editors,
    "FRONT_PAGES": FRONT_PAGES,
    "FRONT_PAGES_FOR_STRANGERS": FRONT_PAGES_FOR_STRANGERS,
    "FilterAction": FilterAction,
    "InstanceChange": Change,
    "JOINING_HERE": JOINING_HERE,
    "MessageAcceptance": MessageAcceptance,
    "Mode": Mode,
    "RegistrationMode": RegistrationMode,
    "Theme": Theme,
    "Visibility": Visibility,
}
