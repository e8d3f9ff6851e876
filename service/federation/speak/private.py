"""What is said to a few: private messages, and reports."""

from collections.abc import Iterator

from service.federation.deliver import lanes
from service.federation.deliver.audience import LOCAL, inboxes_of
from service.federation.deliver.outgoing import Outgoing, Signer
from service.federation.speak.known import ReportRow
from service.federation.speak.voice import Voice
from service.federation.vocabulary import Document
from service.federation.write import activities, content
from service.federation.write.rows import MessageRow
from service.forum.events import MessageDeleted, MessageEdited, MessageSent, ReportFiled, ReportResolved


def message_sent(voice: Voice, event: MessageSent) -> Iterator[Outgoing]:
    """A Create, in the form that the recipient's server takes for a message."""
    row = voice.known.messages.get(event.message_id)
    if row and not row.deleted:
        identity = voice.new_id("Create")
        yield from _to_recipient(
            voice, row, _for_recipient(row, activities.create(identity, row.sender.url, content.message(row)))
        )


def message_edited(voice: Voice, event: MessageEdited) -> Iterator[Outgoing]:
    """An Update by its sender."""
    row = voice.known.messages.get(event.message_id)
    if row and not row.deleted:
        identity = voice.new_id("Update")
        yield from _to_recipient(
            voice, row, _for_recipient(row, activities.update(identity, row.sender.url, content.message(row)))
        )


def message_deleted(voice: Voice, event: MessageDeleted) -> Iterator[Outgoing]:
    """A Delete by its sender, or the Undo of one."""
    row = voice.known.messages.get(event.message_id)
    if row:
        identity = (voice.begin if event.deleted else voice.end)("Delete", _lane(row))
        delete = activities.delete(identity, row.sender.url, row.url, to=[row.recipient.url])
        yield from _to_recipient(voice, row, delete if event.deleted else voice.undo(delete))


def report_filed(voice: Voice, event: ReportFiled) -> Iterator[Outgoing]:
    """A Flag, for the community elsewhere, for moderators elsewhere, and for the author's home."""
    report = voice.known.reports.get(event.report_id)
    by = voice.person(report.reporter_id) if report else None
    if report is None or by is None:
        return
    flag = _flag(voice, report, voice.begin("Flag", _lane_of_report(report)))
    inboxes = _who_should_know(voice, report)
    if flag and inboxes:
        yield voice.direct(flag, _lane_of_report(report), Signer("person", by.id), inboxes)


def report_resolved(voice: Voice, event: ReportResolved) -> Iterator[Outgoing]:
    """The news for those who have the report, that a moderator has dealt with it."""
    report, by = voice.known.reports.get(event.report_id), voice.person(event.by_id)
    place = voice.known.places.get(report.community_id or 0) if report else None
    if report is None or by is None or place is None or not event.resolved:
        return
    flag = _flag(voice, report, voice.end("Flag", _lane_of_report(report)))
    reporter = voice.known.people.get(report.reporter_id or 0)
    inboxes = (*_who_should_know(voice, report), *inboxes_of((reporter,) if reporter else ()))
    if flag and inboxes:
        resolve = activities.resolve(voice.new_id("Resolve"), by.url, flag, place=place)
        yield voice.direct(resolve, _lane_of_report(report), Signer("person", by.id), inboxes)


def _lane(row: MessageRow) -> str:
    return f"{lanes.of_person(row.sender.id)}/m{row.id}"


def _lane_of_report(report: ReportRow) -> str:
    return f"r{report.id}"


def _for_recipient(row: MessageRow, activity: Document) -> Document:
    return activity | {"to": [row.recipient.url]}


def _to_recipient(voice: Voice, row: MessageRow, activity: Document) -> Iterator[Outgoing]:
    if row.sender.instance_id == LOCAL and row.recipient.instance_id != LOCAL and row.recipient.inbox:
        yield voice.direct(activity, _lane(row), Signer("person", row.sender.id), [row.recipient.inbox])


def _flag(voice: Voice, report: ReportRow, identity: str) -> Document | None:
    reporter = voice.known.people.get(report.reporter_id or 0)
    place = voice.known.places.get(report.community_id or 0)
    thing = _reported(voice, report)
    if not reporter or not thing:
        return None
    to = [place.url] if place else [f"https://{voice.domain}/"]
    return activities.flag(
        identity, reporter.url, [thing], reason=report.reason, to=to, audience=place.url if place else None
    )


def _reported(voice: Voice, report: ReportRow) -> str | None:
    known = voice.known
    found = (
        known.comments.get(report.comment_id or 0)
        or known.posts.get(report.post_id or 0)
        or (known.people.get(report.person_id or 0))
    )
    return found.url if found else None


def _who_should_know(voice: Voice, report: ReportRow) -> tuple[str, ...]:
    place = voice.known.places.get(report.community_id or 0)
    if place and place.standing == "withheld":
        return ()
    author = voice.known.people.get(report.person_id or 0)
    of_place = (place.inbox,) if place and not place.local and place.inbox else ()
    moderators = voice.known.moderators.get(report.community_id or 0, ()) if place and place.local else ()
    return (*of_place, *moderators, *inboxes_of((author,) if author else ()))
