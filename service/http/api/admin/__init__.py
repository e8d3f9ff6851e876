"""/api/alpha/admin: the door for another system that makes and manages accounts, and for administrators' apps."""

from quart import Blueprint


def blueprints() -> list[Blueprint]:
    """Return what this door answers."""
    from service.http.api.admin import (
        applications,
        export,
        manual,
        monitoring,
        registration,
        standing,
        statistics,
        users,
    )

    modules = (registration, users, standing, statistics, export, monitoring, manual, applications)
    return [module.blueprint for module in modules]
