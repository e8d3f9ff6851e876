"""Documents of what people write: posts, comments, private messages, and posts as microblog servers read them.

Source: https://www.w3.org/TR/activitystreams-vocabulary/, FEP-1b12 (Page and Note), FEP-8a8e (Event),
FEP-7888 (context), FEP-f228 (replies), FEP-044f (quotes), FEP-5feb (who may index it)
"""

from datetime import UTC, datetime
from html import escape
from typing import Any

import msgspec

from service.federation.vocabulary import Document
from service.federation.write import tags
from service.federation.write.documents import PUBLIC, everybody_of, quotable, stamp
from service.federation.write.rows import (
    ActorRow,
    CommentRow,
    ImageRow,
    LanguageRow,
    MessageRow,
    PostRow,
)
from service.forum.accounts.rules import zone_named
from service.forum.posts.shapes import EventRow, PollRow

# A text without a language is taken for one in it, as PieFed does.
ENGLISH = LanguageRow("en", "English")
# Servers whose people read a message as `ChatMessage`; all others as a `Note` that names them.
CHATTING = {"lemmy", "mbin"}
LOCATION = ("address", "city", "country")  # what PieFed asks for of a place
UNTAGGED = {"lemmy", "piefed"}  # a message is recognised by its only recipient


def post(row: PostRow) -> Document:
    """Return a post: a Page, a Question where it is a poll, an Event where it is one."""
    html = row.body_html
    named = [person for person in row.mentions if person.url != row.author.url]
    document: Document = {
        "type": type_of(row),
        "id": row.url,
        "context": row.context,
        "attributedTo": row.author.url,
        "to": [row.place.url, *everybody_of(row.place)],
        "cc": [person.url for person in named],
        "audience": row.place.url,
        "name": row.title,
        "content": html,
        **_text(row.body, row.language, html),
        "attachment": _attached(row),
        "commentsEnabled": row.comments_enabled,
        "sensitive": row.sensitive or row.nsfl,
        "nsfl": row.nsfl,
        "genAI": row.generated,
        "stickied": row.sticky,
        "tag": [*_tags(row), *tags.mentions(named)],
        "replies": row.replies,
        "interactionPolicy": quotable(row.place),
        "published": stamp(row.published),
        **_changed(row.updated),
    }
    if row.thumbnail:
        document["image"] = {"type": "Image", "url": row.thumbnail}
    if row.indexable:
        document["searchableBy"] = PUBLIC
    if row.poll is not None:
        document |= _poll(row.poll)
        # Mastodon shows the content alone; who reads the title elsewhere finds the text alone in the source.
        document |= _titled_content(row, f"<p>{escape(row.title, quote=False)}</p>{html}")
    if row.event is not None:
        document |= _event(row.event)
    return document


def type_of(row: PostRow) -> str:
    """Return what a post is."""
    if row.poll is not None:
        return "Question"
    return "Event" if row.event is not None else "Page"


def note_of_post(row: PostRow) -> Document:
    """Return a post as a microblog shows it: a Note with the title, the link and the text in its content."""
    document = post(row)
    document.pop("name", None)
    document["inReplyTo"] = None
    if row.poll is not None:
        return document
    document["type"] = "Note"
    return document | _titled_content(row, f"{_heading(row)}{_when(row.event)}{row.body_html}")


def page_of_poll(row: PostRow) -> Document:
    """Return a poll for servers that refuse a Question (Lemmy): a Page that lists the choices in its text."""
    if row.poll is None:
        return post(row)
    names = [choice.text for choice in row.poll.choices]
    listed = "".join(f"<li>{escape(name, quote=False)}</li>" for name in names)
    marked = "\n".join(f"- {name}" for name in names)
    return post(
        msgspec.structs.replace(
            row,
            poll=None,
            body=f"{row.body}\n\n{marked}".strip(),
            body_html=f"{row.body_html}<ul>{listed}</ul>",
        )
    )


def comment(row: CommentRow) -> Document:
    """Return a comment: a Note below what it answers."""
    named = [person for person in row.mentions if person.url != row.author.url]
    # Who is answered comes first, be it the author: PieFed takes the first one for that and tells the others.
    told = [person for person in (row.answered, *named) if person]
    document: Document = {
        "type": "Note",
        "id": row.url,
        "context": row.context,
        "attributedTo": row.author.url,
        "inReplyTo": row.parent,
        "to": [*everybody_of(row.place), *([row.answered.url] if row.answered else [])],
        "cc": [row.place.url, row.author.followers, *(person.url for person in named)],
        "audience": row.place.url,
        "content": row.body_html,
        **_text(row.body, row.language, row.body_html),
        "distinguished": row.distinguished,
        "answer": row.answer,
        "flair": row.flair,
        "repliesEnabled": row.replies_enabled,
        "replies": row.replies,
        "tag": [*(tags.emoji(one) for one in row.emoji), *tags.mentions(told)],
        "interactionPolicy": quotable(row.place),
        "published": stamp(row.published),
        **_changed(row.updated),
    }
    if row.sensitive:
        document["sensitive"] = True
    return document


