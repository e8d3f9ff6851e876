"""The product's own app with the laboratory's doors in it; served like the product, as `laboratory.site:app`."""

import os
from functools import cache
from typing import Any

from quart import Blueprint, request

from laboratory import doors
from service import Receive, Send
from service.assembly import build_app
from service.config import ensure_secret_key, load_config
from service.http.context import resources

blueprint = Blueprint("laboratory", __name__, url_prefix="/laboratory")


async def app(scope: Any, receive: Receive, send: Send) -> None:
    """Answer one ASGI event."""
    await _with_doors()(scope, receive, send)


@cache
def _with_doors() -> Any:
    application = build_app(ensure_secret_key(load_config()))
    application.register_blueprint(blueprint)
    return application


@blueprint.get("/who")
async def who() -> str:
    """Say which process this is."""
    return str(os.getpid())


@blueprint.get("/echo")
async def echo() -> str:
    """Give tokens back."""
    asked = request.args
    whole = await doors.echo(
        resources(), int(asked["answers"]), float(asked.get("pause", 0)), float(asked.get("hurry", 0))
    )
    return "whole" if whole else "cancelled half-way"


@blueprint.get("/hold")
async def hold() -> str:
    """Hold a connection."""
    await doors.hold(resources(), float(request.args["seconds"]))
    return ""


@blueprint.get("/picture")
async def picture() -> str:
    """Work on a picture."""
    return str(await doors.picture(resources()))
