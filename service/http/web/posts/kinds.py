"""The one form of a post: what each of its kinds has of fields, and what they say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from service.forum.accounts.rules import TIMEZONE_LENGTH, problem_with_timezone, zone_named
from service.forum.accounts.viewer import Viewer
from service.forum.calendar import ADDRESS_LENGTH, MOST_PEOPLE, EventDetails
from service.forum.choices import NumberChoice
from service.forum.errors import Invalid
from service.forum.polls import CHOICE_LENGTH, CHOICES, NewPoll
from service.forum.posts.choices import PollMode, PostType, Repeat
from service.forum.posts.operations import NewPost
from service.forum.posts.rules import BODY_MAX, TITLE_MAX, URL_MAX
from service.forum.posts.schedule import Schedule, in_utc
from service.forum.posts.shapes import EventRow, PostRow
from service.http.web.frame.fields import (
    Area,
    Field,
    Form,
    Ids,
    Line,
    Moment,
    Number,
    Pick,
    PickId,
    Select,
    Sent,
    Switch,
)
from service.http.web.posts.pictures import IMAGE, PICTURES, pictures_sent
from service.language import _, n_
from service.storage.clock import utcnow

KINDS = ("link", "text", "photo", "video", "poll", "event")
# What addresses of PieFed and of apps call them.
OTHER_NAMES = {"image": "photo", "discussion": "text"}
PLACE_LENGTH = 500  # of each part; PieFed stores them in `location` as address and city


class PollLength(NumberChoice):
    """For how many days a poll is open."""

    DAY = 1, n_("%(number)s day", "%(number)s days", number=1)
    DAYS = 3, n_("%(number)s day", "%(number)s days", number=3)
    WEEK = 7, n_("%(number)s day", "%(number)s days", number=7)
    WEEKS = 14, n_("%(number)s day", "%(number)s days", number=14)
    MONTH = 30, n_("%(number)s day", "%(number)s days", number=30)


# The fields of posts

NSFW_HINT = _("Images are blurred, and the post is hidden from people who don't want to see NSFW content.")
NSFL_HINT = _("Violence, injuries or death. Only signed-in people can see it, depending on their settings.")

EVERY: tuple[Field, ...] = (
    Line("title", _("Title"), required=True, missing=_("Enter a title."), most=TITLE_MAX),
    Area("body", _("Text"), most=BODY_MAX, large=True, written=True),
    PickId("language_id", _("Language")),
    Switch("nsfw", _("Not safe for work"), NSFW_HINT),
    Switch("nsfl", _("Graphic content"), NSFL_HINT),
    Switch("ai_generated", _("AI-generated")),
)


def _address(missing: str) -> Line:
    return Line(
        "url",
        _("URL"),
        required=None,
        missing=missing,
        most=URL_MAX,
        kind="url",
        placeholder="https://",
    )


def _link(name: str, label: str) -> Line:
    return Line(name, label, most=ADDRESS_LENGTH, kind="url")


POLL = (
    Area(
        "choices",
        _("Choices"),
        _("Two to ten, one per line."),
        required=None,
        most=CHOICES[1] * (CHOICE_LENGTH + 2),
    ),
    Switch("multiple", _("Allow multiple choices")),
    Switch("poll_local_only", _("Only members of this site can vote")),
    Select("poll_days", _("Open for"), offered=PollLength, usual=PollLength.DAYS),
)
EVENT = (
    Moment("start", _("Starts"), required=None, missing=_("Enter a date and time.")),
    Moment("end", _("Ends")),
    Pick("timezone", _("Time zone"), most=TIMEZONE_LENGTH),
    Line("place", _("Location"), most=PLACE_LENGTH),
    Line("address", _("Town or street address"), most=PLACE_LENGTH),
    _link("online_link", _("Link to join online")),
    _link("buy_tickets_link", _("Link to tickets")),
    Number("max_attendees", _("Maximum number of attendees"), most=MOST_PEOPLE),
)
LATER = (
    Moment("scheduled_for", _("Publish at"), _("Leave empty to publish right away.")),
    Select("repeat", _("Repeat"), offered=Repeat, usual=Repeat.ONCE),
    Moment("repeat_until", _("Repeat until")),
)
SCHEDULE = Form(*LATER)
LABELS = Ids("flair", _("Flair"))
OF_KIND: dict[str, tuple[Field, ...]] = {
    "link": (_address(_("Enter the URL of the page, or choose “Text”.")),),
    "text": (),
    "photo": PICTURES,
    "video": (_address(_("Enter the URL of the video.")),),
    "poll": POLL,
    "event": EVENT,
}

NEW_POST = {kind: Form(*EVERY, *fields, LABELS, *LATER) for kind, fields in OF_KIND.items()}
# A poll stays as it is; of pictures and an event the views know what changed.
CHANGED_POST = {
    kind: Form(*EVERY, *(field for field in fields if field.name == "url"))
    for kind, fields in OF_KIND.items()
}
CHANGED_EVENT = Form(*EVENT)
DRAWN = Form(*(field for form in NEW_POST.values() for field in form))


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


async def new_post(
    viewer: Viewer, community_id: int, kind: str, form: Sent, said: dict[str, Any], zone: str
) -> NewPost:
    """Return the post that a form describes.

    Parameters:
        kind: one of `KINDS`.
        form: as it was sent.
        said: as its form of `NEW_POST` was read.
        zone: the viewer's time zone; of an event that names none.

    Raises:
        Invalid: something that this kind needs is missing, or cannot be used.
    """
    every = {field.name: said[field.name] for field in EVERY}
    new = NewPost(community_id=community_id, url=said.get("url"), schedule=schedule_of(said, zone), **every)
    match kind:
        case "photo":
            shown = await pictures_sent(viewer, form)
            if not shown:
                raise Invalid({IMAGE.name: _("Choose an image.")})
            first, *further = shown
            return msgspec.structs.replace(
                new, image_id=first.file_id, alt_text=first.alt_text, gallery=tuple(further)
            )
        case "poll":
            return msgspec.structs.replace(new, poll=_poll_of(said))
        case "event":
            return msgspec.structs.replace(new, event=event_of(said, zone))
    return new


def schedule_of(said: dict[str, Any], zone: str) -> Schedule | None:
    """Return when a post is to be published; None for at once.

    Parameters:
        zone: by whose clock.
    """
    if said["scheduled_for"] is None:
        return None
    return Schedule(
        at=said["scheduled_for"], timezone=zone, repeat=said["repeat"], until=said["repeat_until"]
    )


def _poll_of(said: dict[str, Any]) -> NewPoll:
    """The poll: a choice a line, and for how many days."""
    lines = said["choices"].split("\n")
    return NewPoll(
        choices=tuple(line.strip() for line in lines if line.strip()),
        mode=PollMode.MULTIPLE if said["multiple"] else PollMode.SINGLE,
        end=utcnow().replace(microsecond=0) + timedelta(days=said["poll_days"].value),
        local_only=said["poll_local_only"],
    )


def event_of(said: dict[str, Any], zone: str) -> EventDetails:
    """Return the event of a form, whose times are in its own zone.

    Raises:
        Invalid: there is no such zone.
    """
    zone = said["timezone"] or zone or "UTC"
    if problem := problem_with_timezone(zone):
        raise Invalid({"timezone": problem})
    place, town = said["place"], said["address"]
    return EventDetails(
        start=in_utc(said["start"], zone),
        end=in_utc(said["end"] or said["start"], zone),
        timezone=zone,
        max_attendees=said["max_attendees"] or 0,
        online=bool(said["online_link"]),
        online_link=said["online_link"] or None,
        buy_tickets_link=said["buy_tickets_link"] or None,
        location={"address": place, "city": town} if place or town else None,
    )


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
    return when.replace(tzinfo=UTC).astimezone(zone_named(zone)).strftime("%Y-%m-%dT%H:%M")
