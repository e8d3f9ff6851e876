"""The Markdown of the threadiverse: CommonMark with tables, strikethrough, bare links, and three additions.

    ::: spoiler Title        a block that opens on demand
    ...
    :::
    @name@host !name@host    a person, a community
    ^up^ ~down~              superscript, subscript

Raw HTML is shown as the text it is. A parser is made once and has no state between documents.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.subscript import sub_plugin
from mdit_py_plugins.superscript import superscript_plugin

# What stands before an address of this form decides: in a word or a path it is none.
MENTION = re.compile(r"([@!])([A-Za-z0-9_][A-Za-z0-9_.-]{0,99})@([A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?)")
HOST = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{1,63}(?::[0-9]{1,5})?|localhost:[0-9]{1,5}"
)
PATHS = {"@": "u", "!": "c"}

SPOILER_TITLE = "Spoiler"


@cache
def parser() -> MarkdownIt:
    """Return the parser. `env["base_url"]` tells it the site that mentions lead to."""
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    markdown.enable(["table", "strikethrough", "linkify"])
    # Only what begins with a scheme is a link: `main.py` and `and.so on` are not.
    linkify: Any = markdown.linkify  # untyped
    linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False}).add("ftp:", None).add(
        "//", None
    )
    markdown.use(superscript_plugin).use(sub_plugin)
    markdown.use(container_plugin, name="spoiler", validate=_begins_spoiler, render=_render_spoiler)
    markdown.inline.ruler.before("link", "mention", _mention)
    return markdown


def _begins_spoiler(params: str, *_: str) -> bool:
    return params.split(maxsplit=1)[:1] == ["spoiler"]


def _render_spoiler(_: Any, tokens: Sequence[Token], index: int, *__: Any) -> str:
    token = tokens[index]
    if token.nesting != 1:
        return "</details>\n"
    title = token.info.strip().removeprefix("spoiler").strip() or SPOILER_TITLE
    return f"<details><summary>{escapeHtml(title)}</summary>\n"


def _mention(state: StateInline, silent: bool) -> bool:
    """An inline rule: push a link for the mention that begins here, if one does."""
    found = MENTION.match(state.src, state.pos, state.posMax)
    if not found or state.linkLevel or _continues_word(state):
        return False
    sigil, name, host = found.group(1), found.group(2).rstrip(".-"), found.group(3).rstrip(".-").lower()
    text = found.group(0)[: len(found.group(0)) - len(found.group(3)) + len(host)]
    if found.group(2) != name or not HOST.fullmatch(host):
        return False
    if not silent:
        _push_link(state, sigil, name, host, text)
    state.pos += len(text)
    return True


def _continues_word(state: StateInline) -> bool:
    before = state.src[state.pos - 1] if state.pos else " "
    return before.isalnum() or before in "_/@!"


def _push_link(state: StateInline, sigil: str, name: str, host: str, text: str) -> None:
    base_url = state.env.get("base_url", "")
    is_ours = base_url.partition("://")[2] == host
    opening = state.push("link_open", "a", 1)
    opening.attrs = {
        "href": f"{base_url}/{PATHS[sigil]}/{name if is_ours else f'{name}@{host}'}",
        "class": "mention",
    }
    opening.meta = {"mention": (sigil, name, host)}
    state.push("text", "", 0).content = text
    state.push("link_close", "a", -1)
