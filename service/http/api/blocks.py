"""/api/alpha: servers and websites of which somebody wants to see nothing."""

from typing import TypedDict

import msgspec
from quart import Blueprint

from service.forum.accounts import operations
from service.forum.accounts.viewer import Viewer
from service.http.answer import Id
from service.http.api.contract import API
from service.http.passing.idempotency_key import effect

blueprint = Blueprint("api_blocks", __name__, url_prefix="/api/alpha")


class BlockInstanceRequest(msgspec.Struct):
    """See nothing of a server, or see it again."""

    instance_id: Id
    block: bool


class DomainBlockRequest(msgspec.Struct):
    """See no posts that link to a website, or see them again."""

    domain: str
    block: bool


class BlockInstanceResponse(TypedDict):
    """Whether it is blocked now."""

    blocked: bool


class DomainBlockResponse(TypedDict):
    """Whether it is blocked now."""

    blocked: bool


@blueprint.post("/site/block")
@API.endpoint()
async def block_instance(viewer: Viewer, body: BlockInstanceRequest) -> BlockInstanceResponse:
    """See nothing of another server, or see it again."""
    await effect(operations.block_instance, viewer, body.instance_id, blocked=body.block)
    return {"blocked": body.block}


@blueprint.post("/domain/block")
@API.endpoint()
async def block_domain(viewer: Viewer, body: DomainBlockRequest) -> DomainBlockResponse:
    """See no posts that link to a website, or see them again."""
    await effect(operations.block_domain, viewer, body.domain, blocked=body.block)
    return {"blocked": body.block}
