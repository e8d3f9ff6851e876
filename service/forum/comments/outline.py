"""A discussion by the ids of its comments alone: what stands where, and which comments a page shows. Pure.

The topmost comments make the pages, and bring along what stands below them. A comment counts on its page with all that
it brings, up to what one branch may bring, so that a page has about as many comments whether the discussion is wide or
deep. What is left out is counted at the comment above it, and found on the pages of that one's answers.
"""

from collections.abc import Collection, Iterable, Sequence
from enum import IntEnum

import msgspec

# Stands for the post: the topmost comments are its answers.
POST = 0


class State(IntEnum):
    """What is to be seen of a comment: all, that there was one, or neither it nor anything below it."""

    ALIVE = 0
    GONE = 1
    HIDDEN = 2


class Outline(msgspec.Struct, frozen=True):
    """The comments of a post in an order.

    Attributes:
        order: The ids of all that is to be seen.
        answers: The ids of the answers to each comment, and to the POST; only what is to be seen.
        sizes: How many comments each is with all that stands below it.
        versions: Of their rows, by id.
    """

    order: list[int]
    answers: dict[int, list[int]]
    sizes: dict[int, int]
    versions: dict[int, int]

    def below(self, of: int, levels: int | None = None) -> set[int]:
        """The ids of what stands below a comment or the POST, so many levels deep."""
        found: set[int] = set()
        level = self.answers.get(of, [])
        while level and (levels is None or levels > 0):
            found.update(level)
            level = [answer for comment in level for answer in self.answers.get(comment, ())]
            levels = None if levels is None else levels - 1
        return found

    def left_out(self, comment_id: int, shown: Collection[int]) -> int:
        """How many comments stand below the answers to this one that are not shown."""
        return sum(self.sizes[answer] for answer in self.answers.get(comment_id, ()) if answer not in shown)


def outline_of(
    ids: Sequence[int], parents: Sequence[int], states: Sequence[int], versions: Sequence[int] = ()
) -> Outline:
    """Return the outline of all comments of a post.

    What has lost its parent is one of the topmost; tombstones that nothing living stands on are left out.

    Parameters:
        ids: in the order that answers to the same comment are to have.
        parents: of each; 0 for none.
        states: of each.
        versions: of the row of each, if they are known.
    """
    known = set(ids)
    answers: dict[int, list[int]] = {}
    above: dict[int, int] = {}
    gone = set()
    for comment_id, parent_id, state in zip(ids, parents, states, strict=True):
        if state == State.HIDDEN:
            continue
        above[comment_id] = parent_id if parent_id in known else POST
        answers.setdefault(above[comment_id], []).append(comment_id)
        if state == State.GONE:
            gone.add(comment_id)
    sizes = dict.fromkeys(above, 0)
    for comment_id in reversed(_level_by_level(answers)):
        if sizes[comment_id] or comment_id not in gone:
            sizes[comment_id] += 1
            if above[comment_id] != POST:
                sizes[above[comment_id]] += sizes[comment_id]
    living = {of: [answer for answer in given if sizes[answer]] for of, given in answers.items()}
    shown = [comment_id for comment_id in ids if sizes.get(comment_id)]
    return Outline(shown, living, sizes, dict(zip(ids, versions, strict=False)))


def _level_by_level(answers: dict[int, list[int]]) -> list[int]:
    """All that stands below the post; what is below something hidden, or below itself, does not."""
    found = list(answers.get(POST, ()))
    for comment_id in found:  # grows on the way
        found += answers.get(comment_id, ())
    return found


def page_of(outline: Outline, of: int, *, page: int, size: int, budget: int) -> tuple[list[int], bool]:
    """Return the answers that stand on a page, and whether there is a following one.

    Parameters:
        of: the comment that they answer, or POST.
        page: its number, from 1.
        size: how many answers it has at most.
        budget: how many comments it has with all that stands below them; the last one may exceed it.
    """
    shown: list[int] = []
    before = 0
    for answer in outline.answers.get(of, ()):
        # Multiplied by the size, so that answers without answers fill a page exactly.
        number, before = (
            before // (budget * size),
            before + max(min(outline.sizes[answer], budget) * size, budget),
        )
        if number == page:
            return shown, True
        if number == page - 1:
            shown.append(answer)
    return shown, False


def branches_of(outline: Outline, tops: Iterable[int], *, levels: int, most: int) -> set[int]:
    """Return the ids of these comments and of what is shown below them.

    Parameters:
        levels: how many levels below them.
        most: how many comments one branch brings at most.
    """
    return {shown for top in tops for shown in _branch(outline, top, levels, most)}


def _branch(outline: Outline, top: int, levels: int, most: int) -> list[int]:
    """A branch level by level; in one that is too large each level gets half of what is left for it."""
    shown = [top]
    level = [top]
    is_whole = outline.sizes[top] <= most
    for _ in range(levels):
        left = most - len(shown)
        room = left if is_whole else max(left // 2, min(left, 1))
        level = _next_level(outline, level)[:room]
        if not level:
            break
        shown += level
    return shown


def _next_level(outline: Outline, level: list[int]) -> list[int]:
    """The answers to a level: first the first one to each, then the second one to each, and so on."""
    ranked = [
        (rank, answer) for comment in level for rank, answer in enumerate(outline.answers.get(comment, ()))
    ]
    return [answer for _, answer in sorted(ranked, key=_rank)]


def _rank(ranked: tuple[int, int]) -> int:
    return ranked[0]
