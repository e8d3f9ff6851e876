"""/api/alpha: servers and websites of which somebody wants to see nothing."""

import msgspec
from quart import Blueprint, Response

from service.forum.accounts import operations
from service.forum.accounts.viewer import signed_in
from service.http.api.answer import Id, answer, body_as
from service.http.context import resources, viewer

blueprint = Blueprint("api_blocks", __name__, url_prefix="/api/alpha")


class BlockInstance(msgspec.Struct):
    """See nothing of a server, or see it again."""

    instance_id: Id
    block: bool


class BlockDomain(msgspec.Struct):
    """See no posts that link to a website, or see them again."""

    domain: str
    block: bool


@blueprint.post("/site/block")
async def block_instance() -> Response:
    """See nothing of another server, or see it again."""
    known = signed_in(viewer())
    sent = await body_as(BlockInstance)
    await resources().database.write(operations.block_instance, known, sent.instance_id, blocked=sent.block)
    return answer({"blocked": sent.block})


@blueprint.post("/domain/block")
async def block_domain() -> Response:
    """See no posts that link to a website, or see them again."""
    known = signed_in(viewer())
    sent = await body_as(BlockDomain)
    await resources().database.write(operations.block_domain, known, sent.domain, blocked=sent.block)
    return answer({"blocked": sent.block})
