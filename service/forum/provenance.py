"""Where a thing comes from that was written on another server; None stands for what is written here."""

from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from service.forum.errors import Invalid
from service.language import _
from service.text.markdown import render_markdown
from service.text.sanitising import sanitise
from service.text.to_markdown import to_markdown
from service.text.visible import html_is_visible

AP_ID_LENGTH = 255  # of the columns that a thing is known by
ACTIVITY_ID_LENGTH = 100  # of the columns that are only shown
TEXT_LENGTH = 100_000  # characters


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """What the server where it is at home says of it.

    Attributes:
        ap_id: The thing's own identifier; by it a thing that comes twice is known.
        create_id, announce_id: Of the activities that it came in, where they are known. With the second, the server of
            its community has let it in.
        instance_id: Its home, which is its author's.
        published: Naive UTC; None counts as now.
        updated: When it was last changed there; None if never. What is older than what is stored is no news.
        html: The text as HTML, not clean yet; used where there is no Markdown.
        is_history: It was written before anybody here followed it, so that nobody is told of it.
    """

    ap_id: str
    create_id: str | None = None
    announce_id: str | None = None
    instance_id: int
    published: datetime | None = None
    updated: datetime | None = None
    html: str = ""
    is_history: bool = False

    def published_by(self, now: datetime) -> datetime:
        """Return when it was written, which is never in the future."""
        return min(self.published or now, now)

    def is_older_than(self, stored: datetime | None) -> bool:
        """Whether what it says was known before."""
        return self.updated is not None and stored is not None and self.updated < stored


class Text(msgspec.Struct, frozen=True):
    """A text as it is stored: Markdown, and safe HTML."""

    markdown: str
    html: str


def text_of(markdown: str, provenance: Provenance | None, *, domain: str) -> Text:
    """Return a text as it is stored; what came as HTML only is made into Markdown, too.

    Parameters:
        domain: this site's, to which what is written here is relative; what comes from elsewhere is relative to there.
    """
    if provenance is None or markdown or not provenance.html:
        return Text(markdown, render_markdown(markdown, domain=domain) if markdown else "")
    home = urlsplit(provenance.ap_id)
    html = sanitise(provenance.html, f"{home.scheme}://{home.netloc}")
    return Text(to_markdown(html, TEXT_LENGTH), html)


def sent_text(markdown: str | None, provenance: Provenance, *, domain: str) -> Text:
    """Return a text of another server as it is stored, cut where it is too long; Invalid if nothing of it is seen."""
    check_id(provenance.ap_id)
    text = text_of(storable_text(markdown, TEXT_LENGTH).strip(), provenance, domain=domain)
    if not html_is_visible(text.html):
        raise Invalid({"body": _("There's nothing to see here.")})
    return text


def check_id(ap_id: str) -> None:
    """Raise Invalid for an identifier that no column can hold."""
    if len(ap_id) > AP_ID_LENGTH:
        raise Invalid({"id": _("Use at most %(ap_id_length)s characters.", ap_id_length=AP_ID_LENGTH)})


def shown_id(activity_id: str | None) -> str | None:
    """Return the identifier of an activity where the column can hold it."""
    return activity_id if activity_id and len(activity_id) <= ACTIVITY_ID_LENGTH else None


def storable_text(text: str | None, limit: int) -> str:
    """Return a text without what no column can hold, cut off where it is too long."""
    return (text or "").replace("\x00", "").encode(errors="ignore").decode()[:limit]
