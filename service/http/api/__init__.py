"""/api/alpha: the door for apps, on the same operations as the pages."""

from quart import Blueprint

from service.http.api import (
    admin,
    comments,
    communities,
    flairs,
    groups,
    inbox,
    messages,
    moderation,
    people,
    posts,
    registration,
    reports,
    search,
    sessions,
    settings,
    site,
    stream,
    uploads,
    users,
    voters,
)


def blueprints() -> list[Blueprint]:
    """Return what this door answers."""
    persons = (sessions, registration, users, people, settings, inbox, messages, stream)
    places = (communities, moderation, flairs, groups)
    modules = (site, *persons, *places, posts, comments, voters, reports, search, uploads)
    return [*(module.blueprint for module in modules), *admin.blueprints()]
