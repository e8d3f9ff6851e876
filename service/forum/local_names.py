"""Accounts, communities and feeds of this site are found by their names.

Their ids stay as PieFed wrote them, in mixed case or with `http://`, and so find nothing that is asked for by name.
"""

import re
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, func

from service.storage.tables import Community, Feed, User

FOLDERS = {"u": User, "c": Community, "f": Feed}

Actor = type[User] | type[Community] | type[Feed]


def name_of(actor: Any) -> Any:
    """The column of an actor's name."""
    return actor.user_name if hasattr(actor, "user_name") else actor.name


def is_named(actor: Any, wanted: Any) -> ColumnElement[bool]:
    """SQL: an actor of this site has a name.

    Parameters:
        actor: its table.
        wanted: the name in lower case, or a parameter for it.
    """
    return and_(actor.is_local, func.lower(name_of(actor)) == wanted)


def local_name(url: str, domain: str) -> tuple[str, str] | None:
    """The folder (u, c, f) and the name, in lower case, of an address of one of this site's actors; else None.

    Parameters:
        url: with http or https, in any case.
        domain: this site's.
    """
    found = _addresses(domain).fullmatch(url)
    return (found[1].lower(), found[2].lower()) if found else None


@cache
def _addresses(domain: str) -> re.Pattern[str]:
    return re.compile(rf"https?://{re.escape(domain)}/([ucf])/([^?#@]{{1,255}})", re.IGNORECASE)
