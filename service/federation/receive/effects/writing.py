"""What was written, in the words of the forum's operations: values only, nothing is decided here. Pure."""

from datetime import datetime, timedelta
from typing import Any

from service.federation.read.content import Content
from service.federation.read.details import Happening
from service.forum.calendar import EventDetails
from service.forum.flairs import rules as flairs
from service.forum.polls import NewPoll
from service.forum.posts.choices import JoinMode, PollMode
from service.forum.posts.operations import PostChanges, SentFlair, SentPicture, SentPost
from service.forum.posts.operations.publishing import NewPost
from service.forum.posts.rules import URL_MAX
from service.forum.provenance import Provenance

VIDEOS = {"Video"}


def provenance_of(
    content: Content,
    instance_id: int,
    *,
    create_id: str | None,
    announce_id: str | None,
    is_history: bool = False,
) -> Provenance:
    """Return where something comes from.

    Parameters:
        instance_id: its author's server.
        create_id, announce_id: of the activities that it came in.
        is_history: it was written before anybody here followed.
    """
    return Provenance(
        ap_id=content.id,
        create_id=create_id,
        announce_id=announce_id,
        instance_id=instance_id,
        published=content.published,
        updated=content.updated or content.published,
        html=content.html,
        is_history=is_history,
    )


def post_of(content: Content, community_id: int, language_id: int | None) -> NewPost:
    """Return what is to be published."""
    return NewPost(
        community_id=community_id,
        title=content.title or "",
        body=content.markdown,
        url=_leads_to(content),
        nsfw=content.nsfw,
        nsfl=content.nsfl,
        ai_generated=content.generated,
        language_id=language_id,
        notify_replies=False,
        poll=poll_of(content),
        event=event_of(content),
        sent=sent_of(content),
    )


def changes_of(content: Content, language_id: int | None) -> PostChanges:
    """Return what an author changed: everything may be different."""
    return PostChanges(
        title=content.title or "",
        body=content.markdown,
        url=_leads_to(content),
        nsfw=content.nsfw,
        nsfl=content.nsfl,
        ai_generated=content.generated,
        language_id=language_id,
        poll=poll_of(content),
        event=event_of(content),
        sent=sent_of(content),
    )


def sent_of(content: Content) -> SentPost:
    """Return what only another server says of a post."""
    return SentPost(
        pictures=tuple(SentPicture(one.url, one.description) for one in content.media.pictures),
        image_url=content.media.thumbnail,
        video=content.kind in VIDEOS,
        microblog=content.title is None,
        pinned=content.sticky,
        locked=content.locked,
        indexable=content.indexable,
        flairs=tuple(
            SentFlair(
                name=flair.name,
                ap_id=flair.id,
                text_color=flair.text_colour or flairs.TEXT_COLOR,
                background_color=flair.background_colour or flairs.BACKGROUND_COLOR,
                blur_images=flair.blur,
            )
            for flair in content.tags.flairs
        ),
        hashtags=content.tags.hashtags,
    )


def poll_of(content: Content) -> NewPoll | None:
    """Return a question's poll."""
    poll = content.poll
    if poll is None:
        return None
    return NewPoll(
        choices=tuple(choice.name for choice in poll.choices),
        mode=PollMode.MULTIPLE if poll.several else PollMode.SINGLE,
        end=poll.ends_at,
        votes=tuple(choice.votes for choice in poll.choices),
    )


def event_of(content: Content) -> EventDetails | None:
    """Return an event's time and place; None without a time."""
    happening = content.happening
    if happening is None or happening.starts_at is None:
        return None
    return EventDetails(
        start=happening.starts_at,
        end=happening.ends_at or happening.starts_at,
        timezone=happening.timezone or "",
        max_attendees=happening.seats or 0,
        online=happening.online_url is not None,
        online_link=happening.online_url,
        join_mode=happening.join_mode if happening.join_mode in set(JoinMode) else JoinMode.FREE,
        external_participation_url=happening.join_url,
        location=_location(happening),
    )


def is_news(content: Content, now: datetime) -> bool:
    """Whether people are to be told of something: not of what was written long ago."""
    return content.published is None or now - content.published < timedelta(days=7)


def _location(happening: Happening) -> dict[str, Any] | None:
    named = {"name": happening.place, "address": happening.address}
    return {key: value for key, value in named.items() if value} or None


def _leads_to(content: Content) -> str | None:
    """Return what a post is about: a page, or the picture that is all there is, as all servers with posts take it."""
    if content.link is not None or content.poll is not None or content.happening is not None:
        return content.link
    return next((one.url for one in content.media.pictures if len(one.url) <= URL_MAX), None)
