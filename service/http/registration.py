"""Getting an account, the same at every door: who is asked for what, and in which order it is checked."""

import msgspec

from service.forum.accounts import authentication
from service.forum.accounts.authentication import RegistrationForm
from service.forum.accounts.operations import Registered
from service.forum.errors import Invalid
from service.forum.site import setting
from service.http.context import resources
from service.http.passing import captcha


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants an account, and what shows that it is a person.

    Attributes:
        password_again: typed a second time.
        question: the name of the picture that was shown.
        answer: its letters.
        trap: of a field that nobody sees; a person leaves it empty.
    """

    form: RegistrationForm
    password_again: str
    question: str
    answer: str
    trap: str

    def __repr__(self) -> str:
        return f"Applicant({self.form.name!r})"


async def register(applicant: Applicant) -> Registered:
    """Make an account, or hand in an application for one.

    The letters are looked at when all else that can be told without them is right, for a question is good for one
    answer.

    Raises:
        Invalid: something that was filled in breaks a rule; `honeypot`, `password2` and `captcha_answer` among them.
        RegistrationClosed, Conflict, Banned: as `authentication.register`.
    """
    if applicant.trap:
        raise Invalid({"honeypot": "Leave this empty."})
    if applicant.form.password != applicant.password_again:
        raise Invalid({"password2": "The two passwords differ."})
    database = resources().database
    verified = not await confirms_addresses()
    await authentication.check_registration(database, applicant.form, verified=verified)
    if await asks_for_letters():
        await captcha.check(applicant.question, applicant.answer)
    return await authentication.register(
        database, applicant.form, domain=resources().config.site.domain, verified=verified
    )


async def asks_for_letters() -> bool:
    """Whether the site wants the letters of a picture from whoever registers."""
    async with resources().database.read() as db:
        return bool(await setting(db, "captcha_enabled", True))


async def confirms_addresses() -> bool:
    """Whether who registers has to confirm the e-mail address; never where the site can send no letter."""
    if not resources().mail.is_configured:
        return False
    async with resources().database.read() as db:
        return bool(await setting(db, "email_verification", True))
