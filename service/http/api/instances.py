"""/api/alpha: what helps newcomers to choose a server."""

from collections.abc import Callable
from typing import Any, Literal, TypedDict

import msgspec
from quart import Blueprint

from service.forum import site
from service.forum.feeds.queries.catalogue import number_of_topics
from service.forum.instances.queries import proposals, refused_domains, trusted_domains
from service.forum.instances.shapes import Proposal
from service.http.api.contract import API
from service.http.api.shapes.site import DEFAULT_ICON, LanguageView, language_view
from service.http.api.shapes.values import address
from service.http.condition.figures import figures
from service.http.context import resources
from service.http.refusals import NotOffered

blueprint = Blueprint("api_instances", __name__, url_prefix="/api/alpha/site")

Answer = Literal["yes", "no", "true", "false"]
UNDETERMINED: LanguageView = {"id": 0, "code": "und", "name": "Undetermined"}
# How well a site is cared for, by what its administrators say of it; the words and the settings are PieFed's.
CARE: dict[str, Callable[[Any], bool]] = {
    "financial_stability": bool,
    "number_of_admins": lambda number: isinstance(number, int) and number > 1,
    "daily_backups": bool,
}
MATURITY = ("Embryonic", "Low", "Medium", "High")
TOPICS_FOR_NEWCOMERS = 3


class Wanted(msgspec.Struct):
    """What kind of server somebody looks for."""

    q: str = ""
    nsfw: Answer | None = None
    language: str = ""
    newbie: Answer | None = None


class GetSiteInstanceChooserResponse(TypedDict):
    """What this site tells newcomers."""

    language: LanguageView
    nsfw: bool
    newbie_friendly: bool
    name: str
    elevator_pitch: str
    description: str
    about: str
    sidebar: str
    logo_url: str
    maturity: str
    tos_url: str
    mau: int
    can_make_communities: bool
    defederation: list[str]
    trusts: list[str]
    registration_mode: str


class ChooserItem(TypedDict):
    """A server that newcomers may choose."""

    id: int
    domain: str
    language: str
    newbie_friendly: bool
    mau: int
    monthsmonitored: int
    can_make_communities: bool
    defederation: list[str]
    trusts: list[str]
    name: str
    elevator_pitch: str
    description: str
    about: str
    sidebar: str
    logo_url: str
    maturity: str
    tos_url: str
    uptime: str
    registration_mode: str


class GetSiteInstanceChooserSearchResponse(TypedDict):
    """Servers that newcomers may choose."""

    result: list[ChooserItem]


@blueprint.get("/instance_chooser")
@API.endpoint(404, limited="site")
async def get_own() -> GetSiteInstanceChooserResponse:
    """Return what this site tells newcomers."""
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        await _check_takes_part(db)
        about = await site.site(db)
        languages = await site.languages(db)
        said = await site.settings(db, ("elevator_pitch", *CARE))
        topics = await number_of_topics(db)
        refused, trusted = await refused_domains(db), await trusted_domains(db)
    spoken = [row for row in languages if row.id == about.language_id] or languages[:1]
    return {
        "language": language_view(spoken[0]) if spoken else UNDETERMINED,
        "nsfw": about.enable_nsfw,
        "newbie_friendly": topics >= TOPICS_FOR_NEWCOMERS,
        "name": about.name,
        "elevator_pitch": str(said.get("elevator_pitch") or ""),
        "description": about.description,
        "about": about.about_html,
        "sidebar": about.sidebar_html,
        "logo_url": address(origin, about.icon_url or DEFAULT_ICON) or "",
        "maturity": MATURITY[sum(cares(said.get(name)) for name, cares in CARE.items())],
        "tos_url": about.tos_url,
        "mau": (await figures()).active_month,
        "can_make_communities": not about.community_creation_admin_only,
        "defederation": refused,
        "trusts": trusted,
        "registration_mode": about.registration_mode.word,
    }


@blueprint.get("/instance_chooser_search")
@API.endpoint(404, limited="search")
async def search(query: Wanted) -> GetSiteInstanceChooserSearchResponse:
    """Return servers that newcomers may choose."""
    async with resources().database.read() as db:
        await _check_takes_part(db)
        found = await proposals(
            db,
            text=query.q,
            nsfw=_truth(query.nsfw),
            newbie_friendly=_truth(query.newbie),
            language=query.language,
        )
    return {"result": [_item(row) for row in found]}


async def _check_takes_part(db: Any) -> None:
    """Refuse on a site that does not help newcomers to choose among servers, which is PieFed's default."""
    if not await site.setting(db, "enable_instance_chooser", False):
        raise NotOffered


def _truth(word: Answer | None) -> bool | None:
    return None if word is None else word in {"yes", "true"}


def _item(row: Proposal) -> ChooserItem:
    """Return a ChooserItem; what the server did not say is empty."""
    about: dict[str, Any] = row.about
    return {
        "id": row.id,
        "domain": row.domain,
        "language": row.language,
        "newbie_friendly": row.newbie_friendly,
        "mau": _number(about.get("mau")),
        "monthsmonitored": _number(about.get("monthsmonitored")),
        "can_make_communities": bool(about.get("can_make_communities")),
        "defederation": _words(about.get("defederation")),
        "trusts": _words(about.get("trusts")),
        "name": _text(about.get("name")),
        "elevator_pitch": _text(about.get("elevator_pitch")),
        "description": _text(about.get("description")),
        "about": _text(about.get("about")),
        "sidebar": _text(about.get("sidebar")),
        "logo_url": _text(about.get("logo_url")),
        "maturity": _text(about.get("maturity")),
        "tos_url": _text(about.get("tos_url")),
        "uptime": _text(about.get("uptime")),
        "registration_mode": _text(about.get("registration_mode")),
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _words(value: Any) -> list[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []
