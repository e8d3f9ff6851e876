"""The colours of code: parts of it between tags with classes, for blocks that name their language.

Stored HTML only says which language a block is in, so that other servers can do as they like with it; whoever shows it
calls this, and sanitises the result. Colours come from the style sheet (`.body pre`).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape, unescape
from time import thread_time
from typing import Any

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Literal, Name, Number, Operator, String, Token

CLASS = "language-"
# Lexers are patterns; what some of them need grows with the square of a block, so blocks and time are bounded. What is
# beyond stays plain.
MOST_OF_BLOCK = 3_000  # characters
MOST_SECONDS = 0.05  # of a processor, for one text

# The languages that are coloured, with other names that people write; no guesses.
LANGUAGES = {
    "bash": "bash", "sh": "bash", "shell": "bash", "zsh": "bash", "console": "console",
    "c": "c", "cpp": "cpp", "c++": "cpp", "csharp": "csharp", "cs": "csharp",
    "css": "css", "diff": "diff", "patch": "diff", "docker": "docker", "dockerfile": "docker",
    "elixir": "elixir", "erlang": "erlang", "go": "go", "golang": "go", "haskell": "haskell", "hs": "haskell",
    "html": "html", "ini": "ini", "java": "java", "javascript": "javascript", "js": "javascript", "jsx": "javascript",
    "json": "json", "kotlin": "kotlin", "kt": "kotlin", "lua": "lua", "make": "make", "makefile": "make",
    "nginx": "nginx", "nix": "nix", "perl": "perl", "php": "php", "powershell": "powershell", "ps1": "powershell",
    "python": "python", "py": "python", "r": "r", "ruby": "ruby", "rb": "ruby", "rust": "rust", "rs": "rust",
    "scala": "scala", "sql": "sql", "swift": "swift", "toml": "toml", "typescript": "typescript", "ts": "typescript",
    "tsx": "typescript", "vim": "vim", "xml": "xml", "yaml": "yaml", "yml": "yaml", "zig": "zig",
}  # fmt: skip
# Kinds of tokens, the narrower ones first, and the classes of the style sheet.
KINDS: tuple[tuple[Any, str], ...] = (
    (Comment, "c"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (String, "s"),
    (Number, "m"),
    (Literal, "m"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Decorator, "f"),
    (Name.Tag, "k"),
    (Name.Attribute, "v"),
    (Name.Variable, "v"),
    (Name.Builtin, "b"),
    (Name.Constant, "b"),
    (Generic.Deleted, "d"),
    (Generic.Inserted, "i"),
    (Generic.Heading, "h"),
    (Generic.Subheading, "h"),
    (Generic.Prompt, "c"),
)
CODE_CLASSES = frozenset(CLASS + name for name in LANGUAGES)
TOKEN_CLASSES = frozenset(name for _, name in KINDS)

_BLOCK = re.compile(rf'<code class="{CLASS}([a-z0-9+]{{1,20}})">([^<]*)</code>')


def class_of(info: str) -> str:
    """Return the class of a block of code by the words that begin it in Markdown; '' for a language not known."""
    name = (info.split(maxsplit=1) or [""])[0].lower()
    return CLASS + name if name in LANGUAGES else ""


def has_code(html: str) -> bool:
    """Whether HTML may have something to colour."""
    return f'<code class="{CLASS}' in html


def highlight(html: str) -> str:
    """Return HTML with its code in colours, to be sanitised; of long blocks and many of them a part is left plain.

    Parameters:
        html: sanitised already, so that code is plain text.
    """
    if not has_code(html):
        return html
    until = thread_time() + MOST_SECONDS

    def coloured(found: re.Match[str]) -> str:
        name, code = found[1], _plain(found[2])
        if name not in LANGUAGES or len(code) > MOST_OF_BLOCK:
            return found[0]
        return f'<code class="{CLASS}{name}">{"".join(_spans(code, LANGUAGES[name], until))}</code>'

    return _BLOCK.sub(coloured, html)


def _plain(html: str) -> str:
    """The code, in the form that lexers give it back: with our ends of lines, and without a mark of its encoding."""
    return unescape(html).replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def _spans(code: str, language: str, until: float) -> Iterator[str]:
    """The parts of a code; neighbours of one kind together. Those after a time of the thread are one."""
    last, kept, read = "", "", 0
    for kind, text in _lexer(language).get_tokens(code):
        read += len(text)
        if (name := _class_of_token(kind)) != last:
            yield _span(last, kept)
            last, kept = name, ""
        kept += text
        if thread_time() > until:
            break
    yield _span(last, kept)
    yield escape(code[read:], quote=False)


def _span(name: str, text: str) -> str:
    words = escape(text, quote=False)
    return f'<span class="{name}">{words}</span>' if name and text else words


@lru_cache(1024)
def _class_of_token(kind: Any) -> str:
    return next((name for wanted, name in KINDS if kind in wanted), "") if kind is not Token else ""


@lru_cache(len(LANGUAGES))
def _lexer(language: str) -> Lexer:
    # Not a character more or less than was written.
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)
