"""Coming in and going out: sign in, register or apply, sign out."""

from quart import Blueprint, Response, request

from service.forum.accounts import authentication
from service.forum.accounts.authentication import RegistrationForm, SignedIn
from service.forum.accounts.choices import RegistrationMode
from service.forum.errors import ForumError, TooMany, Unverified
from service.http import registration
from service.http.context import current_viewer, resources
from service.http.passing import captcha
from service.http.passing.bodies.policy import MOST_OF_SIGN_IN, a_form, takes
from service.http.passing.devices import known_device, remember_device
from service.http.passing.identity import COOKIE, forget, remember
from service.http.passing.limits import limit
from service.http.passing.visitors import client_address
from service.http.registration import Applicant
from service.http.site import site_shown
from service.http.web.frame.forms import go, on_this_site, posted, show_form
from service.http.web.frame.rendering import render

blueprint = Blueprint("signin", __name__)

USER_AGENT_LENGTH = 250


@blueprint.get("/auth/login")
async def login_page() -> Response:
    """Show the form."""
    wanted = on_this_site(request.args.get("next"))
    return go(wanted) if current_viewer() else _show_sign_in({"next": wanted})


@blueprint.post("/auth/login")
@takes(a_form(MOST_OF_SIGN_IN))
async def login() -> Response:
    """Let somebody in; a wrong password keeps the name that was typed."""
    form = await posted()
    wanted = on_this_site(form.get("next"))
    try:
        await limit("sign_in")
        signed_in = await authentication.sign_in(
            resources().database,
            form.get("user_name", ""),
            form.get("password", ""),
            device=known_device(),
            **browser(),
        )
    except ForumError as refusal:
        return _show_sign_in(form, refusal)
    return let_in(signed_in, wanted)


def _show_sign_in(form: dict[str, str], refusal: ForumError | None = None) -> Response:
    """Show the form, and where to ask for the letter again that confirms the account."""
    unconfirmed = isinstance(refusal, Unverified) and resources().mail.is_configured
    return show_form("auth/login.html", form, refusal, here="signin", unconfirmed=unconfirmed)


@blueprint.get("/auth/register")
async def register_page() -> Response:
    """Show the form, or say that registration is closed."""
    return go("/") if current_viewer() else await _show_registration({})


@blueprint.get("/auth/register/letters")
async def letters() -> str:
    """Show other letters, for the form that is there already."""
    await limit("captcha")
    return render("parts/letters.html", question=await captcha.ask(), errors={}, form={})


@blueprint.post("/auth/register")
async def register() -> Response:
    """Make an account, or hand in an application for one."""
    form = await posted()
    here = browser()
    applicant = Applicant(
        form=RegistrationForm(
            name=form.get("name", ""),
            password=form.get("password", ""),
            email=form.get("email", ""),
            answer=form.get("answer", ""),
            address=here["address"],
        ),
        password_again=form.get("password2", ""),
        question=form.get("captcha_uuid", ""),
        answer=form.get(captcha.FIELD, ""),
        trap=form.get("honeypot", ""),
    )
    try:
        await limit("register")
        registered = await registration.register(applicant)
    except ForumError as refusal:
        return await _show_registration(form, refusal)
    signed_in = await authentication.sign_in_new(resources().database, registered, **here)
    if registered.unconfirmed:
        return go("/auth/check_email")
    return go("/auth/please_wait") if signed_in is None else let_in(signed_in, "/welcome", "welcome")


async def _show_registration(form: dict[str, str], refusal: ForumError | None = None) -> Response:
    """Show the form, with new letters where the site wants some."""
    question, confirms = None, await registration.confirms_addresses()
    if site_shown().registration_mode != RegistrationMode.CLOSED and await registration.asks_for_letters():
        try:
            await limit("captcha")
            question = await captcha.ask()
        except TooMany as too_many:
            refusal = too_many
    typed = {name: text for name, text in form.items() if name != captcha.FIELD}
    return show_form(
        "auth/register.html", typed, refusal, here="signin", question=question, confirms=confirms
    )


@blueprint.get("/auth/please_wait")
async def please_wait() -> str:
    """Say that an application has arrived."""
    return render("auth/please_wait.html")


@blueprint.post("/auth/logout")
@takes(a_form(MOST_OF_SIGN_IN))
async def logout() -> Response:
    """End this browser's session, in the database first."""
    token = request.cookies.get(COOKIE)
    if token:
        await authentication.sign_out(resources().database, token)
    response = go("/", "signed-out")
    forget(response)
    return response


def let_in(signed_in: SignedIn, path: str, notice: str = "") -> Response:
    """Send a browser on with its session."""
    response = go(path, notice)
    remember(response, signed_in.token)
    remember_device(response, signed_in.account_id)
    return response


def browser() -> dict[str, str]:
    """Return what a session remembers of where it was opened."""
    agent = request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH]
    return {"user_agent": agent, "address": client_address(request)}
