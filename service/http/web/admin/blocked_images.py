"""Administration of pictures that are refused: the list, and blocking one from its file or from a post."""

from quart import Blueprint, Response, request

from service.forum.accounts.viewer import administrator
from service.forum.attachments import blocked
from service.forum.attachments.blocked import NOTE_MAX
from service.forum.attachments.shapes import PostPicture, fingerprint_of
from service.forum.errors import Invalid
from service.forum.posts import queries as posts
from service.http.context import current_viewer, resources
from service.http.passing.bodies.policy import a_form_with_files, takes
from service.http.pictures.uploads import uploaded_bytes
from service.http.web.frame.fields import Form, Line, Picture
from service.http.web.frame.forms import go, number_of, posted, show_form
from service.http.web.frame.listing import page_after
from service.language import _
from service.media.errors import Rejected, TookTooLong
from service.media.store import path_in, read_whole

blueprint = Blueprint("blocked_images", __name__, url_prefix="/admin")

LIST = "/admin/blocked_images"
PAGE = 50

BLOCKING = Form(Picture("image", _("Image"), required=True), Line("note", _("Note"), most=NOTE_MAX))
REMOVAL = Form(
    Line(
        "reason",
        _("Reason"),
        _("Shown in the moderation log and next to the blocked image."),
        required=True,
        missing=_("Give a reason. It helps the author and the other administrators."),
        most=NOTE_MAX,
    )
)
NOTHING_IN_IT = _("This image has too little detail to be recognised.")


@blueprint.get("/blocked_images")
async def listing() -> Response:
    """Show what is refused, the newest first."""
    administrator(current_viewer())
    return await _show_list({})


@blueprint.post("/blocked_images")
@takes(a_form_with_files(administrator))
async def block_file() -> Response:
    """Block a picture that is sent; it is looked at and not kept."""
    viewer = administrator(current_viewer())
    form = await posted()
    try:
        said = BLOCKING.read(form)
        fingerprint = await _fingerprint(await uploaded_bytes("image"))
        await resources().database.write(blocked.block, viewer, fingerprint, "", said["note"])
    except Invalid as refusal:
        return await _show_list(form, refusal)
    return go(LIST, "blocked")


@blueprint.post("/blocked_images/<int:blocked_id>/unblock")
async def unblock(blocked_id: int) -> Response:
    """Take a picture again."""
    await resources().database.write(blocked.unblock, administrator(current_viewer()), blocked_id)
    return go(LIST, "unblocked")


@blueprint.get("/post/<int:post_id>/block_image")
async def block_page(post_id: int) -> Response:
    """Ask whether a post's picture is really to go for good, and why."""
    administrator(current_viewer())
    return await _show_blocking(post_id, {})


@blueprint.post("/post/<int:post_id>/block_image")
async def block_image(post_id: int) -> Response:
    """Remove a post, delete what looks like its picture, and block it."""
    viewer = administrator(current_viewer())
    form = await posted()
    try:
        said = REMOVAL.read(form)
        fingerprints = await _fingerprints_of_post(post_id)
        await resources().database.write(
            blocked.remove_and_block,
            viewer,
            post_id,
            fingerprints,
            reason=said["reason"],
            distance=resources().config.store.blocked_distance,
        )
    except Invalid as refusal:
        return await _show_blocking(post_id, form, refusal)
    return go(LIST, "picture-blocked")


async def _show_list(form: dict[str, str], refusal: Invalid | None = None) -> Response:
    number = number_of(request.args.get("page"))
    async with resources().database.read() as db:
        found = await blocked.blocked_images(db, page=number, size=PAGE)
    following = page_after(LIST, number, found.has_more)
    return show_form(
        "admin/blocked_images.html", form, refusal, fields=BLOCKING, blocked=found.items, next_url=following
    )


async def _show_blocking(post_id: int, form: dict[str, str], refusal: Invalid | None = None) -> Response:
    async with resources().database.read() as db:
        await blocked.pictures_of_post(db, post_id)
        post = await posts.post_by_id(db, current_viewer(), post_id)
    return show_form("admin/block_image.html", form, refusal, fields=REMOVAL, post=post)


async def _fingerprints_of_post(post_id: int) -> list[str]:
    """The perceptual hashes of a post's pictures; made now where they were stored by somebody who made none.

    Raises:
        Invalid: none of them can be recognised again.
    """
    async with resources().database.read() as db:
        pictures = await blocked.pictures_of_post(db, post_id)
    found, problem = list[str](), None
    for picture in pictures:
        try:
            found.append(picture.fingerprint or await _made(picture))
        except Invalid as refusal:
            problem = refusal
    if problem is not None and not found:
        raise problem
    return found


async def _made(picture: PostPicture) -> str:
    path = path_in(picture.path)
    data = await read_whole(resources().store, path) if path else None
    return await _fingerprint(data or b"", "reason")


async def _fingerprint(data: bytes, field: str = "image") -> str:
    if not data:
        raise Invalid({field: _("Choose an image.")})
    try:
        fingerprint = fingerprint_of(await resources().media.process(data, still=True))
    except (Rejected, TookTooLong) as error:
        raise Invalid({field: str(error)}) from error
    if fingerprint is None:
        raise Invalid({field: NOTHING_IN_IT})
    return fingerprint
