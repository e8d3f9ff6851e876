"""The door for other servers."""

from quart import Blueprint

from service.http.activitypub import activities, actors, content, crawlers, discovery, pages, webfinger


def blueprints() -> list[Blueprint]:
    """Return what this door answers."""
    doors = (discovery, crawlers, webfinger, pages, actors, content, activities)
    return [door.blueprint for door in doors]
