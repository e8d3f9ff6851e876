"""Sorts, cursors and ranks without a database."""

from datetime import datetime

import pytest

from service.forum.comments.rules import confidence, path_below
from service.forum.errors import Invalid
from service.forum.feeds.choices import Listing, Sort
from service.forum.feeds.rules import Cursor, PostSelection, read_cursor, write_cursor
from service.forum.posts import rules
from service.forum.posts.choices import PostType

AT = datetime(2026, 11, 24, 9, 30, 0, 123456)


def test_the_words_of_pages_and_of_the_api_name_the_same_sorts() -> None:
    assert Sort.named("TopSixHour", Sort.HOT) is Sort.named("top_6h", Sort.HOT) is Sort.TOP_SIX_HOURS
    assert Sort.named("Top", Sort.HOT) is Sort.named(" TOPDAY ", Sort.HOT) is Sort.TOP_DAY
    assert Sort.named("nonsense", Sort.HOT) is Sort.HOT
    assert Sort.named(None, Sort.NEW) is Sort.NEW
    assert Listing.named("ModeratorView", Listing.ALL) is Listing.MODERATING
    assert Listing.named("Popular", Listing.ALL) is Listing.POPULAR


def test_a_cursor_comes_back_as_it_was_written() -> None:
    cursor = Cursor(False, (False, 712, AT, 4711))
    assert read_cursor(PostSelection(), Sort.HOT, write_cursor(Sort.HOT, cursor)) == cursor
    unsorted = Cursor(True, (12,))
    assert read_cursor(PostSelection(), Sort.HOT, write_cursor(Sort.HOT, unsorted)) == unsorted
    assert read_cursor(PostSelection(), Sort.HOT, None) is None


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "äöü",
        "e30",
        "W10",
        "AAAA" * 500,
        write_cursor(Sort.NEW, Cursor(False, (False, AT, 1))),
        write_cursor(Sort.HOT, Cursor(False, (False, "1; DROP TABLE post", AT, 1))),
        write_cursor(Sort.HOT, Cursor(False, (False, 2**40, AT, 1))),
        write_cursor(Sort.HOT, Cursor(False, (False, 1, AT))),
        write_cursor(Sort.HOT, Cursor(True, (2**40,))),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        read_cursor(PostSelection(), Sort.HOT, text)


def test_ranks_are_those_of_pyfedi() -> None:
    # 2026-11-24 09:30 is second 1,795,512,600 of the epoch; (1795512600.123456 - 1685766018) / 45000.
    assert rules.hot_rank(1, AT) == pytest.approx(2438.8129361, abs=1e-6)
    assert rules.hot_rank(10, AT) == pytest.approx(rules.hot_rank(1, AT) + 1)
    assert rules.hot_rank(-100, AT) == pytest.approx(rules.hot_rank(0, AT) - 2)
    assert (rules.stored_rank(2438.5), rules.stored_rank(2439.5)) == (2438, 2440)
    assert rules.scaled_rank(2438.9, 3) == 2441


@pytest.mark.parametrize(
    ("members", "boost"), [(1, 3), (2, 4), (5, 3), (24, 3), (25, 2), (60, 1), (99, 1), (100, 0)]
)
def test_small_communities_are_lifted(members: int, boost: int) -> None:
    assert rules.small_community_boost(members, 100.0) == boost
    assert rules.small_community_boost(7, None) == 0


def test_confidence_is_wilsons_lower_bound() -> None:
    assert confidence(0, 0) == 0.0
    assert confidence(1, 0) == pytest.approx(0.3784, abs=1e-3)
    assert confidence(60, 20) > confidence(3, 1) > confidence(1, 3)


def test_paths_hold_the_ancestors() -> None:
    assert path_below(None, None, 7) == [0, 7]
    assert path_below([0, 7], 7, 9) == [0, 7, 9]
    assert path_below(None, 7, 9) == [0, 7, 9]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (None, PostType.TEXT),
        ("https://a.example/x", PostType.LINK),
        ("https://a.example/x.PNG?w=1", PostType.IMAGE),
        ("https://a.example/x.mp4", PostType.VIDEO),
        ("https://www.youtube.com/watch?v=1", PostType.VIDEO),
        ("https://tube.example/videos/watch/1", PostType.VIDEO),
        ("https://notyoutube.com/watch?v=1", PostType.LINK),
    ],
)
def test_the_address_decides_the_kind(url: str | None, kind: int) -> None:
    assert rules.type_of(url) == kind
