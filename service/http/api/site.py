"""/api/alpha: the site, and the person who is signed in."""

from quart import Blueprint, Response

from service.forum import site
from service.forum.accounts import queries as accounts
from service.forum.accounts.viewer import Viewer, signed_in
from service.forum.communities import queries as communities
from service.forum.instances import blocked_instances, known_instances
from service.http.api.answer import answer
from service.http.api.shapes.communities import community_beside
from service.http.api.shapes.people import administrator_view, author_shape, local_user_view
from service.http.api.shapes.site import instance_view, language_view, site_shape
from service.http.api.shapes.values import Shape
from service.http.compatibility import VERSION
from service.http.context import resources, viewer
from service.http.figures import figures
from service.http.limits import limit

blueprint = Blueprint("api_site", __name__, url_prefix="/api/alpha")


@blueprint.get("/site")
async def get_site() -> Response:
    """Return the site, its administrators, and who is signed in."""
    await limit("site")
    origin, known = resources().config.site.base_url, viewer()
    async with resources().database.read() as db:
        about = await site.site(db)
        languages = await site.languages(db)
        administrators = await accounts.administrators(db)
    body: Shape = {
        "site": site_shape(origin, about, languages, (await figures()).users),
        "admins": [administrator_view(origin, row) for row in administrators],
        "version": VERSION,
    }
    if known:
        body["my_user"] = await my_user(known)
    return answer(body)


@blueprint.get("/site/version")
async def get_version() -> Response:
    """Return the version that clients decide by what they may use."""
    return answer({"version": VERSION})


@blueprint.get("/federated_instances")
async def get_instances() -> Response:
    """Return the other servers that this one knows."""
    async with resources().database.read() as db:
        known = await known_instances(db)
    lists = {"linked": known.linked, "allowed": known.allowed, "blocked": known.blocked}
    return answer(
        {"federated_instances": {name: [instance_view(row) for row in rows] for name, rows in lists.items()}}
    )


@blueprint.get("/user/me")
async def get_me() -> Response:
    """Return who is signed in."""
    return answer(await my_user(signed_in(viewer())))


async def my_user(known: Viewer) -> Shape:
    """Return a MyUserInfo."""
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        profile = await accounts.profile_by_id(db, known, known.id)
        settings = await accounts.settings_of(db, known)
        follows = await communities.subscriptions(db, known)
        moderates = await communities.moderated(db, known)
        blocked = await communities.blocked(db, known)
        people = await accounts.blocked_people(db, known)
        instances = await blocked_instances(db, known)
        languages = await site.languages(db)
    me = author_shape(origin, profile.person)
    spoken = settings.read_language_ids
    return {
        "local_user_view": local_user_view(origin, profile, settings),
        "follows": [{"community": community_beside(origin, row), "follower": me} for row in follows],
        "moderates": [{"community": community_beside(origin, row), "moderator": me} for row in moderates],
        "community_blocks": [{"community": community_beside(origin, row), "person": me} for row in blocked],
        "person_blocks": [{"person": me, "target": author_shape(origin, row)} for row in people],
        "instance_blocks": [{"person": me, "instance": instance_view(row)} for row in instances],
        "discussion_languages": [language_view(row) for row in languages if not spoken or row.id in spoken],
    }
