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
        blocks,
        comments,
        communities,
        complaints,
        filters,
        home,
        instances,
        intents,
        marks,
        messages,
        moderation,
        notices,
        notifications,
        options,
        people,
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
        people,
        marks,
        blocks,
        options,
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
        complaints,
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
