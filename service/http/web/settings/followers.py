"""Who follows the viewer and who asked to: letting them, and putting them off."""

from quart import Response, request

from service.forum.accounts import operations, queries
from service.forum.accounts.viewer import signed_in
from service.http.context import current_viewer, resources
from service.http.web.frame.forms import go, number_of
from service.http.web.frame.listing import PAGE, page_after
from service.http.web.frame.rendering import render
from service.http.web.settings.blueprint import SETTINGS, blueprint

FOLLOWERS = f"{SETTINGS}/followers"


@blueprint.get(FOLLOWERS)
async def followers_page() -> str:
    """Show who asked to follow the viewer, and who does."""
    viewer, number = signed_in(current_viewer()), number_of(request.args.get("page"))
    async with resources().database.read() as db:
        asking = await queries.asking(db, viewer, page=number, size=PAGE)
        followers = await queries.followers(db, viewer, page=number, size=PAGE)
    return render(
        "settings/followers.html",
        here="me",
        asking=asking.items,
        followers=followers.items,
        next_url=page_after(FOLLOWERS, number, asking.has_more or followers.has_more),
    )


@blueprint.post(f"{FOLLOWERS}/<int:account_id>/accept")
async def accept_follower(account_id: int) -> Response:
    """Let somebody follow the viewer who asked to."""
    await resources().database.write(operations.accept_follower, signed_in(current_viewer()), account_id)
    return go(FOLLOWERS, "follower-accepted")


@blueprint.post(f"{FOLLOWERS}/<int:account_id>/refuse")
async def refuse_follower(account_id: int) -> Response:
    """Let somebody follow the viewer no longer, or never."""
    await resources().database.write(operations.refuse_follower, signed_in(current_viewer()), account_id)
    return go(FOLLOWERS, "follower-refused")
