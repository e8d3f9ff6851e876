"""The site's own pages, where administrators put them."""

from quart import Blueprint

from service.forum.pages import queries
from service.http.context import resources
from service.http.web.frame.bodies import prepare_html
from service.http.web.frame.rendering import render

blueprint = Blueprint("pages", __name__)


@blueprint.get("/<word>")
async def show(word: str) -> str:
    """Show a page of the site's own; every other page of such an address comes first."""
    async with resources().database.read() as db:
        page = await queries.page_at(db, f"/{word}")
    await prepare_html(page.body_html)
    return render("pages/page.html", page=page)
