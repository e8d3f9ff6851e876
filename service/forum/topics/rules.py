"""What a topic may be called, and where it may stand. Pure."""

import re
from collections.abc import Mapping

from service.forum.checks import refuse, too_long
from service.language import _

NAME_LENGTH = 50
WORD_LENGTH = 50
SUGGESTION_LENGTH = 500
# Deeper, no menu shows them.
DEPTH_MAX = 4
_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def check_topic(name: str, word: str) -> None:
    """Raise Invalid with all that is wrong with a topic's name and its word in addresses."""
    fits = _WORD.fullmatch(word) is not None
    refuse(
        {
            "name": too_long(name, NAME_LENGTH) if name else _("Enter a name."),
            "machine_name": too_long(word, WORD_LENGTH)
            if fits
            else _("Use lowercase letters, digits and hyphens, such as home-and-garden."),
        }
    )


def check_suggestion(name: str, communities: str) -> None:
    """Raise Invalid with all that is wrong with a topic that somebody suggests."""
    refuse(
        {
            "name": too_long(name, NAME_LENGTH) if name else _("Enter a name."),
            "communities": too_long(communities, SUGGESTION_LENGTH)
            if communities
            else _("Name at least one community for this topic."),
        }
    )


def problem_with_place(
    parents: Mapping[int, int | None], topic_id: int | None, parent_id: int | None
) -> str | None:
    """What is wrong with where a topic is to stand, in a sentence.

    Parameters:
        parents: of every topic, the topic above it.
        topic_id: the topic; None for a new one.
        parent_id: what it is to stand below; None for nothing.
    """
    above: list[int] = []
    while parent_id is not None:
        if parent_id not in parents:
            return _("This topic doesn't exist.")
        if parent_id == topic_id or parent_id in above:
            return _("A topic can't be nested inside itself.")
        above.append(parent_id)
        parent_id = parents[parent_id]
    return _("Topics can't be nested this deeply.") if len(above) >= DEPTH_MAX else None
