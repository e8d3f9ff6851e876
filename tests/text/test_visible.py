"""What is seen of a text, and lines without what is not."""

import pytest

from service.text.markdown import shows_something
from service.text.visible import clean_line, is_visible

SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
NOTHING = (
    "\u200b",
    "\u200e",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u2800",
    "\u3164",
    "\u115f",
    "\u1160",
    "\uffa0",
    "\u17b4",
    "\u034f",
    "\u180e",
    "\ufe0f",
    "\U000e0100",
    "\U000e0041",
    "\u202e",
    "\u2066",
    "\u00a0",
    "\u3000",
    "\u2028",
    "\u0301",
    "\ufff9",
    "\x07",
    "\ue000",
    "\u200d",
    "\u061c",
    "\U0001d173",
)


@pytest.mark.parametrize("character", NOTHING, ids=[f"{ord(character):x}" for character in NOTHING])
def test_what_nobody_sees_is_nothing(character: str) -> None:
    for text in (character, character * 5, f" {character} \n{character}"):
        assert not is_visible(text)
        assert clean_line(text, 99) == ""
        assert not shows_something(text)
    assert is_visible(f"{character}a")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("pay\u200bpal", "paypal"),
        ("a\u202eb\u2066c", "abc"),
        ("He said\u2028so", "He said so"),
        ("❤️ 👩‍🚒 🏳️‍🌈", "❤️ 👩‍🚒 🏳️‍🌈"),
        (SCOTLAND, SCOTLAND),
        ("نمی‌خواهم", "نمی‌خواهم"),
        ("क्‍ष", "क्‍ष"),
        ("שלום (abc)", "שלום (abc)"),
        ("a\u0301\u0301\u0301\u0301\u0301\u0301\u0301b", "á\u0301\u0301\u0301\u0301b"),
        ("x\U000e0041\U000e0042y", "xy"),
        ("\U0001fadf", "\U0001fadf"),
    ],
)
def test_lines_keep_what_scripts_and_emoji_need(typed: str, shown: str) -> None:
    assert clean_line(typed, 99) == shown


@pytest.mark.parametrize(
    "source",
    ["&#8203;", "&ZeroWidthSpace;", "&nbsp;\n\n&shy;", "[](https://a.example/)", "[a]: /b", "# "],
)
def test_markdown_that_shows_nothing(source: str) -> None:
    assert not shows_something(source)


@pytest.mark.parametrize(
    "source", ["a", "![](https://a.example/b.png)", "***", "`<`", "&amp;", "::: spoiler\n:::", "🏳️‍🌈", ">!x!<"]
)
def test_markdown_that_shows_something(source: str) -> None:
    assert shows_something(source)
