"""Administration: applications for accounts, and the site's settings."""

from typing import Any

import msgspec
from quart import Blueprint, Response, request

from service.forum import policies, site
from service.forum.accounts import operations, queries
from service.forum.accounts.viewer import administrator, signed_in_who
from service.forum.errors import Invalid
from service.http.context import current_viewer, resources
from service.http.passing.visitors import client_address
from service.http.site import forget_site
from service.http.web.forms import changed, go, number_of, posted, show_form, stripped, text_in
from service.http.web.listing import PAGE
from service.http.web.rendering import render, with_query
from service.version import own_version

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

# The site's face, and its policies: texts and switches of the form.
TEXTS = (
    "name",
    "description",
    "sidebar",
    "about",
    "legal_information",
    "contact_email",
    "tos_url",
    "privacy_url",
    "default_filter",
    "registration_mode",
    "application_question",
)
SWITCHES = (
    "enable_downvotes",
    "allow_local_image_posts",
    "enable_nsfw",
    "enable_nsfl",
    "community_creation_admin_only",
    "private_instance",
)
POLICY_TEXTS = (
    "announcement",
    "registration_approved_email",
    "blocked_phrases",
    "actor_blocked_words",
    "actor_bio_blocked_words",
)
POLICY_SWITCHES = (
    "email_verification",
    "captcha_enabled",
    "public_modlog",
    "enable_this_comment_filter",
    "enable_gif_reply_rep_decrease",
    "meme_comms_low_quality",
)
APPLICATIONS = "/admin/approve_registrations"
COUNTED = 1000


@blueprint.get("/")
async def home() -> str:
    """Show what there is to administrate."""
    signed_in_who(current_viewer(), lambda viewer: viewer.runs_the_site)
    async with resources().database.read() as db:
        waiting = await queries.applications(db, size=COUNTED)
        figures = await site.statistics(db)
    return render("admin/home.html", waiting=len(waiting.items), figures=figures, version=own_version())


@blueprint.get("/approve_registrations")
async def applications() -> str:
    """Show who waits, the longest first."""
    signed_in_who(current_viewer(), lambda viewer: viewer.may("approve registrations"))
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        waiting = await queries.applications(db, page=number, size=PAGE)
    following = with_query(APPLICATIONS, page=str(number + 1)) if waiting.has_more else None
    return render("admin/applications.html", applications=waiting.items, next_url=following)


@blueprint.post("/approve_registrations/<int:application_id>/approve")
async def approve(application_id: int) -> Response:
    """Let an applicant in."""
    viewer = signed_in_who(current_viewer(), lambda viewer: viewer.may("approve registrations"))
    await resources().database.write(
        operations.approve, viewer, application_id, address=client_address(request)
    )
    return go(APPLICATIONS, "approved")


@blueprint.post("/approve_registrations/<int:application_id>/deny")
async def deny(application_id: int) -> Response:
    """Refuse an applicant."""
    viewer = signed_in_who(current_viewer(), lambda viewer: viewer.may("approve registrations"))
    await resources().database.write(operations.deny, viewer, application_id, address=client_address(request))
    return go(APPLICATIONS, "denied")


@blueprint.get("/site")
async def settings_page() -> Response:
    """Show the site's settings."""
    administrator(current_viewer())
    return show_form("admin/site.html", await _shown())


@blueprint.post("/site")
async def save_settings() -> Response:
    """Change the site's settings."""
    viewer = administrator(current_viewer())
    form = await posted()
    shown = await _shown()
    face = stripped(changed(_sent(form, TEXTS, SWITCHES), shown))
    try:
        sent = _sent(form, POLICY_TEXTS, POLICY_SWITCHES)
        if "read_posts_cutoff" in form:
            sent["read_posts_cutoff"] = _days(form["read_posts_cutoff"])
        changes = stripped(changed(sent, shown))
        if face or changes:
            domain = resources().config.site.domain
            await resources().database.write(policies.configure, viewer, face, changes, domain=domain)
    except Invalid as refusal:
        return show_form("admin/site.html", form, refusal)
    forget_site()
    return go("/admin/site", "saved")


async def _shown() -> dict[str, Any]:
    """What stands on the form."""
    async with resources().database.read() as db:
        row = await site.site(db)
        policy = await policies.policies(db)
    return {name: getattr(row, name) for name in TEXTS + SWITCHES} | msgspec.structs.asdict(policy)


def _sent(form: dict[str, str], texts: tuple[str, ...], switches: tuple[str, ...]) -> dict[str, object]:
    """What was filled in; a text that is not in the form stays as it is."""
    written = {name: text_in(form, name) for name in texts if name in form}
    return written | {name: name in form for name in switches}


def _days(text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdecimal() and len(text) < 7):
        raise Invalid({"read_posts_cutoff": "Enter a number of days."})
    return int(text)
