"""Which addresses lead to a video, and the page or file that plays it. Pure.

Sources: https://developers.google.com/youtube/player_parameters, https://help.vimeo.com/hc/articles/12426259908881,
https://docs.joinpeertube.org/use/share-video, https://joinloops.org
"""

import re
from typing import Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit

FILES = (".mp4", ".webm", ".ogv", ".m4v", ".mov")
YOUTUBE = re.compile(r"(?:www\.|m\.|music\.)?youtube(?:-nocookie)?\.com")
YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")
PEERTUBE = re.compile(r"/(?:w|videos/watch|videos/embed)/([A-Za-z0-9-]{22,36})/?")
LOOPS = re.compile(r"/(?:v|videos)/([A-Za-z0-9_-]{4,40})/?")
VIMEO = re.compile(r"/(?:video/)?([0-9]{6,12})(?:/[0-9a-f]{6,16})?/?")


class Player(NamedTuple):
    """What plays a video.

    Attributes:
        kind: A file that the browser plays itself, or a page of the site that has the video.
        host: Who learns of it when it is played.
    """

    kind: Literal["file", "page"]
    url: str
    host: str


def player_of(url: str) -> Player | None:
    """Return what plays the video at an address; None where it leads to none that is known."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host:
        return None
    if parts.path.lower().endswith(FILES):
        return Player("file", url, host)
    if found := _youtube(host, parts.path, parts.query):
        return Player("page", f"https://www.youtube-nocookie.com/embed/{found}?autoplay=1", "youtube.com")
    if host in {"vimeo.com", "www.vimeo.com", "player.vimeo.com"} and (video := VIMEO.fullmatch(parts.path)):
        return Player("page", f"https://player.vimeo.com/video/{video[1]}?dnt=1&autoplay=1", "vimeo.com")
    if host in {"loops.video", "www.loops.video"} and (video := LOOPS.fullmatch(parts.path)):
        return Player("page", f"https://{host}/v/{video[1]}/embed", host)
    if video := PEERTUBE.fullmatch(parts.path):
        return Player("page", f"https://{parts.netloc}/videos/embed/{video[1]}?autoplay=1", host)
    return None


def _youtube(host: str, path: str, query: str) -> str | None:
    if host == "youtu.be":
        wanted = path.strip("/")
    elif not YOUTUBE.fullmatch(host):
        return None
    elif path == "/watch":
        wanted = parse_qs(query, max_num_fields=20).get("v", [""])[0] if query.count("&") < 20 else ""
    else:
        kind, _, wanted = path.strip("/").partition("/")
        wanted = wanted if kind in {"shorts", "embed", "live", "v"} else ""
    return wanted if YOUTUBE_ID.fullmatch(wanted) else None
