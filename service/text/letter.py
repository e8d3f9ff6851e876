"""Letters: a subject, paragraphs and at most one link -> the same letter as plain text and as HTML. Pure."""

from html import escape

import msgspec

from service.language import _
from service.language.sentences import said
from service.text.plain import shorten

SUBJECT_LENGTH = 150
NO_MORE = _("Unsubscribe from these emails")


class Letter(msgspec.Struct, frozen=True):
    """A letter in both its forms."""

    subject: str
    text: str
    html: str


def compose(
    subject: str,
    paragraphs: tuple[str, ...],
    *,
    link: str = "",
    link_words: str = "",
    stop: str = "",
    language: str = "en",
    direction: str = "ltr",
) -> Letter:
    """Return a letter.

    Parameters:
        subject: becomes one line, at most SUBJECT_LENGTH characters.
        paragraphs: plain texts; nothing in them is markup.
        link: an absolute address, shown after the paragraphs.
        link_words: what following it does.
        stop: an absolute address where one says that one wants no more such letters.
        language, direction: of the text.
    """
    ending = [f"{link_words}:\n{link}"] if link else []
    if stop:
        ending.append(f"--\n{said(NO_MORE)}:\n{stop}")
    text = "\n\n".join((*paragraphs, *ending))
    body = "".join(f"<p>{escape(paragraph)}</p>\n" for paragraph in paragraphs)
    if link:
        body += f'<p><a href="{escape(link)}">{escape(link_words)}</a></p>\n'
    if stop:
        body += f'<p><small><a href="{escape(stop)}">{escape(said(NO_MORE))}</a></small></p>\n'
    html = (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}" dir="{direction}">\n<head><meta charset="utf-8"></head>\n'
        f'<body style="font-family: sans-serif; line-height: 1.5">\n{body}</body>\n</html>\n'
    )
    return Letter(shorten(subject, SUBJECT_LENGTH), text + "\n", html)
