"""/api/alpha: the site, and the person who is signed in."""

from typing import NotRequired, TypedDict

from quart import Blueprint

from service.forum import site
from service.forum.accounts import queries as accounts
from service.forum.accounts.viewer import Viewer
from service.forum.communities import queries as communities
from service.forum.instances.queries import blocked_instances, known_instances
from service.http.api.contract import API
from service.http.api.shapes.communities import community_beside
from service.http.api.shapes.me import MyUserInfo
from service.http.api.shapes.people import PersonView, administrator_view, author_shape, local_user_view
from service.http.api.shapes.site import Instance, Site, instance_view, language_view, site_shape
from service.http.compatibility import VERSION
from service.http.condition.figures import figures
from service.http.context import current_viewer, resources
from service.http.passing.strangers import same_for_strangers

blueprint = Blueprint("api_site", __name__, url_prefix="/api/alpha")


class GetSiteResponse(TypedDict):
    """The site, its administrators, and who is signed in."""

    site: Site
    admins: list[PersonView]
    version: str
    my_user: NotRequired[MyUserInfo]


class GetSiteVersionResponse(TypedDict):
    """The version that clients decide by what they may use."""

    version: str


class FederatedInstancesView(TypedDict):
    """The other servers that this one knows."""

    linked: list[Instance]
    allowed: list[Instance]
    blocked: list[Instance]


class GetFederatedInstancesResponse(TypedDict):
    """The other servers that this one knows."""

    federated_instances: FederatedInstancesView


@blueprint.get("/site")
@same_for_strangers
@API.endpoint(limited="site")
async def get_site() -> GetSiteResponse:
    """Return the site, its administrators, and who is signed in."""
    origin, viewer = resources().config.site.base_url, current_viewer()
    async with resources().database.read() as db:
        about = await site.site(db)
        languages = await site.languages(db)
        administrators = await accounts.administrators(db)
    body: GetSiteResponse = {
        "site": site_shape(origin, about, languages, (await figures()).users),
        "admins": [administrator_view(origin, row) for row in administrators],
        "version": VERSION,
    }
    if viewer:
        body["my_user"] = await my_user(viewer)
    return body


@blueprint.get("/site/version")
@API.endpoint()
async def get_version() -> GetSiteVersionResponse:
    """Return the version that clients decide by what they may use."""
    return {"version": VERSION}


@blueprint.get("/federated_instances")
@API.endpoint()
async def get_instances() -> GetFederatedInstancesResponse:
    """Return the other servers that this one knows."""
    async with resources().database.read() as db:
        known = await known_instances(db)
    return {
        "federated_instances": {
            "linked": [instance_view(row) for row in known.linked],
            "allowed": [instance_view(row) for row in known.allowed],
            "blocked": [instance_view(row) for row in known.blocked],
        }
    }


@blueprint.get("/user/me")
@API.endpoint()
async def get_me(viewer: Viewer) -> MyUserInfo:
    """Return who is signed in."""
    return await my_user(viewer)


async def my_user(viewer: Viewer) -> MyUserInfo:
    """Return a MyUserInfo."""
    origin = resources().config.site.base_url
    async with resources().database.read() as db:
        profile = await accounts.profile_by_id(db, viewer, viewer.id)
        settings = await accounts.settings_of(db, viewer)
        follows = await communities.subscriptions(db, viewer)
        moderates = await communities.moderated(db, viewer)
        blocked = await communities.blocked(db, viewer)
        people = await accounts.blocked_people(db, viewer)
        instances = await blocked_instances(db, viewer)
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
