"""How the site is used: its keys, and opening links of the network here."""

from quart import Blueprint, Response, request

from service.http.web.frame.forms import go
from service.http.web.frame.helpers import with_query
from service.http.web.frame.rendering import render

blueprint = Blueprint("using", __name__)

SCHEMES = ("web+ap://", "web+fedi://")


@blueprint.get("/keyboard_shortcuts")
async def keyboard() -> str:
    """Show which keys do something."""
    return render("using/keyboard.html")


@blueprint.get("/protocol_handler")
async def protocol_handler() -> str | Response:
    """Go to what a link of the network names, or show how a browser learns to open such links here."""
    wanted = request.args.get("to", "")
    if not wanted:
        return render("using/protocol_handler.html")
    for scheme in SCHEMES:
        if wanted.startswith(scheme):
            wanted = "https://" + wanted.removeprefix(scheme)
    return go(with_query("/search", q=wanted))
