"""/api/alpha: the door for apps, on the same operations as the pages."""

from quart import Blueprint

from service.http.api import (
    admin,
    blocks,
    comments,
    communities,
    flairs,
    groups,
    inbox,
    instances,
    manual,
    messages,
    metadata,
    moderation,
    modlog,
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
    persons = (sessions, registration, users, people, blocks, settings, inbox, messages, stream)
    places = (instances, communities, moderation, modlog, flairs, groups)
    contents = (posts, metadata, comments, voters, reports, search, uploads)
    modules = (manual, site, *persons, *places, *contents)
    return [*(module.blueprint for module in modules), *admin.blueprints()]
