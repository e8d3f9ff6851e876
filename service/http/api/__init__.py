"""/api/alpha: the door for apps, on the same operations as the pages."""

from quart import Blueprint

from service.http.api import admin, comments, communities, groups, posts, search, site, uploads, users


def blueprints() -> list[Blueprint]:
    """Return what this door answers."""
    modules = (site, users, communities, groups, posts, comments, search, uploads)
    return [*(module.blueprint for module in modules), *admin.blueprints()]
