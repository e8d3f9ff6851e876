"""The browser's door: server-rendered pages, one module or folder for each noun of their addresses, `frame` for all."""

from quart import Blueprint


def blueprints() -> list[Blueprint]:
    """Return all blueprints of the pages, with every template compiled."""
    from service.http import site
    from service.http.web import (
        admin,
        auth,
        blocks,
        comments,
        communities,
        complaints,
        frame,
        groups,
        home,
        instances,
        intents,
        looks,
        machines,
        marks,
        messages,
        moderation,
        moved,
        notifications,
        options,
        own,
        pages,
        people,
        polls,
        posts,
        reminders,
        rss,
        search,
        settings,
        sitemaps,
        unsubscribing,
        using,
        warning,
        welcome,
    )

    frame.rendering.prepare()
    nouns = (
        blocks,
        comments,
        communities,
        complaints,
        groups,
        home,
        instances,
        intents,
        looks,
        machines,
        marks,
        messages,
        moderation,
        notifications,
        options,
        own,
        pages,
        people,
        polls,
        posts,
        reminders,
        rss,
        search,
        sitemaps,
        unsubscribing,
        using,
        warning,
        welcome,
        moved,
    )
    return [
        site.blueprint,
        *frame.BLUEPRINTS,
        *auth.BLUEPRINTS,
        *settings.BLUEPRINTS,
        *admin.BLUEPRINTS,
        *(noun.blueprint for noun in nouns),
    ]
