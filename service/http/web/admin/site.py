"""The site's settings: its face and its policies."""

from typing import Any

import msgspec
from quart import Blueprint, Response

from service.forum import policies, site
from service.forum.accounts.choices import RegistrationMode
from service.forum.accounts.viewer import administrator
from service.forum.errors import Invalid
from service.forum.feeds.choices import FRONT_PAGES_FOR_STRANGERS
from service.forum.phrases import LENGTH as PHRASES_LENGTH
from service.forum.policies import DAYS_MAX, SETTING_LENGTH
from service.forum.site import TEXT_LIMITS
from service.http.context import current_viewer, resources
from service.http.site import forget_site
from service.http.web.frame.fields import Area, Form, Line, Number, Select, Switch
from service.http.web.frame.forms import go, posted, show_form
from service.language import _

blueprint = Blueprint("admin_site", __name__, url_prefix="/admin/site")


def _text(name: str, label: str, hint: str = "", *, written: bool = False) -> Area:
    return Area(name, label, hint, most=TEXT_LIMITS[name], written=written)


def _line(name: str, label: str, kind: str = "text", *, required: bool = False) -> Line:
    missing = _("Enter a name.") if required else ""
    return Line(name, label, required=required, missing=missing, most=TEXT_LIMITS[name], kind=kind)


def _policy(name: str, label: str, hint: str = "", *, written: bool = False) -> Area:
    return Area(name, label, hint, most=SETTING_LENGTH, written=written)


# The site's face
FACE = Form(
    _line("name", _("Name"), required=True),
    _line("description", _("Short description")),
    _text("sidebar", _("Sidebar"), written=True),
    _text("about", _("About page"), written=True),
    _text("legal_information", _("Legal information")),
    _line("contact_email", _("Contact email"), "email"),
    _line("tos_url", _("Terms of service URL"), "url"),
    _line("privacy_url", _("Privacy policy URL"), "url"),
    Select("default_filter", _("Front page for visitors"), offered=FRONT_PAGES_FOR_STRANGERS),
    Select("registration_mode", _("New accounts"), offered=RegistrationMode),
    _text("application_question", _("Question for applicants")),
    Switch("enable_downvotes", _("Allow downvotes")),
    Switch("allow_local_image_posts", _("Members can upload images")),
    Switch("enable_nsfw", _("Allow NSFW posts")),
    Switch("enable_nsfl", _("Allow graphic content")),
    Switch("community_creation_admin_only", _("Only administrators can create communities")),
    Switch("private_instance", _("Private site: only members can read it")),
)
# Its policies
POLICIES = Form(
    _policy("announcement", _("Announcement on the front page"), written=True),
    _policy(
        "content_warning",
        _("Warning shown to visitors before they enter"),
        _(
            "For example, that the site is for adults only. People who are signed in or have already confirmed"
            " it won't be asked."
        ),
        written=True,
    ),
    Area(
        "blocked_phrases",
        _("Blocked phrases"),
        _("One per line, not case-sensitive. Applies to posts, comments, messages, names and descriptions."),
        most=PHRASES_LENGTH,
    ),
    _policy("actor_blocked_words", _("Words not allowed in names"), _("One per line.")),
    _policy("actor_bio_blocked_words", _("Words not allowed in profiles"), _("One per line.")),
    Number(
        "read_posts_cutoff",
        _("Days to keep reading history"),
        _("0 keeps it forever."),
        required=True,
        most=DAYS_MAX,
    ),
    Switch(
        "email_verification",
        _("Require new members to confirm their email address, if the site can send email"),
    ),
    Switch("captcha_enabled", _("Require a CAPTCHA to sign up")),
    Switch("public_modlog", _("Public moderation log")),
    Switch("enable_this_comment_filter", _("Reject comments that only say “this”")),
    Switch("enable_gif_reply_rep_decrease", _("Reject comments that contain only an animated image")),
    Switch("meme_comms_low_quality", _("Mark new meme communities as low quality")),
)
DRAWN = Form(*FACE, *POLICIES)


@blueprint.get("")
async def settings_page() -> Response:
    """Show the site's settings."""
    administrator(current_viewer())
    return show_form("admin/site.html", await _shown(), fields=DRAWN)


@blueprint.post("")
async def save_settings() -> Response:
    """Change the site's settings."""
    viewer = administrator(current_viewer())
    form = await posted()
    shown = await _shown()
    try:
        face, changes = FACE.changes(form, shown), POLICIES.changes(form, shown)
        if face or changes:
            domain = resources().config.site.domain
            await resources().database.write(policies.configure, viewer, face, changes, domain=domain)
    except Invalid as refusal:
        return show_form("admin/site.html", form, refusal, fields=DRAWN)
    forget_site()
    return go("/admin/site", "saved")


async def _shown() -> dict[str, Any]:
    """What stands on the form."""
    async with resources().database.read() as db:
        row = await site.site(db)
        policy = await policies.policies(db)
    return {field.name: getattr(row, field.name) for field in FACE} | msgspec.structs.asdict(policy)
