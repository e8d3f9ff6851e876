"""What a page of the site may say, and where it may stand. Pure."""

import re

from service.forum.checks import refuse, too_long
from service.language import _

TITLE_LENGTH = 255
URL_LENGTH = 100
BODY_LENGTH = 100_000
PAGES_MAX = 100
_URL = re.compile(r"/[a-z0-9]+(?:[-_][a-z0-9]+)*")
# Pages that have room for what administrators write.
ROOMS = frozenset({"/about"})


def tidy_url(url: str) -> str:
    """The address of a page as it is stored: with a leading slash, in small letters."""
    return "/" + url.strip().lower().strip("/")


def check_page(title: str, url: str, body: str) -> None:
    """Raise Invalid with all that is wrong with a page."""
    fits = _URL.fullmatch(url) is not None
    refuse(
        {
            "title": too_long(title, TITLE_LENGTH) if title else _("Enter a title."),
            "url": too_long(url, URL_LENGTH)
            if fits
            else _("Use lowercase letters, digits and hyphens, such as /house-rules."),
            "body": too_long(body, BODY_LENGTH) if body.strip() else _("Enter some text."),
        }
    )
