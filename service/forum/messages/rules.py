"""What a private message may hold, and whose messages an account takes. Pure."""

from service.forum.errors import Invalid, TooLong
from service.text.markdown import shows_something

CONTENT_MAX = 10_000


def tidy_content(content: str) -> str:
    """Return the Markdown text without NUL characters, halves of characters and outer space.

    Raises:
        Invalid: nothing of it is seen.
        TooLong: it has more than 10,000 characters.
    """
    tidy = content.replace("\x00", "").encode(errors="ignore").decode().strip()
    if not shows_something(tidy[: CONTENT_MAX + 1]):
        raise Invalid({"content": "Write something first."})
    if len(tidy) > CONTENT_MAX:
        raise TooLong({"content": f"A message has at most {CONTENT_MAX:,} characters."})
    return tidy


def message_url(domain: str, message_id: int) -> str:
    """The identifier of a message that was written here."""
    return f"https://{domain}/private_message/{message_id}"
