"""How pages look to somebody: what can be chosen, and the words by which a row and a browser's cookie keep it. Pure."""

from functools import lru_cache
from typing import Any, Self

import msgspec

from service.forum.choices import TextChoice
from service.language import _

WORDS_LENGTH = 80
BETWEEN = "."


class Theme(TextChoice):
    """The colours of what stands on pages, and of what is behind it."""

    SYSTEM = "", _("Same as system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")
    BLACK = "black", _("Black")
    CONTRAST_LIGHT = "contrast-light", _("High contrast, light")
    CONTRAST_DARK = "contrast-dark", _("High contrast, dark")


class Accent(TextChoice):
    """The colour of links and buttons."""

    SITE = "", _("The site's colour")
    TEAL = "teal", _("Teal")
    BLUE = "blue", _("Blue")
    GREEN = "green", _("Green")
    VIOLET = "violet", _("Violet")
    ROSE = "rose", _("Rose")
    ORANGE = "orange", _("Orange")
    GRAPHITE = "graphite", _("Graphite")


class Lists(TextChoice):
    """How a post stands in a list."""

    CARDS = "", _("Cards")
    ROWS = "rows", _("Compact rows")
    LARGE = "large", _("Large images")


class Letters(TextChoice):
    """What texts are written in."""

    USUAL = "", _("Same as my device")
    ATKINSON = "atkinson", "Atkinson Hyperlegible"
    WIDE = "wide", _("Same as my device, with wider spacing")


class Images(TextChoice):
    """When images are loaded."""

    SHOWN = "", _("With the page")
    ASKED_FOR = "asked", _("Only when I ask for them")


class Look(msgspec.Struct, frozen=True):
    """All that somebody has chosen; without a choice each is as it usually is."""

    theme: Theme = Theme.SYSTEM
    accent: Accent = Accent.SITE
    lists: Lists = Lists.CARDS
    letters: Letters = Letters.USUAL
    images: Images = Images.SHOWN

    @property
    def words(self) -> str:
        """The choices that are not the usual ones, as they are kept."""
        chosen = (str(getattr(self, name)) for name in self.__struct_fields__)
        return BETWEEN.join(word for word in chosen if word)

    @classmethod
    @lru_cache(1024)
    def of(cls, words: str) -> Self:
        """Return what kept words mean; what is no word of ours means nothing."""
        return cls(
            **{name: choice for word in words[:WORDS_LENGTH].split(BETWEEN) for name, choice in _meant(word)}
        )


TABLES: dict[str, type[TextChoice]] = {field.name: field.type for field in msgspec.structs.fields(Look)}


def _meant(word: str) -> list[tuple[str, Any]]:
    """The field and its value that a word stands for: no two tables have one in common."""
    found = [(name, table.stored(word, None)) for name, table in TABLES.items()] if word else []
    return [(name, choice) for name, choice in found if choice is not None]
