"""Finds what a person asks for by its handle or address: here, or on the server that has it."""

from service.federation.errors import Refused
from service.federation.fetch import Later
from service.federation.origin import host_of
from service.forum.errors import NotFound
from service.forum.search import NOTHING, Found, resolve
from service.http.context import current_viewer, intake, resources
from service.http.passing.other_sites import outside


async def find(text: str) -> Found:
    """Return what a text means; a member's question is passed on to the server that knows, a stranger's is not.

    Parameters:
        text: a `@person@host`, `!community@host`, `~feed@host`, or the address of something.

    Raises:
        NotFound: nothing, neither here nor there; the sentence says which server was asked.
        TooMany, Overloaded: too many questions wait for other servers.
    """
    domain = resources().config.site.domain
    async with resources().database.read() as db:
        try:
            return await resolve(db, text, domain=domain)
        except NotFound:
            if current_viewer() is None or host_in(text) is None:
                raise
    identity = await _bring(text)
    async with resources().database.read() as db:
        return await resolve(db, identity, domain=domain)


def host_in(text: str) -> str | None:
    """Return the other server that would know what a text means; None where there is none, or it is this one."""
    text = text.strip()
    named = f"https://{text[1:].partition('@')[2]}" if text[:1] in {"@", "!", "~"} else text
    host = host_of(named)
    return None if host == host_of(f"https://{resources().config.site.domain}") else host


async def _bring(text: str) -> str:
    try:
        async with outside():
            identity = await intake().lookup.bring(text)
    except Later:
        raise NotFound(f"{host_in(text)} can't be reached at the moment. Try again later.") from None
    except Refused:
        raise NotFound(f"{host_in(text)} has nothing with this name that can be shown here.") from None
    if identity is None:
        raise NotFound(NOTHING)
    return identity
