"""What a private message may hold, and whose messages an account takes. Pure."""

from service.forum.accounts.choices import MessageAcceptance
from service.forum.checks import refuse
from service.forum.provenance import Provenance, Text, sent_text, text_of
from service.language import _
from service.text.markdown import shows_something

CONTENT_MAX = 10_000


def checked_content(content: str) -> str:
    """Return the Markdown text without NUL characters, halves of characters and outer space.

    Raises:
        Invalid: nothing of it is seen, or it has more than 10,000 characters.
    """
    tidy = content.replace("\x00", "").encode(errors="ignore").decode().strip()
    refuse({"content": _problem_with_content(tidy)})
    return tidy


def _problem_with_content(tidy: str) -> str | None:
    if not shows_something(tidy[: CONTENT_MAX + 1]):
        return _("Write a message first.")
    return (
        _("Use at most %(content_max)s characters.", content_max=CONTENT_MAX)
        if len(tidy) > CONTENT_MAX
        else None
    )


def checked_text(content: str, provenance: Provenance | None, *, domain: str) -> Text:
    """Return a text as it is stored, or raise as `checked_content`, and as `sent_text` for what another server sent."""
    if provenance is None:
        return text_of(checked_content(content), None, domain=domain)
    return sent_text(content, provenance, domain=domain)


def takes_message(wish: int | None, *, is_neighbour: bool, trusted: bool) -> bool:
    """Whether somebody takes a message.

    Parameters:
        wish: one of MessageAcceptance; None takes them all.
        is_neighbour: the sender is of the same site.
        trusted: the sender's site is trusted; another site says itself whether it trusts ours.
    """
    match wish:
        case MessageAcceptance.NOBODY:
            return False
        case MessageAcceptance.THIS_SITE:
            return is_neighbour
        case MessageAcceptance.TRUSTED_SITES:
            return is_neighbour or trusted
    return True


def message_url(domain: str, message_id: int) -> str:
    """The identifier of a message that was written here."""
    return f"https://{domain}/private_message/{message_id}"
