"""/api/alpha: what helps newcomers to choose a server."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from quart import Blueprint, Response

from service.forum import site
from service.forum.instances import Proposal, proposals, refused_domains, trusted_domains
from service.http.api.answer import answer, query_as
from service.http.api.shapes.site import language_view
from service.http.api.shapes.values import Shape, address
from service.http.context import resources
from service.http.figures import figures
from service.http.limits import limit
from service.storage.clock import utcnow

blueprint = Blueprint("api_instances", __name__, url_prefix="/api/alpha/site")

Answer = Literal["yes", "no", "true", "false"]
YOUNG, GROWN = timedelta(days=180), timedelta(days=730)
TEXTS = (
    "name",
    "elevator_pitch",
    "description",
    "about",
    "sidebar",
    "logo_url",
    "maturity",
    "tos_url",
    "uptime",
    "registration_mode",
)


class Wanted(msgspec.Struct):
    """What kind of server somebody looks for."""

    q: str = ""
    nsfw: Answer | None = None
    language: str = ""
    newbie: Answer | None = None


@blueprint.get("/instance_chooser")
async def get_own() -> Response:
    """Return what this site tells newcomers."""
    await limit("site")
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        about = await site.site(db)
        languages = await site.languages(db)
        pitch = await site.setting(db, "elevator_pitch", "")
        refused, trusted = await refused_domains(db), await trusted_domains(db)
    spoken = [row for row in languages if row.id == about.language_id] or languages[:1]
    return answer(
        {
            "language": language_view(spoken[0]) if spoken else {},
            "nsfw": about.enable_nsfw,
            "newbie_friendly": True,
            "name": about.name,
            "elevator_pitch": str(pitch or ""),
            "description": about.description,
            "about": about.about_html,
            "sidebar": about.sidebar_html,
            "logo_url": address(origin, about.icon_url) or "",
            "maturity": _maturity(about.created_at),
            "tos_url": about.tos_url,
            "mau": (await figures()).active_month,
            "can_make_communities": not about.community_creation_admin_only,
            "defederation": refused,
            "trusts": trusted,
            "registration_mode": about.registration_mode,
        }
    )


@blueprint.get("/instance_chooser_search")
async def search() -> Response:
    """Return servers that newcomers may choose."""
    wanted = query_as(Wanted)
    await limit("search")
    async with resources().database.read() as db:
        found = await proposals(
            db,
            text=wanted.q,
            nsfw=_truth(wanted.nsfw),
            newbie_friendly=_truth(wanted.newbie),
            language=wanted.language,
        )
    return answer({"result": [_item(row) for row in found]})


def _truth(word: Answer | None) -> bool | None:
    return None if word is None else word in {"yes", "true"}


def _maturity(born: datetime) -> str:
    age = utcnow() - born
    return "Young" if age < YOUNG else "Established" if age < GROWN else "Mature"


def _item(row: Proposal) -> Shape:
    """Return a GetSiteInstanceChooserSearchResponseItem; what the server did not say is empty."""
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
    } | {name: _text(about.get(name)) for name in TEXTS}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _words(value: Any) -> list[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []
