"""What people wrote stands apart from the sentences around it, and is read in its own direction.

Else an English title would be turned round in an Arabic page, and an Arabic one in an English page.
"""

from collections.abc import Iterator

from lxml import html

# On the site of whole_site.py; in some of the places the whole text of an element.
WRITTEN = {
    *(
        "First cat",
        "A link",
        "A photo",
        "Which cat?",
        "A show of cats",
        "A film",
        "Of bob",
        "House rules",
        "Kitten",
    ),
    *(
        "Cat person",
        "Cats",
        "Mine",
        "Animals",
        "Why not",
        "Let me in",
        "Hello yourself",
        "Kittens",
        "!cats",
        "@ana",
    ),
}
# No marks can stand in these; browsers look for the direction of a control's text themselves.
PLAIN = {"script", "style", "option", "textarea", "title"}


def turned_round(page: str) -> Iterator[str]:
    """Give what people wrote on a page that has the direction of the page instead of its own.

    Parameters:
        page: its HTML.
    """
    for element in html.fromstring(page).body.iter():
        if element.tag in PLAIN or not isinstance(element.tag, str):
            continue
        for text in (element.text, *(child.tail for child in element)):
            if text and text.strip() in WRITTEN and not _is_apart(element):
                yield f"<{element.tag} class={element.get('class')!r}>{text.strip()}: neither <bdi> nor dir=auto"


def _is_apart(element: html.HtmlElement) -> bool:
    within = [element, *element.iterancestors()]
    return any(one.tag == "bdi" or (one.get("dir") and one.tag != "html") for one in within)
