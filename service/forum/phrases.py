"""The words that a site does not allow: every operation by which people publish words asks here first."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.errors import Invalid
from service.forum.site import setting
from service.language import _
from service.storage.once import once
from service.storage.tables import Site

# A list as long as the form takes; old ones that are longer count to here, so that a look stays short.
LENGTH = 10_000

# A lone address at one of the sites that people take moving pictures from, bare or as Markdown's picture.
_GIF = re.compile(
    r"(?:!?\[[^\]]*\]\()?https://(?:media\d?\.tenor\.com|(?:i|media\d?)\.giphy\.com|i\.imgflip\.com)/\S*"
)


async def refuse_phrases(session: AsyncSession, texts: Mapping[str, object]) -> None:
    """Raise Invalid for every field with a phrase in it that the site does not allow, in any case and spacing.

    Parameters:
        texts: what somebody wants to publish, by the names of the fields; what is no text is passed over.
    """
    if any(texts.values()):
        of_bios = await _of_bios(session) if "about" in texts else []
        check_phrases(texts, await once(session, "phrases", lambda: _of_site(session)), of_bios)


def check_phrases(
    texts: Mapping[str, object], blocked: Sequence[tuple[str, str]], of_bios: Sequence[tuple[str, str]] = ()
) -> None:
    """As `refuse_phrases`.

    Parameters:
        blocked: what the site does not allow, as `phrases_of` gives it.
        of_bios: what it does not allow people to say of themselves.
    """
    written = {field: _folded(text) for field, text in texts.items() if isinstance(text, str) and text}
    found = {
        field: _("“%(phrase)s” isn't allowed on this site.", phrase=phrase)
        for field, text in written.items()
        for phrase, folded in (*blocked, *(of_bios if field == "about" else ()))
        if folded in text
    }
    if found:
        raise Invalid(found, code="blocked_phrase")


async def _of_site(session: AsyncSession) -> tuple[tuple[str, str], ...]:
    return phrases_of(await session.scalar(select(Site.blocked_phrases).limit(1)))


async def _of_bios(session: AsyncSession) -> tuple[tuple[str, str], ...]:
    """What people may not write about themselves, besides."""
    return phrases_of(await setting(await session.connection(), "actor_bio_blocked_words", ""))


async def refuse_empty_words(session: AsyncSession, body: str) -> None:
    """Raise Invalid for a comment that only says "this", or only shows a moving picture, where the site wants none."""
    if _is_this(body) or _is_gif(body):
        wanted = select(Site.enable_this_comment_filter, Site.enable_gif_reply_rep_decrease).limit(1)
        no_this, no_gifs = (await session.execute(wanted)).one()
        if no_this and _is_this(body):
            raise Invalid({"body": _("If you agree, upvote instead.")}, code="low_quality_reply")
        if no_gifs and _is_gif(body):
            raise Invalid({"body": _("Add some text to the image.")}, code="low_quality_reply")


@lru_cache(maxsize=4)
def phrases_of(lines: str | None) -> tuple[tuple[str, str], ...]:
    """Return the phrases of a list with one a line: as written, and as they are looked for."""
    written = [line.strip() for line in (lines or "")[:LENGTH].splitlines()]
    return tuple((line, folded) for line in written if (folded := _folded(line)))


def _is_this(body: str) -> bool:
    return _folded(body).strip(" .!^*_~") == "this"


def _is_gif(body: str) -> bool:
    return _GIF.fullmatch(body.strip()) is not None


def _folded(text: str) -> str:
    """A text as it is compared: without case, compatible forms of letters, invisible characters and extra space."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(char for char in plain if unicodedata.category(char) != "Cf").split())
