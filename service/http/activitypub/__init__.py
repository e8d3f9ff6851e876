"""The door for other servers."""

from quart import Blueprint

from service.http.activitypub import actors, discovery, inbox, webfinger


def blueprints() -> list[Blueprint]:
    """Return what this door answers."""
    return [discovery.blueprint, webfinger.blueprint, actors.blueprint, inbox.blueprint]
