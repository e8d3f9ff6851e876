"""Pieces that stand on a page a hundred times: made by their template once for each way they look, and then filled in.

A macro gets a look, which says what is there, and texts, which are marks. What it makes of them is a stamp; for each
thing of that look its own texts are put where the marks are. So the HTML stands in the template alone, and a thing
costs what its texts cost.
"""

import re
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from service.http.web.frame.rendering import render_part
from service.language.sentences import spoken

LOOKS = 2048  # that are kept, in all languages
MARK = re.compile("\x02(\\w+)\x03")


class _Marks:
    """Has a mark for whichever text a template asks for."""

    def __getattr__(self, name: str) -> Markup:
        return Markup(f"\x02{name}\x03")  # noqa: S704 - a mark


def stamped(template: str, macro: str, look: Any, texts: dict[str, str]) -> str:
    """Return what a macro makes of a thing.

    Parameters:
        template, macro: what makes it, of a look and texts.
        look: hashable; all that the macro asks about.
        texts: as HTML, by the names under which the macro puts them.
    """
    return _stamp(template, macro, look, spoken().code) % texts


@lru_cache(LOOKS)
def _stamp(template: str, macro: str, look: Any, _language: str) -> str:
    return MARK.sub(r"%(\1)s", render_part(template, macro, look, _Marks()).replace("%", "%%"))
