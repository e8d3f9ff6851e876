"""What every noun checks its input with. Pure.

Four words say what a function of `rules` does: `tidy_` returns the input as it is stored, `problem_with_` says in a
sentence what is wrong with it, `check_` raises Invalid with all that is wrong, `checked_` returns it tidy or raises.
"""

from collections.abc import Mapping

from service.forum.errors import Invalid
from service.language import _


def too_long(text: str | None, limit: int) -> str | None:
    """A sentence if the text has more characters than the limit, or one that PostgreSQL cannot store."""
    if text is None:
        return None
    if not storable(text):
        return _("This contains a character that can't be saved.")
    return _("Use at most %(limit)s characters.", limit=limit) if len(text) > limit else None


def is_id(number: int) -> bool:
    """Whether a number can be the id of a row at all."""
    return 0 < number < 2**31


def storable(text: str) -> bool:
    """Whether PostgreSQL can store a text, or look for it: one without NUL and without half characters."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def refuse(problems: Mapping[str, str | None]) -> None:
    """Raise Invalid with the problems that there are; nothing if there are none."""
    found = {field: problem for field, problem in problems.items() if problem}
    if found:
        raise Invalid(found)
