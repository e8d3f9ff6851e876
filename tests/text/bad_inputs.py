"""Texts that keep a parser busy, each of a given size.

`python -m tests.text.bad_inputs` prints what each takes.
"""

import time
from collections.abc import Callable
from functools import partial

KILOBYTE = 1_000


def _repeat(unit: str) -> Callable[[int], str]:
    return lambda size: unit * (size // len(unit))


def _opened(start: str, unit: str) -> Callable[[int], str]:
    return lambda size: start + unit * ((size - len(start)) // len(unit))


MARKDOWN: dict[str, Callable[[int], str]] = {
    "words": _repeat("hello world, this is text. "),
    "lines": _repeat("hello\n"),
    "paragraphs": _repeat("hello\n\n"),
    "asterisks": _repeat("*"),
    "emphasis opened": _repeat("*a "),
    "emphasis closed": _repeat("a* "),
    "emphasis mixed": _repeat("*a_ "),
    "emphasis nested": _repeat("**a *b "),
    "underscores and asterisks": _repeat("_*"),
    "strikethrough": _repeat("~~a "),
    "subscript": _repeat("~a "),
    "superscript": _repeat("^a ^b"),
    "brackets": _repeat("["),
    "closing brackets": _repeat("]"),
    "bracket pairs": lambda size: "[" * (size // 2) + "]" * (size // 2),
    "links opened": _repeat("[a]("),
    "links with angle": _repeat("[a](<b"),
    "links with title": _repeat('[a](b "'),
    "pictures opened": _repeat("!["),
    "pictures nested": lambda size: "![" * (size // 5) + "](a)" * (size // 10),
    "backticks": _repeat("`"),
    "backticks of all lengths": lambda size: "".join("`" * n + "a" for n in range(1, int((2 * size) ** 0.5))),
    "quotes": _repeat(">"),
    "quotes nested": _repeat("> > > > a\n"),
    "quotes deep, then lazy": _opened("> " * 500 + "a\n", "a\n"),
    "quotes of quotes": _repeat(">>>>>>>>>>>>>>>>>>>>a\n"),
    "quotes just within reason": lambda size: "> " * 10 + "a\n" + "a\n" * min(size // 2 - 20, 1_900),
    "brackets just within reason": lambda size: "![a](b" * 4_900 + "a" * (size - 29_400),
    "lists nested": lambda size: "".join(" " * (2 * (n % 200)) + "- a\n" for n in range(size // 204)),
    "lists in a line": _repeat("- "),
    "numbers": _repeat("1. a\n"),
    "pipes": _repeat("|"),
    "table": _opened("|a|b|\n|-|-|\n", "|a|b|\n"),
    "table wide and short": lambda size: (
        f"|{'a|' * (size // 8)}\n|{'-|' * (size // 8)}\n" + "a\n" * (size // 4)
    ),
    "spoilers opened": _repeat("::: spoiler a\n"),
    "spoilers": _repeat("::: spoiler a\n:::\n"),
    "addresses": _repeat("http://a.bc "),
    "address beginnings": _repeat("http:"),
    "address with brackets": _opened("http://a.b/", "("),
    "mail": _repeat("a@"),
    "mentions": _repeat("@a@b.co "),
    "mention beginnings": _repeat("@a"),
    "mention of dots": _opened("@a@", "a."),
    "signs": _repeat("!@"),
    "less than": _repeat("<"),
    "autolinks": _repeat("<http://a"),
    "tags": _repeat("<a "),
    "entities": _repeat("&amp"),
    "numeric entities": _repeat("&#1234567"),
    "backslashes": _repeat("\\"),
    "definitions": lambda size: "".join(f"[a{n}]: /b\n" for n in range(size // 20)) + "[a1]" * (size // 8),
    "the same definition": _repeat("[a]: /b\n"),
    "fences": _repeat("```\na\n"),
    "headings": _repeat("# a\n"),
    "colons": _repeat(":"),
    "spaces": _opened("a", " "),
    "tabs": _repeat("\t"),
    "nul": _repeat("\0"),
    "combining marks": _repeat("\u0301"),
}

HTML: dict[str, Callable[[int], str]] = {
    "text": _repeat("hello world "),
    "paragraphs": _repeat("<p>hello</p>"),
    "paragraphs never closed": _repeat("<p>a"),
    "formatting reopened": lambda size: (
        "<p>" + "".join(f"<b title={n}>" for n in range(size // 30)) + "<p>x" * (size // 8)
    ),
    "formatting misnested": _repeat("<b><i></b>"),
    "links misnested": _repeat("<a href=x><b>"),
    "quotes deep": _repeat("<blockquote>"),
    "closed without beginning": _repeat("</b>"),
    "deep, then closing others": lambda size: "<b>" * (size // 7) + "</i>" * (size // 8),
    "tables nested": _repeat("<table><tr><td>"),
    "text in tables": _repeat("<table>a"),
    "less than": _repeat("<"),
    "tag beginnings": _repeat("<a "),
    "attributes": _opened("<a ", "a=b "),
    "quotes in tags": _repeat('<a "'),
    "comments opened": _repeat("<!--"),
    "comments almost closed": _opened("<!--", "--"),
    "declarations": _repeat("<!"),
    "marked sections": _repeat("<![CDATA["),
    "unknown sections": _repeat("<![x"),
    "instructions": _repeat("<?"),
    "end tags": _repeat("</"),
    "scripts opened": _opened("<script>", "</scrip"),
    "svg opened": _repeat("<svg>"),
    "textareas": _repeat("<textarea>"),
    "entities": _repeat("&"),
    "entities with spaces": _repeat("& "),
    "named entities": _repeat("&amp"),
    "endless number": _opened("&#", "1"),
    "endless hex number": _opened("&#x", "f"),
    "nul": _repeat("\0"),
}

PAGES: dict[str, Callable[[int], str]] = HTML | {
    "meta": _repeat("<meta property=og:title content=a>"),
    "meta of unknown kinds": lambda size: "".join(
        f"<meta property=og:{n} content=a>" for n in range(size // 34)
    ),
    "titles": _repeat("<title>a"),
    "title": _opened("<title>", "a<b>"),
}


def seconds(work: Callable[[], object]) -> float:
    """Return what the work takes of a processor, which other programs on the machine do not change."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    from service.text.display_name import clean_display_name
    from service.text.markdown import render_markdown
    from service.text.mentions import mentions
    from service.text.plain import plain_text
    from service.text.preview import parse_preview
    from service.text.sanitising import sanitise
    from service.text.slug import slug

    tables: list[tuple[str, int, dict[str, Callable[[int], str]], Callable[[str], object]]] = [
        ("markdown", 50, MARKDOWN, lambda text: render_markdown(text, domain="pie.example")),
        ("markdown", 500, MARKDOWN, lambda text: render_markdown(text, domain="pie.example")),
        ("mentions", 50, MARKDOWN, mentions),
        ("sanitise", 20, HTML, sanitise),
        ("sanitise", 500, HTML, sanitise),
        ("plain text", 500, HTML, lambda text: plain_text(text, 300)),
        (
            "preview",
            2000,
            PAGES,
            lambda text: parse_preview(text.encode(), "text/html", "https://a.example/"),
        ),
        ("slug", 500, MARKDOWN, slug),
        ("display name", 500, MARKDOWN, clean_display_name),
    ]
    for name, size, inputs, work in tables:
        taken = sorted(
            ((seconds(partial(work, make(size * KILOBYTE))), kind) for kind, make in inputs.items()),
            reverse=True,
        )
        worst = ", ".join(f"{kind} {duration * 1000:.0f} ms" for duration, kind in taken[:5])
        print(f"{name} of {size} kB, the worst of {len(taken)}: {worst}")


if __name__ == "__main__":
    main()
