"""What an emoji may be. Pure."""

import re

from service.forum.checks import refuse, storable, too_long
from service.language import _

TOKEN_LENGTH, URL_LENGTH, CATEGORY_LENGTH, ALIASES_LENGTH = 20, 1024, 20, 100
_NAME = re.compile(r":[a-z0-9_]{2,18}:")


def check_emoji(token: str, url: str, category: str, aliases: str) -> None:
    """Raise Invalid with all that is wrong with an emoji.

    Parameters:
        token: a character, or a name with its colons, which needs a picture.
        url: of the picture; '' for a character.
    """
    is_name = token.startswith(":")
    refuse(
        {
            "name": _problem_with_token(token, is_name=is_name),
            "url": _problem_with_url(url, needed=is_name),
            "category": too_long(category, CATEGORY_LENGTH)
            if category
            else _("Enter a group, such as faces."),
            "aliases": too_long(aliases, ALIASES_LENGTH),
        }
    )


def _problem_with_token(token: str, *, is_name: bool) -> str | None:
    if is_name:
        right = _NAME.fullmatch(token) is not None
        return (
            None
            if right
            else _("Write the name like :blob:, using only lowercase letters, digits and underscores.")
        )
    if not token or not storable(token) or token.isascii():
        return _("Enter a single emoji such as 👍, or a name such as :blob:.")
    return too_long(token, TOKEN_LENGTH)


def _problem_with_url(url: str, *, needed: bool) -> str | None:
    if not url:
        return _("Enter the URL of the emoji's image.") if needed else None
    if not url.startswith(("https://", "/")) or not storable(url) or any(char.isspace() for char in url):
        return _("Enter a URL that starts with https://, or a path on this site.")
    return too_long(url, URL_LENGTH)
