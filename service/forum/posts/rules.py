"""What a post may hold, what kind it is, and where it ranks. Pure.

The rankings are PieFed's, so that posts of both programs stand in one order.
"""

import math
import re
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from service.forum.checks import refuse
from service.forum.posts.choices import PostStatus, PostType
from service.forum.provenance import storable_text
from service.language import _
from service.storage.clock import EPOCH
from service.text.addresses import YOUTUBE, as_link, most_telling_part, without_tracking
from service.text.plain import plain_text, shorten
from service.text.visible import clean_line

TITLE_MIN, TITLE_MAX = 3, 255
MICROBLOG_TITLE_MAX = 150
URL_MAX = 2048
BODY_MAX = 50_000
ALT_TEXT_MAX = 1500
PICTURES_MAX = 20  # of one post
# A second post by the same author with the same words within this many seconds is the same click: long enough for an
# app that waits in vain for as long as a request may take (20 s), tries again, and waits as long once more.
DOUBLE_CLICK_SECONDS = 45
CROSS_POSTS_MAX = 9

_IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp", ".svg")
_VIDEO_ENDINGS = (".mp4", ".webm")
_VIDEO_HOSTS = frozenset(
    {"youtube.com", "youtu.be", "m.youtube.com", "vimeo.com", "streamable.com", "redgifs.com", "loops.video"}
)
_ENDING = re.compile(r"[.?!](?=\s)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAGNET = re.compile(r"magnet:\?xt=urn:[a-z0-9:]+[!-~]*", re.IGNORECASE)

# The origin of PieFed's ranking: 2023-06-03 04:20:18 UTC, in seconds of the Unix epoch; one step is 12.5 hours.
_RANKING_ORIGIN = 1_685_766_018
_RANKING_STEP = 45_000


def is_published(status: int | None, *, moderates: bool) -> bool:
    """Whether a post is out; those who moderate there see what is held back for review, too.

    Parameters:
        status: a `PostStatus`, or NULL of an old row.
    """
    if status == PostStatus.REVIEWING:
        return moderates
    return status is None or status > PostStatus.REVIEWING


def is_waiting(status: int | None) -> bool:
    """Whether a post waits to be published; nobody hears of it until then."""
    return status == PostStatus.SCHEDULED


def checked_title(title: str) -> str:
    """Return the title on one line, without characters that nobody sees and without outer space.

    Raises:
        Invalid: it is shorter than 3 or longer than 255 characters.
    """
    tidy = clean_line(_CONTROL.sub(" ", title), 2 * TITLE_MAX)
    refuse({"title": _problem_with_title(tidy)})
    return tidy


def _problem_with_title(tidy: str) -> str | None:
    if len(tidy) < TITLE_MIN:
        return _("Use at least %(title_min)s characters.", title_min=TITLE_MIN)
    return _("Use at most %(title_max)s characters.", title_max=TITLE_MAX) if len(tidy) > TITLE_MAX else None


def title_from_elsewhere(title: str, html: str) -> str:
    """Return the title that a post from another server gets, cut to what the column holds.

    Parameters:
        title: as it was sent; "" for a microblog, which has none of its own.
        html: the text, whose first sentence then stands for it.

    Raises:
        Invalid: nothing of either is seen.
    """
    tidy = clean_line(_CONTROL.sub(" ", storable_text(title, 4 * TITLE_MAX)), 4 * TITLE_MAX)
    tidy = tidy or _first_sentence(plain_text(html, MICROBLOG_TITLE_MAX))
    refuse({"title": None if tidy else _("Enter a title or some text.")})
    return shorten(tidy, TITLE_MAX)


def _first_sentence(text: str) -> str:
    ending = _ENDING.search(text, TITLE_MIN)
    return text[: ending.end()].rstrip(".") if ending else text


def checked_body(body: str | None) -> str:
    """Return the Markdown text without NUL characters; '' for none.

    Raises:
        Invalid: it has more than 50,000 characters.
    """
    tidy = (body or "").replace("\x00", "")
    refuse(
        {
            "body": _("Use at most %(body_max)s characters.", body_max=BODY_MAX)
            if len(tidy) > BODY_MAX
            else None
        }
    )
    return tidy


def checked_url(url: str | None) -> str | None:
    """Return the address as every program takes it and without what follows people; None for none.

    Raises:
        Invalid: it is no http(s) address with a host and no magnet link, or has more than 2,048 characters.
    """
    tidy = (url or "").strip()
    if not tidy:
        return None
    refuse({"url": _too_long_address(tidy)})
    valid = without_tracking(as_link(tidy))
    is_address = not _CONTROL.search(tidy) and (host_of(valid) or is_magnet(valid))
    refuse({"url": _too_long_address(valid) if is_address else _("Enter a valid web address.")})
    return valid


def _too_long_address(url: str) -> str | None:
    return _("Use at most %(url_max)s characters.", url_max=URL_MAX) if len(url) > URL_MAX else None


def is_magnet(url: str) -> bool:
    """Whether the address names a torrent, which no host has."""
    return _MAGNET.fullmatch(url) is not None


def tidy_alt_text(text: str | None) -> str | None:
    """Return the description of an image, cut to what the column holds; None for none."""
    return (text or "").replace("\x00", "").strip()[:ALT_TEXT_MAX] or None


def host_of(url: str) -> str | None:
    """Return the host of an http(s) address in lower case, without a leading `www.`; None if it has none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return None
    return host.lower().removeprefix("www.")[:255]


def type_of(url: str | None) -> int:
    """Return the kind of a post by its address: image and video by ending or host, else a link; text without one."""
    if url is None:
        return PostType.TEXT
    if shows_image(url):
        return PostType.IMAGE
    if urlsplit(url).path.lower().endswith(_VIDEO_ENDINGS) or _is_video_page(url):
        return PostType.VIDEO
    return PostType.LINK


def shows_image(url: str) -> bool:
    """Whether the address ends like a picture."""
    return urlsplit(url).path.lower().endswith(_IMAGE_ENDINGS)


def _is_video_page(url: str) -> bool:
    # PeerTube lives on many hosts; its pages share one path.
    return host_of(url) in _VIDEO_HOSTS or "/videos/watch/" in url


class Flags(msgspec.Struct, frozen=True):
    """What a post warns of."""

    nsfw: bool
    nsfl: bool
    ai_generated: bool


def flags_of(title: str, said: Flags, everything: Flags) -> Flags:
    """Return what a post warns of: what its author says, what its title says, what holds for all of its community."""
    return Flags(
        said.nsfw or everything.nsfw or says_nsfw(title),
        said.nsfl or everything.nsfl or says_nsfl(title),
        said.ai_generated or everything.ai_generated,
    )


def says_nsfw(title: str) -> bool:
    """Whether the title itself marks the post as not safe for work."""
    shout = title.upper()
    return "[NSFW]" in shout or "(NSFW)" in shout


def says_nsfl(title: str) -> bool:
    """Whether the title itself marks the post as gruesome."""
    shout = title.upper()
    return "[NSFL]" in shout or "(NSFL)" in shout or "[COMBAT]" in shout


def has_cross_posts(url: str | None) -> bool:
    """Whether posts of the same address are the same story: not for a bare front page."""
    return url is not None and urlsplit(url).path not in {"", "/"} and len(most_telling_part(url)) > 1


def hot_rank(score: float, created_at: datetime) -> float:
    """Return the rank of a post in Hot: +-log10 of its score, plus one for each 12.5 hours since a fixed day.

    Source: PieFed's `Post.post_ranking` (after Reddit's). PieFed calls it with `score + reply_count` after a vote and
    stores it in an integer column, so PostgreSQL rounds it.

    Parameters:
        score: the weighted score, with the number of comments added.
        created_at: naive UTC.
    """
    order = math.log10(max(abs(score), 1))
    sign = (score > 0) - (score < 0)
    seconds = (created_at - EPOCH).total_seconds() - _RANKING_ORIGIN
    return round(sign * order + seconds / _RANKING_STEP, 7)


def small_community_boost(subscribers: int, large: float | None) -> int:
    """Return what Scaled adds to the posts of a community, more for a smaller one.

    Source: PieFed's `Community.scale_by`.

    Parameters:
        subscribers: local members of the community.
        large: the mean number of members of the largest 15 % of communities, None or 0 if there are none.
    """
    if subscribers <= 1:
        return 3
    if not large:
        return 0
    influence = subscribers / int(large) if int(large) else 1.0
    for below, boost in ((0.05, 4), (0.25, 3), (0.60, 2), (1.0, 1)):
        if influence < below:
            return boost
    return 0


def scaled_rank(rank: float, boost: int) -> int:
    """Return the rank of a post in Scaled (an integer, as PieFed stores it)."""
    return int(rank + boost)


def stored_rank(rank: float) -> int:
    """Return the rank as the integer column holds it: rounded half to even, as PostgreSQL casts a float."""
    return round(rank)


def site_of(url: str) -> str:
    """Return the website that a link counts for: its host; YouTube's other hosts count for YouTube."""
    host = host_of(url) or ""
    return "youtube.com" if host in YOUTUBE or host == "youtu.be" else host
