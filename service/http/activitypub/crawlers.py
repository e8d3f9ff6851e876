"""What crawlers of the network ask servers for, in the words of Lemmy's and Mastodon's APIs that PieFed answers in.

The whole answers are kept for a while: they are the same for everybody, and some are long.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from quart import Blueprint, Response, current_app

from service.federation.queries.neighbours import EmojiRow, blocked_with_reasons, local_emoji
from service.forum import site as stored
from service.forum.accounts.queries.site_staff import administrators, staff
from service.forum.accounts.shapes import AuthorRow
from service.forum.instances.queries.known import known_instances
from service.forum.instances.shapes import InstanceRow
from service.forum.site import SiteRow, Statistics
from service.http.answer import answer
from service.http.api.shapes.values import address, moment
from service.http.compatibility import VERSION
from service.http.condition.figures import figures
from service.http.context import resources
from service.http.site import the_site

blueprint = Blueprint("crawlers", __name__)

Shape = dict[str, Any]

REMEMBERED = "pieloop_crawlers"
FRESH = 60.0  # seconds
CACHED = "public, max-age=600"
# Lemmy's limits, which its clients expect to find: requests in so many seconds. Ours are said in answers that refuse.
RATES = {
    "message": (999, 60),
    "post": (50, 600),
    "register": (20, 3600),
    "image": (100, 3600),
    "comment": (100, 600),
    "search": (999, 600),
}


class _Kept:
    """Answers and when they were made; one request makes one, the others wait for it."""

    def __init__(self) -> None:
        self.making = asyncio.Lock()
        self.answers: dict[str, tuple[float, Any]] = {}


@blueprint.get("/api/v3/site")
async def site() -> Response:
    """Describe the site as Lemmy does."""
    return await _kept("site", _site)


@blueprint.get("/api/v3/federated_instances")
async def federated_instances() -> Response:
    """Say which servers this one knows, lets in and keeps out, as Lemmy does."""
    return await _kept("instances", _instances)


@blueprint.get("/api/v1/instance")
async def instance() -> Response:
    """Describe the site in the few words that PieFed says to whom asks as of Mastodon."""
    return await _kept("instance", _instance)


@blueprint.get("/api/v1/instance/domain_blocks")
async def domain_blocks() -> Response:
    """Say which servers are kept out, as Mastodon does; nothing where only those on a list are let in."""
    return await _kept("blocks", _blocks)


async def _kept(name: str, make: Callable[[], Awaitable[Any]]) -> Response:
    kept: _Kept = current_app.extensions.setdefault(REMEMBERED, _Kept())
    async with kept.making:
        made_at, body = kept.answers.get(name, (0.0, None))
        if body is None or monotonic() - made_at > FRESH:
            body = await make()
            kept.answers[name] = monotonic(), body
    response = answer(body)
    response.headers["Cache-Control"] = CACHED
    return response


async def _site() -> Shape:
    about, here = await the_site(), f"https://{resources().config.site.domain}"
    async with resources().database.read() as db:
        public_key = await stored.public_key(db)
        languages = await stored.languages(db)
        captcha = await stored.setting(db, "captcha_enabled", default=True)
        emoji = await local_emoji(db)
        runners = [*await administrators(db), *await staff(db)]
    return {
        "site_view": {
            "site": _face(here, about, public_key),
            "local_site": _policies(about, captcha=bool(captcha)),
            "local_site_rate_limit": _rates(about),
            "counts": _counts(await figures()),
        },
        "admins": [_runner(here, row) for row in runners],
        "version": VERSION,
        "all_languages": [{"id": one.id, "code": one.code, "name": one.name} for one in languages],
        "discussion_languages": [one.id for one in languages if one.code in {"und", "en"}],
        "taglines": [],
        "custom_emojis": [_emoji(here, one) for one in emoji],
    }


def _face(here: str, about: SiteRow, public_key: str) -> Shape:
    return {
        "id": 1,
        "name": about.name,
        "sidebar": about.sidebar,
        "published": moment(about.created_at),
        "updated": moment(about.updated),
        "icon": address(here, about.icon_url or "/favicon.ico"),
        "banner": "",
        "description": about.description,
        "actor_id": f"{here}/",
        "last_refreshed_at": moment(about.updated),
        "inbox_url": f"{here}/inbox",
        "public_key": public_key,
        "instance_id": 1,
    }


def _policies(about: SiteRow, *, captcha: bool) -> Shape:
    return {
        "id": 1,
        "site_id": 1,
        "site_setup": True,
        "enable_downvotes": about.enable_downvotes,
        "enable_nsfw": about.enable_nsfw,
        "enable_nsfl": about.enable_nsfl,
        "community_creation_admin_only": about.community_creation_admin_only,
        "require_email_verification": True,
        "application_question": about.application_question,
        "private_instance": about.private_instance,
        "default_theme": "browser",
        "default_post_listing_type": "All",
        "hide_modlog_mod_names": True,
        "application_email_admins": True,
        "actor_name_max_length": 20,
        "federation_enabled": resources().config.federation.enabled,
        "captcha_enabled": captcha,
        "captcha_difficulty": "medium",
        "published": moment(about.created_at),
        "updated": moment(about.updated),
        "registration_mode": about.registration_mode,
        "reports_email_admins": True,
    }


def _rates(about: SiteRow) -> Shape:
    most = {kind: number for kind, (number, _) in RATES.items()}
    seconds = {f"{kind}_per_second": number for kind, (_, number) in RATES.items()}
    return {"id": 1, "local_site_id": 1, **most, **seconds, "published": moment(about.created_at)}


def _counts(counted: Statistics) -> Shape:
    return {
        "id": 1,
        "site_id": 1,
        "users": counted.users,
        "posts": counted.posts,
        "comments": counted.comments,
        "communities": counted.communities,
        "users_active_day": counted.active_day,
        "users_active_week": counted.active_week,
        "users_active_month": counted.active_month,
        "users_active_half_year": counted.active_half_year,
    }


def _emoji(here: str, row: EmojiRow) -> Shape:
    return {
        "custom_emoji": {
            "shortcode": row.token.strip(":"),
            "image_url": address(here, row.url) or "",
            "category": row.category,
        },
        "keywords": [{"keyword": word} for word in row.aliases.split()],
    }


def _runner(here: str, row: AuthorRow) -> Shape:
    return {
        "person": {
            "id": row.id,
            "name": row.name,
            "display_name": row.title or row.name,
            "avatar": address(here, row.avatar_url) or "",
            "banned": row.banned,
            "published": moment(row.created_at),
            "updated": moment(row.created_at),
            "actor_id": row.actor_id,
            "local": True,
            "deleted": row.deleted,
            "matrix_user_id": None,
            "admin": True,
            "bot_account": row.bot,
            "instance_id": 1,
        },
        "counts": {
            "id": row.id,
            "person_id": row.id,
            "post_count": 0,
            "post_score": 0,
            "comment_count": 0,
            "comment_score": 0,
        },
        "is_admin": True,
    }


async def _instances() -> Shape:
    async with resources().database.read() as db:
        known = await known_instances(db)
    return {
        "federated_instances": {
            "linked": [_linked(row) for row in known.linked],
            "allowed": [_named(row) for row in known.allowed],
            "blocked": [_named(row) for row in known.blocked],
        }
    }


def _named(row: InstanceRow) -> Shape:
    return {
        "id": row.id,
        "domain": row.domain,
        "published": moment(row.created_at),
        "updated": moment(row.updated_at),
    }


def _linked(row: InstanceRow) -> Shape:
    runs = {"software": row.software, "version": row.version}
    return _named(row) | {name: value for name, value in runs.items() if value}


async def _instance() -> Shape:
    about, counted = await the_site(), await figures()
    return {
        "title": about.name,
        "uri": resources().config.site.domain,
        "stats": {
            "user_count": counted.users,
            "status_count": counted.posts + counted.comments,
            "domain_count": 1,
        },
        "registrations": about.registration_mode != "Closed",
        "approval_required": about.registration_mode == "RequireApplication",
    }


async def _blocks() -> list[Shape]:
    async with resources().database.read() as db:
        if await stored.setting(db, "use_allowlist", default=False):
            return []
        blocked = await blocked_with_reasons(db)
    return [
        {
            "domain": domain,
            "digest": hashlib.sha256(domain.encode()).hexdigest(),
            "severity": "suspend",
            "comment": reason,
        }
        for domain, reason in blocked
    ]
