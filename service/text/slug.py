"""A title -> the readable part of its address."""

import re
import unicodedata

from service.text.plain import single_line

MAX_SLUG = 80


def slug(title: str, limit: int = MAX_SLUG) -> str:
    """Return lower-case ASCII words of the title, joined by hyphens, cut between words.

    Empty where the title has no letters or digits that ASCII can express.
    """
    letters = unicodedata.normalize("NFKD", single_line(title[: limit * 4]).replace("ß", "ss"))
    words = re.findall(r"[a-z0-9]+", re.sub(r"['’\u0300-\u036f]", "", letters.lower()))
    taken: list[str] = []
    for word in words:
        if len("-".join([*taken, word])) > limit:
            break
        taken.append(word)
    return "-".join(taken) or "".join(words)[:limit]
