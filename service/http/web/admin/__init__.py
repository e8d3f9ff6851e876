"""Administration: what staff and administrators do, one module a subject."""

from service.http.web.admin import (
    applications,
    audit,
    blocked_images,
    dashboard,
    federation,
    instances,
    parked,
    site,
    users,
)

BLUEPRINTS = tuple(
    one.blueprint
    for one in (applications, audit, blocked_images, dashboard, federation, instances, parked, site, users)
)
