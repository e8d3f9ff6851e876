"""Administration: what staff and administrators do, one module a subject."""

from service.http.web.admin import (
    addresses,
    appearance,
    applications,
    audit,
    blocked_images,
    communities,
    dashboard,
    emoji,
    federation,
    instances,
    newsletter,
    pages,
    parked,
    permissions,
    site,
    tags,
    topics,
    users,
    websites,
)

BLUEPRINTS = tuple(
    one.blueprint
    for one in (
        addresses,
        appearance,
        applications,
        audit,
        blocked_images,
        communities,
        dashboard,
        emoji,
        federation,
        instances,
        newsletter,
        pages,
        parked,
        permissions,
        site,
        tags,
        topics,
        users,
        websites,
    )
)
