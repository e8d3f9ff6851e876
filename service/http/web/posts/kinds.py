"""The one form of a post: what each of its kinds has of fields, and what they say."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from service.forum.accounts.rules import problem_with_timezone
from service.forum.accounts.viewer import Viewer
from service.forum.calendar import EventDetails
from service.forum.errors import Invalid
from service.forum.polls import NewPoll
from service.forum.posts.choices import PollMode, PostType
from service.forum.posts.operations import NewPost
from service.forum.posts.shapes import EventRow, PostRow
from service.http.web.frame.forms import number_of, take_image, text_in
from service.language import _
from service.storage.clock import utcnow

KINDS = ("link", "text", "photo", "video", "poll", "event")
# What addresses of PieFed and of apps call them.
OTHER_NAMES = {"image": "photo", "discussion": "text"}
POLL_LENGTHS = (1, 3, 7, 14, 30)  # days
LOCATION = ("place", "address")  # fields of the form; PieFed stores them in `location` as address and city


def kind_of(word: str) -> str:
    """Return the kind that an address or a form names, else a link."""
    return OTHER_NAMES.get(word, word if word in KINDS else "link")


def kind_of_post(post: PostRow) -> str:
    """Return the kind that a post is edited as."""
    if post.poll is not None:
        return "poll"
    if post.event is not None:
        return "event"
    if post.type == PostType.IMAGE and not post.url:
        return "photo"
    if post.type == PostType.VIDEO and post.url:
        return "video"
    return "link" if post.url else "text"


async def new_post(viewer: Viewer, community_id: int, form: dict[str, str], zone: str) -> NewPost:
    """Return what the form says; of the fields that its kind hides nothing is taken.

    Parameters:
        zone: the viewer's time zone; of an event that names none.

    Raises:
        Invalid: something that this kind needs is missing, or cannot be read.
    """
    kind = form["kind"]
    new = NewPost(
        community_id=community_id,
        title=form.get("title", ""),
        body=text_in(form, "body"),
        nsfw="nsfw" in form,
        nsfl="nsfl" in form,
        ai_generated="ai_generated" in form,
        language_id=number_of(form.get("language_id"), 0) or None,
    )
    match kind:
        case "link" | "video":
            if not form.get("url", "").strip():
                missing = _("Enter the address of the page, or choose “Text”.")
                raise Invalid({"url": _("Enter the address of the video.") if kind == "video" else missing})
            return msgspec.structs.replace(new, url=form["url"])
        case "photo":
            alt_text = form.get("alt_text", "")
            image_id = await take_image(viewer, "image", alt_text=alt_text, may_wait=True)
            if image_id is None:
                raise Invalid({"image": _("Choose a picture.")})
            return msgspec.structs.replace(new, image_id=image_id, alt_text=alt_text)
        case "poll":
            return msgspec.structs.replace(new, poll=poll_in(form))
        case "event":
            return msgspec.structs.replace(new, event=event_in(form, zone))
    return new


def poll_in(form: dict[str, str]) -> NewPoll:
    """Return the poll of a form: a choice a line, and for how many days."""
    lines = text_in(form, "choices").split("\n")
    days = number_of(form.get("poll_days"), 3, most=max(POLL_LENGTHS))
    end = utcnow().replace(microsecond=0)
    return NewPoll(
        choices=tuple(line.strip() for line in lines if line.strip()),
        mode=PollMode.MULTIPLE if "multiple" in form else PollMode.SINGLE,
        end=end + timedelta(days=days),
        local_only="poll_local_only" in form,
    )


def event_in(form: dict[str, str], zone: str) -> EventDetails:
    """Return the event of a form, whose times are in its own zone.

    Raises:
        Invalid: a time or a number cannot be read.
    """
    zone = form.get("timezone", "").strip() or zone or "UTC"
    if problem := problem_with_timezone(zone):
        raise Invalid({"timezone": problem})
    start = _moment(form, "start", zone)
    end = _moment(form, "end", zone) if form.get("end", "").strip() else start
    place, address = (form.get(name, "").strip() for name in LOCATION)
    return EventDetails(
        start=start,
        end=end,
        timezone=zone,
        max_attendees=number_of(form.get("max_attendees"), 0, most=10**8),
        online=bool(form.get("online_link", "").strip()),
        online_link=form.get("online_link", "").strip() or None,
        buy_tickets_link=form.get("buy_tickets_link", "").strip() or None,
        location={"address": place, "city": address} if place or address else None,
    )


def _moment(form: dict[str, str], name: str, zone: str) -> datetime:
    """A time as browsers send it, as naive UTC."""
    try:
        local = datetime.fromisoformat(form.get(name, "").strip())
        return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise Invalid({name: _("Enter a date and a time.")}) from None


def written_event(event: EventRow, zone: str) -> dict[str, Any]:
    """Return an event as the form shows it, in its own zone or the viewer's."""
    zone = event.timezone if event.timezone and not problem_with_timezone(event.timezone) else zone or "UTC"
    where = event.location or {}
    return {
        "start": _shown(event.start, zone),
        "end": _shown(event.end, zone),
        "timezone": zone,
        "max_attendees": event.max_attendees or "",
        "online_link": event.online_link or "",
        "buy_tickets_link": event.buy_tickets_link or "",
        "place": str(where.get("address") or ""),
        "address": str(where.get("city") or ""),
    }


def _shown(when: datetime, zone: str) -> str:
    return when.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
