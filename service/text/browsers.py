"""What a browser calls itself -> what people call it: "Firefox on Linux". Pure.

A User-Agent names several programs for old times' sake, so the first of these that it names is what it is:
https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/User-Agent
"""

import re

# Who pretends to be somebody else stands before whom they pretend to be.
PROGRAMS = (
    (r"Edg(?:e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"Vivaldi/", "Vivaldi"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"YaBrowser/", "Yandex Browser"),
    (r"DuckDuckGo/|Ddg/", "DuckDuckGo"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Epiphany/", "GNOME Web"),
    (r"Chromium/", "Chromium"),
    (r"Chrome/|CriOS/", "Chrome"),
    (r"Safari/", "Safari"),
    (r"Trident/|MSIE ", "Internet Explorer"),
)
SYSTEMS = (
    (r"iPhone|iPod", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"CrOS", "ChromeOS"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "Mac"),
    (r"Linux|X11", "Linux"),
)
# An app names itself first: "Voyager/2.1 (...)", "Dart/3.4 (dart:io)".
_APP = re.compile(r"([A-Za-z][\w .-]{0,30}?)(?:/|$|\s*\()")


def program_of(user_agent: str) -> str:
    """Return the browser's or the app's name; '' where it says nothing."""
    if named := _first(PROGRAMS, user_agent):
        return named
    app = _APP.match(user_agent.strip())
    return app[1].strip() if app and app[1].strip() != "Mozilla" else ""


def system_of(user_agent: str) -> str:
    """Return what it runs on; '' where it does not say so."""
    return _first(SYSTEMS, user_agent)


def _first(names: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for pattern, name in names if re.search(pattern, text)), "")
