"""Markdown texts made of the grammar: each production again and again, within itself, and with each other one."""

from collections.abc import Iterator

# Each production, with a place for others where it has one.
PRODUCTIONS = {
    "word": "a ",
    "paragraph": "a{}\n\n",
    "line": "a{}\n",
    "hard break": "a{}\\\n",
    "heading": "# a{}\n",
    "underlined heading": "a{}\n=\n",
    "rule": "***\n",
    "quote": "> a{}\n",
    "item": "- a{}\n",
    "number": "1. a{}\n",
    "indented code": "    a{}\n",
    "fence": "```\na{}\n```\n",
    "open fence": "~~~{}\n",
    "table": "|a|b|\n|-|-|\n|c{}|d|\n",
    "row": "|a{}|b|\n",
    "spoiler": "::: spoiler a\n{}\n:::\n",
    "open spoiler": "::: spoiler {}\n",
    "end of a spoiler": ":::\n",
    "hidden": ">!a{}!<",
    "open hidden": ">!{}",
    "emphasis": "*a{}*",
    "strong": "**a{}**",
    "underscore": "_a{}_",
    "open emphasis": "*a {}",
    "struck": "~~a{}~~",
    "superscript": "^a{}^",
    "subscript": "~a{}~",
    "code": "`a{}`",
    "backtick": "`",
    "link": "[a{}](/b)",
    "open link": "[a{}](",
    "link with a title": '[a](/b "c{}")',
    "link in angles": "[a](<b{}>)",
    "reference": "[a{}][b]",
    "definition": "[a]: /b{}\n",
    "picture": "![a{}](/b)",
    "open picture": "![",
    "bracket": "[",
    "autolink": "<http://a.b/{}>",
    "open autolink": "<http://a{}",
    "address": "http://a.b/{} ",
    "scheme": "http://{}",
    "no scheme": "://{}",
    "no host": "http:///{}",
    "parenthesis": "http://a.b/({}",
    "magnet": "magnet:?{}",
    "mail": "mailto:a{}",
    "mention": "@a{}@b.co ",
    "at": "@a",
    "tag": "<b{}>",
    "comment": "<!--{}",
    "instruction": "<?{}",
    "entity": "&amp;{}",
    "number of a character": "&#1234;",
    "backslash": "\\{}",
    "spaces in an address": "](http://a b{}",
    "letters of elsewhere": "ü漢{}",
}


def patterns() -> Iterator[tuple[str, str, str]]:
    """Yield names with what stands before the middle and after it, a number of times each."""
    forms = {name: form.partition("{}") for name, form in PRODUCTIONS.items()}
    for name, (before, _, after) in forms.items():
        yield f"{name} repeated", before + after, ""
        if after:
            yield f"{name} nested", before, after
    names = list(forms)
    for step in (1, 4, 9, 17, 26):  # each production meets five others, as neighbours and within them
        for index, name in enumerate(names):
            other = names[(index + step) % len(names)]
            (outer, _, end), (inner, _, inner_end) = forms[name], forms[other]
            if step % 2:
                yield f"{name} around {other}", outer + inner + inner_end + end, ""
            else:
                yield f"{name} within {other}", inner + outer, end + inner_end


def text_of(before: str, after: str, size: int) -> str:
    """Return the pattern, some `size` characters long."""
    times = size // len(before + after)
    return before * times + after * times
