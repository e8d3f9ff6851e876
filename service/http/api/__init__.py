"""/api/alpha: the door for apps, on the same operations as the pages."""

from quart import Blueprint

from service.http.api import comments, communities, posts, site, uploads, users


def blueprints() -> list[Blueprint]:
    """Return what this door answers."""
    modules = (site, users, communities, posts, comments, uploads)
    return [module.blueprint for module in modules]
