"""What a handler may reach: the process's resources and who asks."""

from typing import cast

from quart import current_app, g

from service.forum.accounts.viewer import Viewer
from service.lifecycle import Resources

EXTENSION = "pieloop"


def resources() -> Resources:
    """Return what this process holds open."""
    return cast("Resources", current_app.extensions[EXTENSION])


def viewer() -> Viewer | None:
    """Return who asks; None is somebody who is not signed in."""
    return cast("Viewer | None", g.get("viewer"))
