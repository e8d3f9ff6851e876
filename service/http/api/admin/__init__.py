"""/api/alpha/admin: the door for another system that makes and manages accounts, and for administrators' apps."""

from quart import Blueprint


def blueprints() -> list[Blueprint]:
    """Return what this door answers."""
    from service.http.api.admin import (
        account_actions,
        applications,
        export,
        manual,
        monitoring,
        registration,
        statistics,
        users,
    )

    modules = (registration, users, account_actions, statistics, export, monitoring, manual, applications)
    return [module.blueprint for module in modules]
