"""The browser's door: server-rendered pages, one module for each noun of their addresses."""

from quart import Blueprint


def blueprints() -> list[Blueprint]:
    """Return all blueprints of the pages, with every template compiled."""
    from service.http.web import (
        accounts,
        admin,
        assets,
        blocked_images,
        comments,
        communities,
        home,
        moderation,
        notices,
        notifications,
        posts,
        rendering,
        search,
        signin,
        standing,
        uploads,
    )

    rendering.prepare()
    pages = (
        *(signin, accounts, uploads, communities, posts, comments, notifications, moderation, search),
        *(admin, blocked_images, home),
    )
    return [standing.blueprint, notices.blueprint, assets.blueprint, *(page.blueprint for page in pages)]
