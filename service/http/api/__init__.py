"""/api/alpha: the door for apps, on the same operations as the pages."""

from quart import Blueprint

from service.http.api import (
    admin,
    comments,
    communities,
    groups,
    inbox,
    messages,
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
)


def blueprints() -> list[Blueprint]:
    """Return what this door answers."""
    persons = (sessions, registration, users, people, settings, inbox, messages, stream)
    modules = (site, *persons, communities, groups, posts, comments, reports, search, uploads)
    return [*(module.blueprint for module in modules), *admin.blueprints()]