def message(row: MessageRow) -> Document:
    """Return a private message in the form that the recipient's server takes for one."""
    software = row.recipient.software
    document: Document = {
        "type": "ChatMessage" if software in CHATTING else "Note",
        "id": row.url,
        "attributedTo": row.sender.url,
        "to": [row.recipient.url],
        "content": row.body_html,
        "mediaType": "text/html",
        "source": {"content": row.body, "mediaType": "text/markdown"},
        "inReplyTo": row.parent,
        "published": stamp(row.published),
        **_changed(row.updated),
    }
    if row.conversation:
        document["conversation"] = row.conversation
    if software not in UNTAGGED:
        document["tag"] = [tags.mention(row.recipient)]
    return document


def poll_choice(identity: str, row: PostRow, voter: ActorRow, choice: str) -> Document:
    """Return a vote in a poll as Mastodon understands it: a Note with the choice for a name, for the author alone."""
    return {
        "type": "Note",
        "id": identity,
        "attributedTo": voter.url,
        "to": [row.author.url],
        "inReplyTo": row.url,
        "name": choice,
    }


def _text(markdown: str, language: LanguageRow | None, html: str) -> dict[str, Any]:
    known = language or ENGLISH
    return {
        "mediaType": "text/html",
        "source": {"content": markdown, "mediaType": "text/markdown"},
        "language": {"identifier": known.code, "name": known.name},
        **({"contentMap": {language.code: html}} if language else {}),
    }


def _titled_content(row: PostRow, html: str) -> dict[str, Any]:
    return {"content": html, **({"contentMap": {row.language.code: html}} if row.language else {})}


def _changed(updated: datetime | None) -> dict[str, str]:
    return {"updated": stamp(updated)} if updated else {}


def _attached(row: PostRow) -> list[Document]:
    if row.pictures:
        return [_picture(one) for one in row.pictures]
    return [{"type": "Link", "href": row.link}] if row.link else []


def _picture(row: ImageRow) -> Document:
    return {"type": "Image", "url": row.url, "name": row.description}


def _tags(row: PostRow) -> list[Document]:
    return [
        *(tags.flair(one) for one in row.flairs),
        *(tags.hashtag(name, address) for name, address in row.hashtags),
        *(tags.emoji(one) for one in row.emoji),
    ]


def _poll(row: PollRow) -> dict[str, Any]:
    choices = [
        {"type": "Note", "name": one.text, "replies": {"type": "Collection", "totalItems": one.votes}}
        for one in row.choices
    ]
    return {
        "anyOf" if row.mode == "multiple" else "oneOf": choices,
        "votersCount": sum(one.votes for one in row.choices),
        **({"endTime": stamp(row.end)} if row.end else {}),
    }


def _event(row: EventRow) -> dict[str, Any]:
    document: dict[str, Any] = {
        "startTime": stamp(row.start),
        "endTime": stamp(row.end),
        "timezone": row.timezone,
        "maximumAttendeeCapacity": row.max_attendees,
        "participantCount": row.participant_count,
        "isOnline": row.online,
        "onlineLink": row.online_link,
        "joinMode": row.join_mode,
        "externalParticipationUrl": row.external_participation_url,
        "anonymousParticipation": row.anonymous_participation,
        "buyTicketsLink": row.buy_tickets_link,
        "feeCurrency": row.event_fee_currency,
        "feeAmount": row.event_fee_amount,
    }
    return document | ({"location": places} if (places := _places(row)) else {})


def _places(row: EventRow) -> list[Document]:
    """Return where it is, as FEP-8a8e writes it: a place, a virtual one, or both."""
    parts = [str(row.location[name]) for name in LOCATION if row.location and row.location.get(name)]
    found: list[Document] = (
        [{"type": "Place", "name": parts[0], "address": ", ".join(parts)}] if parts else []
    )
    if row.online_link:
        found.append({"type": "VirtualLocation", "url": row.online_link})
    return found


def _heading(row: PostRow) -> str:
    title = escape(row.title, quote=False)
    return f'<p><a href="{escape(row.link)}">{title}</a></p>' if row.link else f"<p>{title}</p>"


def _when(event: EventRow | None) -> str:
    """Return when an event begins, in its own time zone."""
    if event is None:
        return ""
    zone = zone_named(event.timezone)
    local = event.start.replace(tzinfo=UTC).astimezone(zone)
    return f"<p>{local:%Y-%m-%dT%H:%M:%S} ({zone.key})</p>"
