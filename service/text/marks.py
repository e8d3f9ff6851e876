"""Characters that stand for themselves in no text: what is written with them survives the Markdown parser untouched.

They are noncharacters of Unicode, taken out of every text that comes in. The reading of a source (preparing.py,
spoilers.py) puts them in, the writing of HTML (writing.py) takes them out again.
"""

NOTHING = "\ufdd0"  # after `<`: no HTML begins here
SPOILER, SPOILER_END = "\ufdd1", "\ufdd2"  # a paragraph that begins with them is the edge of a spoiler
ESCAPED_AT, ESCAPED_BANG = "\ufdd3", "\ufdd4"  # `\@` and `\!`: no mention begins here
SUP, SUP_END, SUB, SUB_END = "\ufdd5", "\ufdd6", "\ufdd7", "\ufdd8"
HIDDEN, HIDDEN_END = "\ufdd9", "\ufdda"  # the inline spoiler, >!text!<
STAR, LINE, TILDE, CARET = "\ufddb", "\ufddc", "\ufddd", "\ufdde"  # in addresses, where they are no emphasis

ALL = "".join(map(chr, range(0xFDD0, 0xFDF0)))
IN_ADDRESSES = str.maketrans({"*": STAR, "_": LINE, "~": TILDE, "^": CARET})

_WITHOUT = str.maketrans(dict.fromkeys(ALL, "") | {"\0": "\ufffd"})
_PLAIN = str.maketrans(
    dict.fromkeys(ALL, "")
    | {STAR: "*", LINE: "_", TILDE: "~", CARET: "^", ESCAPED_AT: "@", ESCAPED_BANG: "!"}
)
_CODE = str.maketrans(
    {
        NOTHING: "",
        STAR: "*",
        LINE: "_",
        TILDE: "~",
        CARET: "^",
        ESCAPED_AT: "\\@",
        ESCAPED_BANG: "\\!",
        SUP: "^",
        SUP_END: "^",
        SUB: "~",
        SUB_END: "~",
        HIDDEN: ">!",
        HIDDEN_END: "!<",
    }
)


def without_marks(text: str) -> str:
    """Return the text without these characters, NUL made the replacement character."""
    return text.translate(_WITHOUT)


def plain(text: str) -> str:
    """Return what the marked text says, without what is only markup."""
    return text.translate(_PLAIN)


def as_written(text: str) -> str:
    """Return the marked text as it was before it was marked: code stays as it is."""
    return text.translate(_CODE)
