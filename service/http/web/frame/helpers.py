"""What templates say of people, places, times, numbers and pictures: filters of the environment. Pure."""

from datetime import datetime
from functools import lru_cache
from typing import Protocol
from urllib.parse import quote

from markupsafe import Markup, escape

from service.forum.accounts.shapes import AuthorRow
from service.forum.accounts.viewer import Viewer
from service.forum.attachments.rules import in_words as bytes_in_words
from service.forum.attachments.shapes import ImageRow
from service.forum.audit_actions import words_of_action, words_of_fact
from service.forum.choices import options
from service.forum.comments.shapes import CommentRow
from service.forum.communities.shapes import CommunityDetail, CommunityRow
from service.forum.flairs.rules import full_color
from service.forum.messages.shapes import MessageRow
from service.forum.notifications.rules import (
    MENTIONED_IN_COMMENT,
    MENTIONED_IN_POST,
    REPLY_TO_COMMENT,
    REPLY_TO_POST,
)
from service.forum.notifications.shapes import NotificationRow
from service.forum.notifications.words import understood
from service.forum.posts.shapes import EventRow, PostRow
from service.http.web.frame.bodies import body, markdown, safe_body
from service.http.web.frame.zones import local_time
from service.language.formats import Unit, compact, day, moment, month, number, time_ago
from service.language.sentences import Sentence, _, n_, said, spoken, translated_number
from service.storage.clock import utcnow
from service.text.excerpts import excerpt
from service.text.players import Player, player_of

SUMMARY_LENGTH = 160
TOLD: dict[str, str] = {
    REPLY_TO_POST: _("New comment on your post"),
    REPLY_TO_COMMENT: _("New reply to your comment"),
    MENTIONED_IN_COMMENT: _("You were mentioned in a comment"),
    MENTIONED_IN_POST: _("You were mentioned in a post"),
}
NOWHERE = "#"  # where a link leads that must lead nowhere

MINUTE, HOUR, DAY = 60, 3600, 86_400
MONTH, YEAR = 30 * DAY, 365 * DAY


def ago(when: datetime) -> Markup:
    """Return how long ago it was, with the exact time for machines and on hover.

    Parameters:
        when: naive UTC.
    """
    now = utcnow()
    return _ago(when, (now.day, now.hour, now.minute), spoken().code)


@lru_cache(8192)
def _ago(when: datetime, _minute: tuple[int, int, int], _language: str) -> Markup:
    """The same, made once a minute."""
    exact = when.isoformat(timespec="seconds")
    short, spoken_out = _age(when)
    shown = f'<span aria-hidden="true">{short}</span><span class="sr">{spoken_out}</span>'
    return Markup(  # noqa: S704 - of our own words
        f'<time datetime="{exact}Z" title="{spoken_out} ({exact.replace("T", " ")} UTC)">{shown}</time>'
    )


# Units of time: their seconds, how they are written where there is little room, up to where, and Babel's name.
AGES: tuple[tuple[int, Sentence, int, Unit], ...] = (
    (MINUTE, n_("%(number)s min", "%(number)s min", 0), HOUR, "minute"),
    (HOUR, n_("%(number)s h", "%(number)s h", 0), DAY, "hour"),
    (DAY, n_("%(number)s d", "%(number)s d", 0), MONTH, "day"),
    (MONTH, n_("%(number)s mo", "%(number)s mo", 0), YEAR, "month"),
    (YEAR, n_("%(number)s y", "%(number)s y", 0), 10_000 * YEAR, "year"),
)
NOW = _("now")


