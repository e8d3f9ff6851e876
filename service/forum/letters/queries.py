"""Letters as they are sent: the words, in the reader's language, and to whom. The mail worker sends them."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.letters.kinds import FORMS, LetterKind
from service.forum.letters.rules import Words, filled, paragraphs_of, usual_words
from service.forum.site import setting, site
from service.language.catalogues import language_of
from service.language.sentences import ENGLISH, Language, said, speaking
from service.storage.tables import LetterWords, User
from service.text.letter import Letter, compose

# PieFed keeps the text to those whose application was approved as a setting, and goes on reading it there.
KEPT_AS_SETTING: dict[LetterKind, str] = {"approved": "registration_approved_email"}


class Addressed(msgspec.Struct, frozen=True):
    """A letter and the e-mail address that it goes to."""

    address: str
    letter: Letter


async def letter_to(
    db: AsyncConnection,
    kind: LetterKind,
    account_id: int,
    *,
    base_url: str,
    address: str = "",
    reason: str = "",
    link_token: str = "",
    stop: str = "",
) -> Addressed | None:
    """The letter of a kind to an account; None if the account, or its address, is gone meanwhile.

    Parameters:
        base_url: the site's own address.
        address: the e-mail address of an account that has lost it by then.
        reason: what the letter speaks of besides: why, when, which address.
        link_token: of the link of a letter that has one.
        stop: where somebody says that they want no more of the kind; '' where that cannot be.
    """
    wanted = select(User.user_name, User.email, User.interface_language)
    row = (await db.execute(wanted.where(User.id == account_id, User.is_local))).one_or_none()
    to = address or (row.email if row is not None else "")
    if row is None or not to:
        return None
    facts = {"name": row.user_name or "", **dict.fromkeys(FORMS[kind].told, reason)}
    letter = await written(
        db,
        kind,
        facts,
        base_url=base_url,
        language=row.interface_language,
        link={"token": link_token},
        stop=stop,
    )
    return Addressed(to, letter)


async def written(
    db: AsyncConnection,
    kind: LetterKind,
    facts: Mapping[str, str],
    *,
    base_url: str,
    language: str | None = None,
    link: Mapping[str, str] | None = None,
    stop: str = "",
    words: Words | None = None,
) -> Letter:
    """A letter with these facts in its places.

    Parameters:
        language: the reader's; the site's where there is none, or no translation.
        link: what belongs into the places of the link.
        stop: as in `letter_to`.
        words: to be tried instead of what is stored.
    """
    about = await site(db)
    spoken = language_of(language) or language_of(about.language) or ENGLISH
    own = words or await own_words(db, kind)
    with speaking(spoken):
        return _composed(kind, own, {**facts, "site": about.name}, base_url, spoken, link or {}, stop)


def _composed(
    kind: LetterKind,
    own: Words,
    facts: Mapping[str, str],
    base_url: str,
    language: Language,
    link: Mapping[str, str],
    stop: str,
) -> Letter:
    form, usual = FORMS[kind], usual_words(kind)
    return compose(
        filled(own.subject or usual.subject, facts),
        paragraphs_of(own.body or usual.body, facts),
        link=base_url + filled(form.link, link) if form.link else "",
        link_words=said(form.link_words),
        stop=stop,
        language=language.code,
        direction=language.locale.text_direction,
    )


async def own_words(db: AsyncConnection, kind: LetterKind) -> Words:
    """What administrators let a letter say; '' for what they left as it is."""
    row = (
        await db.execute(select(LetterWords.subject, LetterWords.body).where(LetterWords.kind == kind))
    ).one_or_none()
    subject, body = row or ("", "")
    if name := KEPT_AS_SETTING.get(kind):
        body = str(await setting(db, name, "") or "")
    return Words(subject, body)


async def changed_letters(db: AsyncConnection) -> set[str]:
    """The kinds of the letters whose words administrators have changed."""
    rows = await db.execute(
        select(LetterWords.kind).where((LetterWords.subject != "") | (LetterWords.body != ""))
    )
    changed = {kind for (kind,) in rows}
    return changed | {kind for kind, name in KEPT_AS_SETTING.items() if await setting(db, name, "")}
