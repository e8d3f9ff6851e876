"""Who quotes the viewer on other servers, and taking the consent back."""

from quart import Response, request

from service.forum import quotes
from service.forum.accounts.viewer import signed_in
from service.http.context import current_viewer, resources
from service.http.web.frame.forms import go, number_of
from service.http.web.frame.listing import PAGE, page_after
from service.http.web.frame.rendering import render
from service.http.web.settings.blueprint import SETTINGS, blueprint

QUOTES = f"{SETTINGS}/quotes"


@blueprint.get(QUOTES)
async def quotes_page() -> str:
    """Show what of the viewer's is quoted elsewhere."""
    viewer, number = signed_in(current_viewer()), number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await quotes.quotes_of(db, viewer, page=number, size=PAGE)
    return render(
        "settings/quotes.html",
        here="me",
        quotes=page.items,
        next_url=page_after(QUOTES, number, page.has_more),
    )


@blueprint.post(f"{QUOTES}/<int:quote_id>/revoke")
async def revoke_quote(quote_id: int) -> Response:
    """Let something of the viewer's no longer be quoted there."""
    await resources().database.write(quotes.revoke, signed_in(current_viewer()), quote_id)
    return go(QUOTES, "quote-revoked")
