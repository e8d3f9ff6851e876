"""The rules of who sees what, by which facts are enough for each: with one of them less it says no."""

from dataclasses import fields
from itertools import product
from typing import Any

import pytest

from service.forum import visibility
from service.forum.visibility import CommunityFacts, PostFacts

SITE = {"runs_the_site"}
OPEN, MEMBER = {"is_fit", "is_open"}, {"is_fit", "is_member"}
THERE = {"community_is_there"}
ENTERS = [SITE, OPEN, MEMBER]
OUT = {"is_published", *THERE}
KNOWS = [SITE, {"is_author"}, OUT | OPEN, OUT | MEMBER]
# Who knows of it and, where it is gone, may still look.
READS = [
    SITE,
    {"is_author"},
    *(way | still for way in (OUT | OPEN, OUT | MEMBER) for still in ({"is_there"}, {"moderates"})),
]
LISTED = OUT | {"is_fit", "is_there"}
ENOUGH: dict[str, tuple[type[CommunityFacts], list[set[str]]]] = {
    "may_enter": (CommunityFacts, ENTERS),
    "may_see": (
        CommunityFacts,
        [SITE, *(way | more for way in (OPEN, MEMBER) for more in (THERE, {"is_owner"}))],
    ),
    "may_find": (
        CommunityFacts,
        [
            SITE,
            *(way | more for way in (OPEN, MEMBER) for more in (THERE, {"is_owner"})),
            {"is_shown_elsewhere", "is_fit", *THERE},
        ],
    ),
    "is_listed": (PostFacts, [LISTED | SITE, LISTED | {"is_open"}, LISTED | {"is_member"}]),
    "is_out": (PostFacts, [SITE, {"is_author"}, {"is_published", "is_fit"}]),
    "may_know_of": (PostFacts, KNOWS),
    "may_read": (PostFacts, READS),
}


@pytest.mark.parametrize("rule", ENOUGH)
def test_what_is_enough_and_nothing_less(rule: str) -> None:
    kind, enough = ENOUGH[rule]
    asked = getattr(visibility, rule)
    names = [field.name for field in fields(kind)]
    for values in product((False, True), repeat=len(names)):
        facts = dict(zip(names, values, strict=True))
        true = {name for name, value in facts.items() if value}
        assert asked(kind(**facts)) is any(some <= true for some in enough), sorted(true)


@pytest.mark.parametrize(("is_author", "known", "there", "expected"), [
    (True, True, False, True), (True, False, True, False), (False, True, False, False), (False, True, True, True),
])  # fmt: skip
def test_a_comments_author_reads_it_below_a_post_that_is_gone(
    is_author: bool, known: bool, there: bool, expected: bool
) -> None:
    facts: dict[str, Any] = dict.fromkeys((field.name for field in fields(PostFacts)), False)
    ways = dict.fromkeys(("is_published", "is_fit", "is_open", "community_is_there"), known)
    post = PostFacts(**facts | ways | {"is_there": there})
    assert visibility.may_read_comment(post, is_author=is_author) is expected
