"""The outline of a discussion: what stands where, how pages are cut, what a page shows."""

import random

import pytest

from service.forum.comments.outline import POST, Outline, State, branches_of, outline_of, page_of

Parents = dict[int, int]


def outline(parents: Parents, states: dict[int, State] | None = None) -> Outline:
    kinds = states or {}
    return outline_of(
        list(parents), list(parents.values()), [kinds.get(each, State.ALIVE) for each in parents]
    )


def walk(known: Outline, *, size: int, budget: int, levels: int) -> tuple[set[int], int]:
    """All that is found on the pages of the post and of the branches that are cut, and the most on one page."""
    found: set[int] = set()
    most, pending = 0, [POST]
    while pending:
        shown = _pages(known, pending.pop(), size=size, budget=budget, levels=levels)
        on_all = [comment for page in shown for comment in page]
        assert len(on_all) == len(set(on_all)), "nothing stands on two pages"
        pending += [comment for page in shown for comment in page if known.left_out(comment, page)]
        found |= set(on_all)
        most = max(most, *map(len, shown))
    return found, most


def _pages(known: Outline, of: int, *, size: int, budget: int, levels: int) -> list[set[int]]:
    shown: list[set[int]] = []
    has_more = True
    while has_more:
        tops, has_more = page_of(known, of, page=len(shown) + 1, size=size, budget=budget)
        assert 1 <= len(tops) <= size
        shown.append(branches_of(known, tops, levels=levels, most=budget))
    return shown


def random_parents(number: int, spread: int, seed: int) -> Parents:
    pick = random.Random(seed)
    return {each: max(0, each - pick.randint(1, spread)) if each > 1 else 0 for each in range(1, number + 1)}


SHAPES: dict[str, Parents] = {
    "flat": dict.fromkeys(range(1, 901), 0),
    "wide": {1: 0} | dict.fromkeys(range(2, 901), 1),
    "deep": {each: each - 1 for each in range(1, 901)},
    "two wide ones among small ones": {
        each: 1 if each < 300 else 300 if each > 700 else 0 for each in range(2, 901)
    }
    | {1: 0, 300: 0},
    "bushy": {each: each // 3 for each in range(1, 901)},
    "any": random_parents(900, 30, 1),
    "any other": random_parents(900, 900, 2),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(("size", "budget", "levels"), [(50, 80, 8), (200, 200, 100), (3, 20, 2), (1, 1, 1)])
def test_every_comment_is_found_and_no_page_is_large(name: str, size: int, budget: int, levels: int) -> None:
    known = outline(SHAPES[name])
    found, most = walk(known, size=size, budget=budget, levels=levels)
    assert found == set(SHAPES[name])
    assert most <= 2 * budget


def test_small_threads_fill_a_page_exactly_and_large_ones_take_their_share() -> None:
    flat = outline(dict.fromkeys(range(1, 101), 0))
    assert page_of(flat, POST, page=2, size=7, budget=200) == ([8, 9, 10, 11, 12, 13, 14], True)
    assert page_of(flat, POST, page=15, size=7, budget=200) == ([99, 100], False)
    assert page_of(flat, POST, page=16, size=7, budget=200) == ([], False)
    threads = {each: 0 if each % 41 == 1 else each - (each - 1) % 41 for each in range(1, 41 * 60 + 1)}
    tops, has_more = page_of(outline(threads), POST, page=1, size=50, budget=200)
    assert (len(tops), has_more) == (5, True)


def test_the_order_holds_among_answers_and_a_whole_branch_comes_whole() -> None:
    known = outline({5: 0, 3: 1, 4: 5, 1: 0, 2: 1, 6: 3})
    assert (known.answers[POST], known.answers[1], known.order) == ([5, 1], [3, 2], [5, 3, 4, 1, 2, 6])
    assert branches_of(known, [1], levels=9, most=4) == {1, 2, 3, 6}
    assert known.sizes == {5: 2, 4: 1, 1: 4, 3: 2, 2: 1, 6: 1}
    assert branches_of(known, [1], levels=1, most=4) == {1, 2, 3}
    assert known.left_out(3, {1, 2, 3}) == 1
    assert (known.below(POST, 1), known.below(1), known.below(6)) == ({5, 1}, {3, 2, 6}, set())


def test_a_large_branch_shows_something_of_each_level() -> None:
    wide = {1: 0} | dict.fromkeys(range(2, 200), 1) | {each + 1000: each for each in range(2, 200)}
    shown = branches_of(outline(wide), [1], levels=9, most=100)
    assert len([each for each in shown if 1 < each < 1000]) == 49
    assert len([each for each in shown if each > 1000]) == 25


def test_orphans_tombstones_what_is_hidden_and_circles() -> None:
    known = outline(
        {1: 0, 2: 1, 3: 4711, 4: 3, 5: 0, 6: 5, 7: 0, 8: 7, 9: 8, 10: 11, 11: 10, 12: 12},
        {5: State.HIDDEN, 7: State.GONE, 8: State.GONE, 2: State.GONE},
    )
    assert known.answers[POST] == [1, 3, 7]
    assert set(known.order) == {1, 3, 4, 7, 8, 9}, (
        "2 is a tombstone with nothing on it, 6 is below what is hidden"
    )
    assert (known.sizes[7], known.sizes[2]) == (3, 0)
    assert page_of(known, 10, page=1, size=9, budget=9) == ([], False)
