"""The allow-list: which HTML may stand in a page. Nothing touches HTML after this, and nothing repairs it.

Used for our own Markdown, for what other sites send, and for bodies that another program stored.
"""

import re
from functools import lru_cache

import nh3

from service.text.highlighting import CODE_CLASSES, TOKEN_CLASSES
from service.text.pruning import is_orderly, prune

_TAGS = (
    "a abbr b blockquote br cite code dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img ins "
    "kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody td tfoot tg-spoiler th "
    "thead tr u ul var"
)
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = {
    "a": {"href", "title", "class"},
    "abbr": {"title"},
    "code": {"class"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "span": {"class"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
NOWHERE_ELSE: dict[str, set[str]] = {
    "*": set()
}  # without it, the library lets title and lang stand everywhere
CLASSES = {"a": {"mention"}}
# The languages of code, and its parts: one class or none.
ONE_CLASS = {"code": CODE_CLASSES, "span": TOKEN_CLASSES}
# Programs that a link may open: none of these runs anything.
_SCHEMES = "http https mailto magnet tel sms matrix xmpp gemini gopher ftp ftps irc ircs sip sips geo nntp"
SCHEMES = frozenset(_SCHEMES.split())
PICTURE_SCHEMES = frozenset({"http", "https"})
SCHEME = re.compile(r"[\x00-\x20]*([a-z][a-z0-9+.\-]*)[\x00-\x20]*:", re.IGNORECASE)

# Left out together with what is in them: what is no text, and what switches a parser into another language.
_SILENT = (
    "applet audio canvas embed frameset iframe math noembed noframes noscript object plaintext script select style svg "
    "template textarea title video xmp"
)
SILENT = frozenset(_SILENT.split())

REL = "nofollow ugc noopener noreferrer"

# Up to here an HTML5 parser is quick whatever the input is; beyond, the input is pruned first.
SMALL = 20_000
FEW_TAGS = 400


def sanitise(html: str, base_url: str | None = None, *, orderly: bool = False) -> str:
    """Return the HTML with nothing in it but what is allowed, safe to stand in a page.

    Links lead to addresses of SCHEMES and carry `rel`; pictures come from http and https and load lazily;
    scripts, styles, frames, SVG and MathML are gone with everything in them; other unknown tags leave their text.

    Parameters:
        html: anything, of any size; of very long input only the beginning is kept.
        orderly: it is known to be well nested, not deep and not long, because it was written so here.
        base_url: what relative addresses are resolved against; they stay relative without one.
    """
    if (len(html) > SMALL or html.count("<") > FEW_TAGS) and not (orderly or is_orderly(html, TAGS)):
        html = prune(html, TAGS, {tag: frozenset(names) for tag, names in ATTRIBUTES.items()}, SILENT)
    return _cleaner(base_url).clean(html)


@lru_cache(maxsize=64)
def _cleaner(base_url: str | None) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=set(SILENT),
        attributes={
            tag: names - ({"class"} if tag in CLASSES else set()) for tag, names in ATTRIBUTES.items()
        }
        | NOWHERE_ELSE,
        attribute_filter=_allowed_value,
        allowed_classes=CLASSES,
        url_schemes=set(SCHEMES),
        url_relative=("rewrite_with_base", base_url) if base_url else None,
        set_tag_attribute_values={"img": {"loading": "lazy"}},
        link_rel=REL,
        strip_comments=True,
    )


def _allowed_value(tag: str, attribute: str, value: str) -> str | None:
    """Code has our classes alone; of the schemes that links may have, few are for a picture."""
    if tag in ONE_CLASS:
        return value if value in ONE_CLASS[tag] else None
    if tag != "img" or attribute != "src":
        return value
    scheme = SCHEME.match(value)
    return None if scheme and scheme[1].lower() not in PICTURE_SCHEMES else value
