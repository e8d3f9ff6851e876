"""Unpacking what somebody brings along: settings at once, and one wish for each thing that another server may have."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from service.forum.accounts import operations as accounts
from service.forum.accounts.choices import Visibility
from service.forum.accounts.queries import viewer_of_account
from service.forum.accounts.viewer import Viewer
from service.forum.comments import operations as comments
from service.forum.communities import operations as communities
from service.forum.errors import ForumError
from service.forum.events import Wish, WishImported
from service.forum.feeds.choices import DEFAULT_SORTS, FRONT_PAGES, Listing, Sort
from service.forum.instances.queries import details
from service.forum.luggage.shapes import Luggage
from service.forum.posts import operations as posts
from service.forum.search import Found
from service.storage.outbox import record

# The lists of an export, and what is wished for each of their entries.
_WISHES: dict[str, Wish] = {
    "followed_communities": "join",
    "blocked_communities": "block",
    "blocked_users": "block",
    "saved_posts": "save",
    "saved_comments": "save",
}
ADDRESS_LENGTH = 2000


async def unpack(session: AsyncSession, viewer: Viewer, luggage: Luggage, *, domain: str) -> int:
    """Take over what an export has; what is there already stays.

    Parameters:
        domain: this site's.

    Returns:
        How many things a worker looks for now.

    Raises:
        Invalid: a text is too long for this site.
    """
    await accounts.edit(session, viewer, _columns(luggage), domain=domain)
    for host in luggage.blocked_instances or ():
        found = await details(await session.connection(), host.strip().lower())
        if found.standing.id is not None:
            await _granted(accounts.block_instance(session, viewer, found.standing.id, blocked=True))
    wanted = 0
    for name, wish in _WISHES.items():
        for address in dict.fromkeys(getattr(luggage, name) or ()):
            if 0 < len(address) <= ADDRESS_LENGTH:
                await record(session, WishImported(account_id=viewer.id, wish=wish, address=address))
                wanted += 1
    for note in luggage.user_notes or ():
        if 0 < len(note.target) <= ADDRESS_LENGTH and note.note:
            event = WishImported(account_id=viewer.id, wish="note", address=note.target, note=note.note)
            await record(session, event)
            wanted += 1
    return wanted


async def fulfil(session: AsyncSession, wish: WishImported, found: Found) -> None:
    """Do for an account what it wished about something that is here now; what cannot be done is left."""
    viewer = await viewer_of_account(await session.connection(), wish.account_id)
    if viewer is None:
        return
    match (wish.wish, found.kind):
        case ("join", "community"):
            await _granted(communities.join(session, viewer, found.id))
        case ("block", "community"):
            await _granted(communities.set_blocked(session, viewer, found.id, blocked=True))
        case ("block", "person"):
            await _granted(accounts.block(session, viewer, found.id))
        case ("save", "post"):
            await _granted(posts.set_saved(session, viewer, found.id, saved=True))
        case ("save", "comment"):
            await _granted(comments.set_saved(session, viewer, found.id, saved=True))
        case ("note", "person"):
            await _granted(accounts.set_note(session, viewer, found.id, wish.note))


async def _granted(wish: Any) -> None:
    """Await an operation that may be refused: nobody is there any more to be told why."""
    try:
        await wish
    except ForumError:
        return


def _columns(luggage: Luggage) -> dict[str, Any]:
    """What the account itself takes over; of settings only what this site has, too."""
    settings = luggage.settings or {}
    columns: dict[str, Any] = {}
    if luggage.display_name:
        columns["title"] = luggage.display_name
    if luggage.bio:
        columns["about"] = luggage.bio
    if luggage.bot_account is not None:
        columns["bot"] = luggage.bot_account
    if isinstance(shows := settings.get("show_nsfw"), bool):
        columns["hide_nsfw"] = Visibility.SHOW if shows else Visibility.HIDE
    if isinstance(shows := settings.get("show_bot_accounts"), bool):
        columns["ignore_bots"] = Visibility.SHOW if shows else Visibility.HIDE
    if isinstance(shows := settings.get("show_read_posts"), bool):
        columns["hide_read_posts"] = not shows
    sort, listing = str(settings.get("default_sort_type")), str(settings.get("default_listing_type"))
    if (order := Sort.named(sort, None)) in DEFAULT_SORTS:
        columns["default_sort"] = order
    if (front := Listing.named(listing, None)) in FRONT_PAGES:
        columns["default_filter"] = front
    return columns
