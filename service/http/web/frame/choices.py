"""What only pages offer to choose: how they look in a browser."""

from service.forum.choices import TextChoice
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
