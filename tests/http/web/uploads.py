"""Sending a file that is no picture with a form."""

from io import BytesIO

from quart.datastructures import FileStorage

from tests.http.web.visitor import Page, Visitor


async def file_form(visitor: Visitor, path: str, field: str, data: bytes, name: str = "file.json") -> Page:
    """Send a form with one file."""
    response = await visitor.client.post(
        path, form={"csrf_token": visitor.token}, files={field: FileStorage(BytesIO(data), name)}
    )
    return Page(response.status_code, await response.get_data(as_text=True), response.headers)
