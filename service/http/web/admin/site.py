"""The site's settings: its face and its policies."""

from typing import Any

import msgspec
from quart import Blueprint, Response

from service.forum import policies, site
from service.forum.accounts.viewer import administrator
from service.forum.errors import Invalid
from service.http.context import current_viewer, resources
from service.http.site import forget_site
from service.http.web.frame.forms import changed, go, posted, show_form, stripped, text_in
from service.language import _

blueprint = Blueprint("admin_site", __name__, url_prefix="/admin/site")

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


@blueprint.get("")
async def settings_page() -> Response:
    """Show the site's settings."""
    administrator(current_viewer())
    return show_form("admin/site.html", await _shown())


@blueprint.post("")
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
        raise Invalid({"read_posts_cutoff": _("Enter a number of days.")})
    return int(text)