def _age(when: datetime) -> tuple[Markup, Markup]:
    """Return an age twice: short, and as it is read out; escaped."""
    seconds = (utcnow() - when).total_seconds()
    for unit, words, below, name in AGES:
        if unit <= seconds < below:
            number = int(seconds // unit)
            short = translated_number(words.one, words.many, number) % {"number": number}
            return escape(short), escape(time_ago(unit * number, name))
    return escape(said(NOW)), escape(said(NOW))


class HasFace(Protocol):
    """Anybody and anything with a name, and perhaps a picture."""

    @property
    def name(self) -> str:
        """The name."""


def face(row: HasFace, shape: str = "") -> Markup:
    """Return the picture of a person or community, or the first letter of the name where there is none."""
    kind = f"face {shape}" if shape else "face"
    url = getattr(row, "avatar_url", None) or getattr(row, "icon_url", None)
    if url:
        picture = f'<img class="{kind}" src="{escape(image_url(url))}" alt="" width="24" height="24" loading="lazy">'
    else:
        letter = escape((getattr(row, "title", None) or row.name)[:1] or "?")
        picture = f'<span class="{kind} letter" aria-hidden="true">{letter}</span>'
    return Markup(picture)  # noqa: S704 - escaped above


def handle(row: AuthorRow | CommunityRow) -> str:
    """Return the name as people write it: `ana`, or `ana@elsewhere.example` for one from another site."""
    return row.name if row.local or not row.domain else f"{row.name}@{row.domain}"


def left_to_right(words: str) -> str:
    """Return what is read so in every language, a handle or an address, for sentences that take no markup."""
    return f"\u2066{words}\u2069"


def display_name(author: AuthorRow) -> str:
    """Return the chosen name of a person, else the handle."""
    return author.title or handle(author)


def home(author: AuthorRow) -> Markup | str:
    """Return where somebody of another site is at home, to stand behind the chosen name; the handle has it already."""
    if author.local or not author.domain or not author.title:
        return ""
    return Markup(f'<span class="home">@{escape(author.domain)}</span>')  # noqa: S704 - escaped


def flair_of(author: AuthorRow) -> Markup | str:
    """Return the words that somebody shows beside their name in the community in question."""
    return Markup(f'<span class="tag flair"><bdi>{escape(author.flair)}</bdi></span>') if author.flair else ""  # noqa: S704


def excerpt_of(written: PostRow | CommentRow | MessageRow) -> str:
    """Return the beginning of what somebody wrote, without its marks and spoilers."""
    if isinstance(written, MessageRow):
        return excerpt(written.html, written.content, SUMMARY_LENGTH)
    return excerpt(written.body_html, written.body, SUMMARY_LENGTH)


def what_was_told(item: NotificationRow) -> str:
    """Return what a notification says: in words of ours where the stored ones have numbers."""
    return TOLD.get(item.subtype) or understood(item.subtype, item.title)


def at_home(when: datetime, viewer: Viewer | None) -> Markup:
    """Return a time in the viewer's own zone, with the zone's name, and for machines in UTC.

    Parameters:
        when: naive UTC.
    """
    local = local_time(when, (viewer.timezone or "") if viewer else "")
    exact = when.isoformat(timespec="minutes")
    return Markup(f'<time datetime="{exact}Z">{escape(moment(local))}</time>')  # noqa: S704 - escaped


def day_at_home(when: datetime, viewer: Viewer | None) -> str:
    """Return the day of a time in the viewer's own zone.

    Parameters:
        when: naive UTC.
    """
    return day(local_time(when, (viewer.timezone or "") if viewer else "").date())


def place(event: EventRow) -> str:
    """Return where an event takes place, in one line; '' where it does not say so."""
    where = event.location or {}
    named = (where.get(name) for name in ("address", "city", "country"))
    return ", ".join(text for one in named if (text := str(one or "").strip()))


def player(post: PostRow) -> Player | None:
    """Return what plays a post's video, if it leads to one that can be played here."""
    return player_of(post.url or "")


def summary_of(detail: CommunityDetail) -> str:
    """Return the beginning of what a community says of itself."""
    return _summary(detail.description_html, detail.description)


@lru_cache(1024)
def _summary(html: str | None, words: str | None) -> str:
    return excerpt(html, words, SUMMARY_LENGTH)


def person_path(author: AuthorRow) -> str:
    """Return where a person's page is."""
    return "/u/" + _in_address(handle(author))


def community_path(community: CommunityRow) -> str:
    """Return where a community's page is."""
    return "/c/" + _in_address(handle(community))


def community_actions(community: CommunityRow) -> str:
    """Return below which address everything is that can be done with a community."""
    return "/community/" + _in_address(handle(community))


@lru_cache(4096)
def _in_address(name: str) -> str:
    return quote(name, safe="@.-_")


def post_path(post: PostRow) -> str:
    """Return where a post's page is."""
    return post.slug if post.slug.startswith("/c/") else f"/post/{post.id}"


def web_url(url: str | None) -> str:
    """Return `url` if it leads to the web or a torrent, else a harmless one: what came from elsewhere may run."""
    return url if url and url.lower().startswith(("http://", "https://", "magnet:?")) else NOWHERE


def image_url(url: str) -> str:
    """Return the address of a picture, ours or on the web; anything else becomes a harmless one."""
    is_ours = url.startswith("/") and not url.startswith("//")
    return url if is_ours or url.lower().startswith(("http://", "https://")) else NOWHERE


def sources(image: ImageRow) -> str:
    """Return the sizes of a picture that this site has, for `srcset`; '' where the browser has no choice."""
    sizes = {
        url: width
        for url, width in (
            (image.thumbnail_url, image.thumbnail_width),
            (image.medium_url, image.medium_width),
            (image.url, image.width),
        )
        if width and url.startswith("/")
    }
    return ", ".join(f"{image_url(url)} {width}w" for url, width in sizes.items()) if len(sizes) > 1 else ""


def sizes(image: ImageRow) -> str:
    """Return how wide a picture is shown, for `sizes`: as wide as the column of a post, never wider than it is."""
    widest = f"{image.width}px" if image.width else "100vw"
    return f"(width >= 62rem) min(48rem, {widest}), min(100vw, {widest})"


def with_query(path: str, **changes: str | None) -> str:
    """Return `path` with these query parameters, without the empty ones."""
    pairs = [f"{name}={quote(value, safe='')}" for name, value in changes.items() if value]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


# Filters, not functions: Jinja calls a filter directly, and a function through layers that cost more than its work.
FILTERS = {
    function.__name__: function
    for function in (
        ago,
        at_home,
        body,
        community_actions,
        day_at_home,
        community_path,
        compact,
        day,
        display_name,
        excerpt_of,
        face,
        flair_of,
        full_color,
        handle,
        home,
        image_url,
        markdown,
        month,
        number,
        options,
        person_path,
        place,
        player,
        post_path,
        safe_body,
        sizes,
        sources,
        summary_of,
        web_url,
        what_was_told,
    )
} | {"audited": words_of_action, "bytes": bytes_in_words, "fact": words_of_fact}
