"""The browser's door: server-rendered pages, one module for each noun of their addresses."""

from quart import Blueprint


def blueprints() -> list[Blueprint]:
    """Return all blueprints of the pages, with every template compiled."""
    from service.http import site
    from service.http.web import (
        accounts,
        activation,
        admin,
        admin_audit,
        admin_federation,
        admin_instances,
        admin_parked,
        admin_users,
        assets,
        blocked_images,
        comments,
        communities,
        filters,
        home,
        instances,
        intents,
        messages,
        moderation,
        notices,
        notifications,
        polls,
        posts,
        recovery,
        rendering,
        rss,
        search,
        signin,
        uploads,
    )

    rendering.prepare()
    pages = (
        signin,
        recovery,
        activation,
        accounts,
        filters,
        uploads,
        communities,
        posts,
        intents,
        polls,
        comments,
        notifications,
        messages,
        moderation,
        search,
        rss,
        instances,
    )
    administration = (
        admin,
        admin_users,
        admin_audit,
        admin_instances,
        admin_federation,
        admin_parked,
        blocked_images,
    )
    before = (site, notices, assets)
    return [page.blueprint for page in (*before, *pages, *administration, home)]
