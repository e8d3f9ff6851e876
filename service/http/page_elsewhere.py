"""What a page of another site says about itself, for whoever is about to link to it."""

from service.forum.errors import Invalid
from service.http.context import resources
from service.http.passing.long_texts import off_the_loop
from service.http.passing.other_sites import outside
from service.outbound.errors import OutboundError
from service.text.addresses import as_link
from service.text.preview import Preview, looks_like_a_page, parse_preview

PAGE_TYPES = ("text/html", "application/xhtml+xml")


async def look_at(url: str) -> Preview:
    """Return title, description and picture of a page. No connection to the database is held meanwhile.

    Raises:
        Invalid: it cannot be fetched, or is no page.
    """
    try:
        async with outside():
            page = await resources().outbound.get(
                as_link(url), accept=", ".join(PAGE_TYPES), cut=(*PAGE_TYPES, "")
            )
    except OutboundError as error:
        raise Invalid({"url": str(error)}) from error
    if page.status >= 300:
        raise Invalid({"url": f"The other side answered {page.status}."})
    if not page.media_type and not looks_like_a_page(page.body):
        raise Invalid({"url": "There is no web page at this address."})
    return await off_the_loop(lambda: parse_preview(page.body, page.content_type, page.url))
