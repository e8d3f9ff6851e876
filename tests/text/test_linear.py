"""Rendering is linear: a text of twice the length takes about twice as long, whatever it is made of."""

from functools import partial

import pytest

from service.text.markdown import named_in, render_markdown
from tests.text.bad_inputs import seconds
from tests.text.grammar import patterns, text_of

SIZE = 10_000
FACTOR = 2.5
UNMEASURABLE = 0.004  # seconds; below it is noise, and at this size no quadratic text is below it twice
LONGEST = 50_000

fresh = iter(range(1_000_000))


def rendering(text: str, rounds: int) -> float:
    """Return what the text takes of the processor at best; each time on another site, so nothing is remembered."""
    return min(seconds(lambda: render_markdown(text, domain=f"{next(fresh)}.example")) for _ in range(rounds))


def grows_too_fast(before: str, after: str) -> bool:
    """Measure more often, and longer texts, before a pattern is said to be worse than linear."""
    for rounds, size in ((1, SIZE), (4, SIZE), (8, 2 * SIZE)):
        once = rendering(text_of(before, after, size), rounds)
        twice = rendering(text_of(before, after, 2 * size), rounds)
        if twice < UNMEASURABLE or twice <= FACTOR * once:
            return False
    return True


def test_there_are_a_few_hundred_patterns() -> None:
    assert len(list(patterns())) > 300


@pytest.mark.parametrize("part", range(8))
def test_twice_the_length_takes_twice_the_time(part: int) -> None:
    found = list(patterns())[part::8]
    assert [name for name, before, after in found if grows_too_fast(before, after)] == []


def test_the_worst_of_the_longest_texts_is_done_in_a_moment() -> None:
    worst = max((rendering(text_of(b, a, LONGEST), 1), name) for name, b, a in list(patterns())[::4])
    assert worst[0] < 0.6, worst


def test_names_are_found_in_linear_time() -> None:
    for unit in ("@a@b.co ", "@a", "@a@", "!a@b.", "@" + "a" * 99):
        once, twice = (min(seconds(partial(named_in, unit * n)) for _ in range(3)) for n in (2_000, 4_000))
        assert twice < max(UNMEASURABLE, FACTOR * once), unit
