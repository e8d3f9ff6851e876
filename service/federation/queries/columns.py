"""The columns of who is named in a document and of where it stands, and the rows made of them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal_column, or_

from service.federation.write.rows import ActorRow, FlairRow, PlaceRow
from service.forum.accounts.author import LOCAL_INSTANCE
from service.forum.attachments.columns import address_of
from service.forum.flairs.rules import address as flair_address
from service.forum.visibility import is_fit
from service.storage.tables import Community

ACTOR_WIDTH = 8
PLACE_WIDTH = 11


def actor_columns(person: Any) -> list[Any]:
    """The ACTOR_WIDTH columns that `actor_row` reads."""
    return [
        person.id,
        func.coalesce(person.ap_public_url, person.ap_profile_id),
        person.user_name,
        person.ap_domain,
        person.ap_followers_url,
        person.ap_inbox_url,
        func.coalesce(person.instance_id, LOCAL_INSTANCE),
        person.is_local,
    ]


def actor_row(values: Sequence[Any], domain: str, software: str | None = None) -> ActorRow:
    """The person made of the values of `actor_columns`; what old rows lack is what PieFed would make it."""
    id_, url, name, host, followers, inbox, instance_id, local = values
    url = url or f"https://{domain}/u/{name}"
    return ActorRow(
        id_,
        url,
        f"{name}@{host or domain}",
        followers or f"{url}/followers",
        f"{url}/inbox" if local else inbox or "",
        instance_id,
        (software or "").lower(),
    )


def place_columns() -> list[Any]:
    """The PLACE_WIDTH columns that `place_row` reads, of `Community`."""
    return [
        Community.id,
        func.coalesce(Community.ap_public_url, Community.ap_profile_id),
        Community.name,
        Community.ap_domain,
        Community.ap_followers_url,
        Community.ap_inbox_url,
        Community.ap_moderators_url,
        Community.ap_featured_url,
        func.coalesce(Community.instance_id, LOCAL_INSTANCE),
        Community.is_local,
        standing_of_community(),
    ]


def place_row(values: Sequence[Any], domain: str) -> PlaceRow:
    """The community made of the values of `place_columns`."""
    id_, url, name, host, followers, inbox, moderators, featured, instance_id, local, standing = values
    url = url or f"https://{domain}/c/{name}"
    return PlaceRow(
        id_,
        url,
        f"{name}@{host or domain}",
        followers or f"{url}/followers",
        f"{url}/inbox" if local else inbox or "",
        moderators or f"{url}/moderators",
        featured or f"{url}/featured",
        instance_id,
        local,
        standing,
    )


def standing_of_community() -> ColumnElement[str]:
    """SQL: the `Standing` of `Community`."""
    private, gone = Community.private.is_(True), Community.banned.is_(True)
    return case(
        (or_(and_(private, gone), and_(Community.local_only.is_(True), ~private)), _word("withheld")),
        (~is_fit(Community), _word("withheld")),
        (private, _word("members")),
        (gone, _word("deleted")),
        else_=_word("here"),
    )


def flair_row(values: Sequence[Any], domain: str, place: str) -> FlairRow:
    """The flair made of the values in `flairs_of_post` and `flairs_of_community`.

    Parameters:
        place: the name of its community, for a flair of ours that was never given an id.
    """
    id_, _, name, text_colour, background_colour, blur, ap_id = values
    identity = ap_id or flair_address(domain, place, id_)
    return FlairRow(identity, name or "", text_colour, background_colour, bool(blur))


def picture_of(file: Any, picture: Any) -> ColumnElement[Any]:
    """SQL: the path of a picture as large as it was given; of somebody else's, the address that it came from."""
    own = case((picture.remote.is_not(True), picture.original))
    return func.coalesce(own, file.source_url, file.file_path, file.thumbnail_path)


def absolute(domain: str, path: str | None) -> str | None:
    """Return the address of a stored picture; None for none."""
    address = address_of(path)
    if not address:
        return None
    return f"https://{domain}{address}" if address.startswith("/") else address


def _word(word: str) -> ColumnElement[Any]:
    return literal_column(f"'{word}'")
