"""Changing the words of letters, for administrators; each act leaves its entry in the audit log."""

import json

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.letters.kinds import LetterKind
from service.forum.letters.queries import KEPT_AS_SETTING
from service.forum.letters.rules import Words, check_words
from service.storage.tables import LetterWords, Setting


async def save(session: AsyncSession, by: Authority, kind: LetterKind, words: Words) -> None:
    """Let a letter say something else; '' is for what it usually says. Invalid names what is wrong with it."""
    check_words(kind, words)
    stored = words
    if name := KEPT_AS_SETTING.get(kind):
        await session.merge(Setting(name=name, value=json.dumps(words.body)))
        stored = Words(words.subject, "")
    await session.merge(LetterWords(kind=kind, subject=stored.subject, body=stored.body))
    await session.flush()
    await audit.note(session, by, "letter_save", target=f"letter:{kind}")


async def reset(session: AsyncSession, by: Authority, kind: LetterKind) -> None:
    """Let a letter say what it usually says."""
    await session.execute(delete(LetterWords).where(LetterWords.kind == kind))
    if name := KEPT_AS_SETTING.get(kind):
        await session.execute(delete(Setting).where(Setting.name == name))
    await audit.note(session, by, "letter_reset", target=f"letter:{kind}")
