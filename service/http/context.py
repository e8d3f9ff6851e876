"""What a handler may reach: the process's resources, other servers, the address that was asked for, and who asks."""

from typing import cast

from quart import current_app, g, request

from service.federation.intake.opening import Intake
from service.forum.accounts.viewer import Viewer
from service.lifecycle import Resources

EXTENSION, INTAKE = "pieloop", "pieloop.intake"  # extensions of the app


def resources() -> Resources:
    """Return what this process holds open."""
    return cast("Resources", current_app.extensions[EXTENSION])


def intake() -> Intake:
    """Return what this process lets other servers in with, and asks them with."""
    return cast("Intake", current_app.extensions[INTAKE])


def route() -> str:
    """Return the pattern of the address that was asked for: what stands in its places may be a secret."""
    return request.url_rule.rule if request.url_rule else "none"


def current_viewer() -> Viewer | None:
    """Return who asks; None is somebody who is not signed in."""
    return cast("Viewer | None", g.get("viewer"))
