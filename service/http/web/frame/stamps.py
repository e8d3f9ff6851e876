"""Pieces that stand on a page a hundred times: made by their template once for each way they look, and then filled in.

A macro gets a look, which says what is there, and texts, which are marks. What it makes of them is a stamp; for each
thing of that look its own texts are put where the marks are. So the HTML stands in the template alone, and a thing
costs what its texts cost.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from markupsafe import Markup

from service.language.sentences import spoken

LOOKS = 2048  # that are kept, in all languages
MARK = re.compile("\x02(\\w+)\x03")

Macro = Callable[[Any, Any], str]


class _Marks:
    """Has a mark for whichever text a template asks for."""

    def __getattr__(self, name: str) -> Markup:
        return Markup(f"\x02{name}\x03")  # noqa: S704 - a mark


_MARKS = _Marks()
_stamps: OrderedDict[Hashable, str] = OrderedDict()


def stamped(look: Any, macro: Macro, name: str, texts: dict[str, str]) -> Markup:
    """Return what a macro makes of a thing.

    Parameters:
        look: hashable; all that the macro asks about.
        macro: what makes it, of a look and texts.
        name: which macro that is.
        texts: as HTML, by the names under which the macro puts them.
    """
    key = (name, spoken().code, look)
    stamp = _stamps.get(key)
    if stamp is None:
        stamp = MARK.sub(r"%(\1)s", str(macro(look, _MARKS)).replace("%", "%%"))
        _stamps[key] = stamp
        if len(_stamps) > LOOKS:
            _stamps.popitem(last=False)
    return Markup(stamp % texts)  # noqa: S704 - a template's, and texts that are HTML
