"""Calendars read events: one value a line, long lines folded between characters."""

from datetime import datetime

from service.text.ical import ical


def test_an_event_in_a_calendar() -> None:
    when = datetime(2030, 7, 1, 18)
    text = ical(
        "https://pie.example/post/1",
        "Cats; and\nBEGIN:VEVENT, " + "ü" * 100,
        "https://pie.example/post/1",
        when,
        when,
        place="Barn, Mill",
        changed=when,
    )
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    unfolded = text.replace("\r\n ", "")
    assert "SUMMARY:Cats\\; and BEGIN:VEVENT\\, " + "ü" * 100 + "\r\n" in unfolded
    assert "LOCATION:Barn\\, Mill\r\n" in unfolded
    assert "DTSTART:20300701T180000Z\r\n" in unfolded
    assert unfolded.count("BEGIN:VEVENT\r\n") == 1
