"""What a comment may hold, where it ranks and where it stands in its tree. Pure."""

import math

from service.forum.checks import refuse
from service.forum.provenance import Provenance, Text, sent_text, text_of
from service.language import _
from service.text.markdown import shows_something

BODY_MAX = 50_000
# Deeper answers are refused: the path is stored with every comment, and nobody reads them.
DEPTH_MAX = 100
# The quantile of the normal distribution for 80 % confidence, as PieFed uses it.
_Z = 1.281551565545


def checked_body(body: str | None) -> str:
    """Return the Markdown text without NUL characters and outer space.

    Raises:
        Invalid: nothing of it is seen, or it has more than 50,000 characters.
    """
    tidy = (body or "").replace("\x00", "").strip()
    refuse({"body": _problem_with_body(tidy)})
    return tidy


def _problem_with_body(tidy: str) -> str | None:
    if len(tidy) > BODY_MAX:
        return _("Use at most %(body_max)s characters.", body_max=BODY_MAX)
    return None if shows_something(tidy) else _("Write a comment first.")


def checked_text(body: str | None, provenance: Provenance | None, *, domain: str) -> Text:
    """Return a text as it is stored, or raise as `checked_body`, and as `sent_text` for what another server sent."""
    if provenance is None:
        return text_of(checked_body(body), None, domain=domain)
    return sent_text(body, provenance, domain=domain)


def confidence(up_votes: int, down_votes: int) -> float:
    """Return the rank of a comment in Hot: the lower bound of Wilson's score interval at 80 % confidence.

    Source: PieFed's `wilson_confidence_lower_bound`.
    """
    ups, downs = max(up_votes, 0), max(down_votes, 0)
    votes = ups + downs
    if votes == 0:
        return 0.0
    share = ups / votes
    centre = share + _Z * _Z / (2 * votes)
    spread = _Z * math.sqrt(share * (1 - share) / votes + _Z * _Z / (4 * votes * votes))
    return (centre - spread) / (1 + _Z * _Z / votes)


def path_below(parent_path: list[int] | None, parent_id: int | None, own_id: int) -> list[int]:
    """Return the path of a comment: 0, its ancestors from the top, itself.

    Parameters:
        parent_path: the path of the comment it answers, None for an answer to the post (or an old row without one).
        parent_id: the comment it answers, None for an answer to the post.
    """
    if parent_id is None:
        return [0, own_id]
    return [*(parent_path or [0, parent_id]), own_id]
