"""What browsers call themselves is read as people would say it."""

import pytest

from service.text.browsers import program_of, system_of

AGENTS = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0": ("Firefox", "Linux"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36": (
        "Chrome",
        "Windows",
    ),
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0": (
        "Edge",
        "Windows",
    ),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1 Version/18.1 Mobile Safari/604.1": (
        "Safari",
        "iPhone",
    ),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18 Safari/605.1.15": (
        "Safari",
        "Mac",
    ),
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 SamsungBrowser/27.0 Chrome/125 Mobile Safari/537.36": (
        "Samsung Internet",
        "Android",
    ),
    "Mozilla/5.0 (iPad; CPU OS 17) AppleWebKit/605 FxiOS/132.0 Mobile Safari/605": ("Firefox", "iPad"),
    "Voyager/2.1.0 (Android 14)": ("Voyager", "Android"),
    "Dart/3.4 (dart:io)": ("Dart", ""),
    "Mozilla/5.0": ("", ""),
    "": ("", ""),
    "\x00<script>": ("", ""),
}


@pytest.mark.parametrize(("agent", "words"), AGENTS.items())
def test_a_browser_and_its_system(agent: str, words: tuple[str, str]) -> None:
    assert (program_of(agent), system_of(agent)) == words
