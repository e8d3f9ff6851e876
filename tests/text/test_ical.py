"""Calendars read events: one value a line, long lines folded between characters."""

from datetime import datetime

from service.text.ical import Event, ical


def test_an_event_in_a_calendar() -> None:
    when = datetime(2030, 7, 1, 18)
    event = Event(
        identity="https://pie.example/post/1",
        title="Cats; and\nBEGIN:VEVENT, " + "ü" * 100,
        url="https://pie.example/post/1",
        start=when,
        end=when,
        place="Barn, Mill",
        changed=when,
    )
    text = ical([event])
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = text.replace("\r\n ", "")
    assert "SUMMARY:Cats\\; and BEGIN:VEVENT\\, " + "ü" * 100 + "\r\n" in unfolded
    assert "LOCATION:Barn\\, Mill\r\n" in unfolded
    assert "DTSTART:20300701T180000Z\r\n" in unfolded
    assert unfolded.count("BEGIN:VEVENT\r\n") == 1


def test_a_calendar_of_several_has_a_name() -> None:
    when = datetime(2030, 7, 1, 18)
    events = [
        Event(identity=f"{n}", title=f"{n}", url="", start=when, end=when, changed=when) for n in (1, 2)
    ]
    text = ical(events, name="Cats")
    assert text.count("BEGIN:VEVENT\r\n") == text.count("END:VEVENT\r\n") == 2
    assert text.count("BEGIN:VCALENDAR") == text.count("X-WR-CALNAME:Cats\r\n") == 1
