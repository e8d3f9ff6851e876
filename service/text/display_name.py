"""Names that people and communities choose to be shown by, without the characters that make a page lie."""

from service.text.visible import clean_line

MAX_NAME = 256  # the column


def clean_display_name(text: str, limit: int = MAX_NAME) -> str:
    """Return the name as it may be shown: normalised (NFC), on one line, at most `limit` characters.

    Empty where nothing visible is left; the caller shows the account's name instead.
    """
    return clean_line(text, limit)
