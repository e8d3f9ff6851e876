"""Administration: what the site's letters say, each with its places, a preview, and the way back to the usual words."""

from typing import Any

from quart import Blueprint, Response

from service.forum.accounts.viewer import administrator
from service.forum.errors import ForumError, Invalid, NotFound
from service.forum.letters import operations, queries
from service.forum.letters.kinds import FORMS, LETTER_KINDS, LetterKind
from service.forum.letters.rules import BODY_LENGTH, Words, check_words, usual_words
from service.http.context import current_viewer, resources
from service.http.web.admin.authority import authority
from service.http.web.frame.fields import Area, Form, Line
from service.http.web.frame.forms import go, posted, show_form
from service.http.web.frame.language import language_of_page
from service.http.web.frame.rendering import render
from service.language import _
from service.language.sentences import said, speaking
from service.text.letter import SUBJECT_LENGTH, Letter

blueprint = Blueprint("admin_letters", __name__, url_prefix="/admin/letters")

LIST = "/admin/letters"
LETTER = Form(
    Line("subject", _("Subject"), required=True, missing=_("Enter a subject."), most=SUBJECT_LENGTH),
    Area(
        "body",
        _("Message"),
        _("Separate paragraphs with a blank line."),
        required=True,
        missing=_("Enter some text."),
        most=BODY_LENGTH,
        large=True,
    ),
)
# What stands in the places of a letter that is only looked at.
EXAMPLES = {
    "reason": _("Advertising"),
    "address": "new@mail.example",
    "day": "2030-01-31",
    "unread": "7",
    "community": _("Gardening"),
}


@blueprint.get("")
async def letters() -> str:
    """Show which letters there are."""
    administrator(current_viewer())
    async with resources().database.read() as db:
        own = await queries.changed_letters(db)
    return render(
        "admin/letters.html",
        forms=FORMS,
        changed=own,
        sends=resources().mail.is_configured,
    )


@blueprint.get("/<kind>")
async def letter(kind: str) -> Response:
    """Show what a letter says."""
    administrator(current_viewer())
    known = _known(kind)
    return await _show(known, await _shown(known))


@blueprint.post("/<kind>")
async def save(kind: str) -> Response:
    """Let a letter say something else, or show how that looks."""
    by, known, form = authority(), _known(kind), await posted()
    try:
        words = _own(known, LETTER.read(form))
        if "look" in form:
            check_words(known, words)
            return await _show(known, form, looked_at=await _example(known, words))
        if LETTER.changes(form, await _shown(known)):
            await resources().database.write(operations.save, by, known, words)
    except Invalid as refusal:
        return await _show(known, form, refusal)
    return go(f"{LIST}/{known}", "saved")


@blueprint.post("/<kind>/reset")
async def reset(kind: str) -> Response:
    """Let a letter say what it usually says."""
    known = _known(kind)
    await resources().database.write(operations.reset, authority(), known)
    return go(f"{LIST}/{known}", "letter-reset")


def _known(kind: str) -> LetterKind:
    if kind not in LETTER_KINDS:
        raise NotFound(_("This email doesn't exist."))
    return kind


def _usual(kind: LetterKind) -> Words:
    with speaking(language_of_page()):
        return usual_words(kind)


def _own(kind: LetterKind, sent: dict[str, str]) -> Words:
    """The words that were sent; those that are the usual ones are not the site's own."""
    usual, subject, body = _usual(kind), sent["subject"], sent["body"]
    return Words("" if subject == usual.subject else subject, "" if body == usual.body else body)


async def _shown(kind: LetterKind) -> dict[str, str]:
    """What stands on the form."""
    async with resources().database.read() as db:
        own = await queries.own_words(db, kind)
    usual = _usual(kind)
    return {"subject": own.subject or usual.subject, "body": own.body or usual.body}


async def _example(kind: LetterKind, words: Words) -> Letter:
    viewer, language = administrator(current_viewer()), language_of_page()
    with speaking(language):
        told = {place: said(EXAMPLES[place]) for place in FORMS[kind].told}
    async with resources().database.read() as db:
        return await queries.written(
            db,
            kind,
            {"name": viewer.name, **told},
            base_url=resources().config.site.base_url,
            language=language.code,
            words=words,
        )


async def _show(
    kind: LetterKind,
    form: dict[str, Any],
    refusal: ForumError | None = None,
    *,
    looked_at: Letter | None = None,
) -> Response:
    async with resources().database.read() as db:
        is_changed = kind in await queries.changed_letters(db)
    return show_form(
        "admin/letter.html",
        form,
        refusal,
        kind=kind,
        fields=LETTER,
        letter=FORMS[kind],
        is_changed=is_changed,
        looked_at=looked_at,
    )
