"""Coming in and going out: sign in, register or apply, sign out."""

from quart import Blueprint, Response, request

from service.forum.accounts import authentication
from service.forum.accounts.authentication import RegistrationForm, SignedIn
from service.forum.accounts.choices import RegistrationMode
from service.forum.accounts.rules import ANSWER_LENGTH, EMAIL_LENGTH, NAME_LENGTH
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
from service.http.web.auth.credentials import new_password, own_email, own_password
from service.http.web.auth.way_back import forget_way_back, keep_way_back, page_wanted, way_back
from service.http.web.frame.fields import Area, Form, Line
from service.http.web.frame.forms import go, on_this_site, posted, show_form
from service.http.web.frame.rendering import render
from service.language import _

blueprint = Blueprint("signin", __name__)

USER_AGENT_LENGTH = 250

SIGN_IN = Form(
    Line(
        "user_name",
        _("Username or email"),
        required=True,
        most=max(NAME_LENGTH[1], EMAIL_LENGTH[1]),
        fills="username",
    ),
    own_password(),
)
REGISTRATION = Form(
    Line(
        "name",
        _("Username"),
        _("Use letters, digits, dots, hyphens and underscores. You can't change it later."),
        required=True,
        most=NAME_LENGTH[1],
        fills="username",
    ),
    own_email(required=None),
    new_password(_("Password"), _("Use at least 8 characters.")),
    new_password(_("Confirm password"), name="password2"),
    Area("answer", _("Why would you like to join?"), required=None, most=ANSWER_LENGTH),
    Line("captcha_uuid", most=captcha.NAME_LENGTH),
    Line(captcha.FIELD, _("Letters in the image"), required=None, most=captcha.ANSWER_LENGTH),
    Line("honeypot", _("Leave this empty"), most=ANSWER_LENGTH),
)


@blueprint.get("/auth/login")
async def login_page() -> Response:
    """Show the form."""
    wanted = page_wanted(way_back() or "/")
    return go(wanted) if current_viewer() else _show_sign_in({"next": wanted})


@blueprint.post("/auth/login")
@takes(a_form(MOST_OF_SIGN_IN))
async def login() -> Response:
    """Let somebody in; a wrong password keeps the name that was typed."""
    form = await posted()
    wanted = on_this_site(form.get("next"))
    try:
        await limit("sign_in")
        said = SIGN_IN.read(form)
        signed_in = await authentication.sign_in(
            resources().database,
            said["user_name"],
            said["password"],
            device=known_device(),
            **browser(),
        )
    except ForumError as refusal:
        return _show_sign_in(form, refusal)
    return let_in(signed_in, wanted)


def _show_sign_in(form: dict[str, str], refusal: ForumError | None = None) -> Response:
    """Show the form, and where to ask for the letter again that confirms the account."""
    unconfirmed = isinstance(refusal, Unverified) and resources().mail.is_configured
    return show_form("auth/login.html", form, refusal, fields=SIGN_IN, here="signin", unconfirmed=unconfirmed)


@blueprint.get("/auth/register")
async def register_page() -> Response:
    """Show the form, or say that registration is closed."""
    wanted = page_wanted("")
    return go(wanted or "/") if current_viewer() else await _show_registration({"next": wanted})


@blueprint.get("/auth/register/letters")
async def letters() -> str:
    """Show other letters, for the form that is there already."""
    await limit("captcha")
    return render("parts/letters.html", question=await captcha.ask(), errors={}, form={})


@blueprint.post("/auth/register")
async def register() -> Response:
    """Make an account, or hand in an application for one; who is let in at once goes on where they wanted to."""
    form, here = await posted(), browser()
    wanted = on_this_site(form.get("next"), "")
    try:
        await limit("register")
        registered = await registration.register(_applicant(REGISTRATION.read(form), here["address"]))
    except ForumError as refusal:
        return await _show_registration(form, refusal)
    signed_in = await authentication.sign_in_new(resources().database, registered, **here)
    if signed_in is None or registered.unconfirmed:
        return keep_way_back(
            go("/auth/check_email" if registered.unconfirmed else "/auth/please_wait"), wanted
        )
    return let_in(signed_in, wanted, "came-in") if wanted else let_in(signed_in, "/welcome", "welcome")


def _applicant(said: dict[str, str], address: str) -> Applicant:
    return Applicant(
        form=RegistrationForm(
            name=said["name"],
            password=said["password"],
            email=said["email"],
            answer=said["answer"],
            address=address,
        ),
        password_again=said["password2"],
        question=said["captcha_uuid"],
        answer=said[captcha.FIELD],
        trap=said["honeypot"],
    )


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
        "auth/register.html",
        typed,
        refusal,
        fields=REGISTRATION,
        here="signin",
        question=question,
        confirms=confirms,
    )


@blueprint.get("/auth/please_wait")
async def please_wait() -> str:
    """Say that an application has arrived."""
    return render("auth/please_wait.html", back=way_back())


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
    forget_way_back(response)
    return response


def browser() -> dict[str, str]:
    """Return what a session remembers of where it was opened."""
    agent = request.headers.get("User-Agent", "")[:USER_AGENT_LENGTH]
    return {"user_agent": agent, "address": client_address(request)}
