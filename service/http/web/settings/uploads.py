"""A member's pictures: what there is, what it takes up, and deleting it."""

import msgspec
from quart import Blueprint, Response, request

from service.forum.accounts.viewer import signed_in
from service.forum.attachments import operations, queries
from service.forum.errors import Invalid
from service.forum.posts.rules import ALT_TEXT_MAX
from service.http.answer import JSON
from service.http.context import current_viewer, resources
from service.http.errors import describe
from service.http.passing.bodies.policy import a_form_with_files, takes
from service.http.pictures.uploads import keep_image, uploaded_bytes
from service.http.web.frame.fields import Form, Line
from service.http.web.frame.forms import SHOWN_IN_FORM, go, number_of, posted
from service.http.web.frame.listing import page_after
from service.http.web.frame.rendering import render
from service.language import _
from service.media.errors import MediaError

blueprint = Blueprint("uploads", __name__)

FILES = "/user/files"
UPLOAD = Form(Line("alt_text", most=ALT_TEXT_MAX))
PAGE = 24


@blueprint.get(FILES)
async def listing() -> str:
    """Show what the viewer has uploaded, the newest first."""
    viewer = signed_in(current_viewer())
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        page = await queries.uploads_of(db, viewer, page=number, size=PAGE)
        usage = await queries.usage(db, viewer.id)
    return render(
        "settings/uploads.html",
        here="me",
        uploads=page.uploads,
        usage=usage,
        quota=resources().config.store.quota,
        next_url=page_after(FILES, number, page.has_more),
    )


@blueprint.post(f"{FILES}/upload")
@takes(a_form_with_files())
async def upload() -> Response:
    """Keep a picture for a text: a script gets its address, anybody else the list with it."""
    viewer = signed_in(current_viewer())
    wants_json = request.accept_mimetypes.best == "application/json"
    try:
        data = await uploaded_bytes("image")
        if not data:
            raise Invalid({"image": _("Choose an image.")})
        kept = await keep_image(viewer, data, field="image", **UPLOAD.read(await posted()))
    except (*SHOWN_IN_FORM, MediaError) as refusal:
        problem = describe(refusal)
        if not wants_json:
            raise
        return Response(
            msgspec.json.encode({"message": str(problem.message)}), problem.status, content_type=JSON
        )
    if wants_json:
        return Response(msgspec.json.encode({"url": kept.url}), content_type=JSON)
    return go(FILES, "picture-kept")


@blueprint.get(f"{FILES}/<int:file_id>/delete")
async def delete_page(file_id: int) -> str:
    """Ask whether a picture is really to go: it cannot be brought back."""
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        upload = await queries.upload_by_id(db, viewer, file_id)
    return render("settings/delete_upload.html", here="me", upload=upload)


@blueprint.post(f"{FILES}/<int:file_id>/delete")
async def delete(file_id: int) -> Response:
    """Delete a picture, wherever it is shown."""
    await resources().database.write(operations.delete_upload, signed_in(current_viewer()), file_id)
    return go(FILES, "picture-deleted")
