"""Who may have which document: everybody, or whoever signs, or the servers of a private community's members."""

from typing import cast

from quart import g

from service.federation.errors import Unsigned
from service.federation.intake.door import Blocked
from service.federation.queries.collections import has_members_on
from service.federation.write.rows import Standing
from service.forum.errors import NotFound
from service.http.activitypub.documents import Tombstone
from service.http.activitypub.signed import received
from service.http.context import intake, resources
from service.http.passing.shared import shared
from service.http.site import the_site

NOTHING = "There is no such thing here."


async def admit_to_actor(standing: Standing, kind: str, *, place: int | None = None) -> bool:
    """Let everybody have the document of an actor who is to be found: by it signatures are checked.

    Parameters, result and errors as for admit.
    """
    if standing == "here":
        await _refuse_private_site()
        return True
    return await admit(standing, kind, place=place)


async def admit(standing: Standing, kind: str, *, place: int | None = None) -> bool:
    """Let those have a thing who may.

    Parameters:
        standing: who may have it.
        kind: what it is called where it is gone.
        place: the community that it is, or stands in; None for what has nothing to do with any.

    Returns:
        Whether everybody may have it, so that caches may keep it.

    Raises:
        NotFound: whoever asks may not know of it.
        Tombstone: it is gone.
        Unsigned, Blocked: whoever asks has to sign here, or may have nothing.
        TooManyStrangers, Later, StorageError: it cannot be found out now who asks.
    """
    await _refuse_private_site()
    if standing == "members" and place is not None:
        await _check_member(place)
        return False
    if standing in {"withheld", "members"}:
        raise NotFound(NOTHING)
    signed = resources().config.federation.authorized_fetch
    if signed:
        await _server_that_asks()
    if standing == "deleted":
        raise Tombstone(kind)
    return not signed


async def _check_member(place: int) -> None:
    """Refuse whoever is no server of a member's, in the words for what does not exist."""
    try:
        host = await _server_that_asks()
    except (Unsigned, Blocked):
        raise NotFound(NOTHING) from None
    async with resources().database.read() as db:
        if not await has_members_on(db, place, host):
            raise NotFound(NOTHING)


async def _server_that_asks() -> str:
    """Return the host whose signature the request carries; looked at once for each request."""
    if "asking_server" not in g:
        g.asking_server = await intake().readers.server_of(received(), shared().gate.left)
    return cast("str", g.asking_server)


async def _refuse_private_site() -> None:
    if (await the_site()).private_instance:
        raise NotFound("There is nothing here for other servers.")
