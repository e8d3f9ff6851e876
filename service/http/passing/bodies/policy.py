"""What a route takes: declared beside its view, and looked up before anything is read.

A page's form takes fields unless it says otherwise; an endpoint of an API takes what its signature says.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import msgspec

from service.forum.accounts.viewer import Viewer, signed_in

KILOBYTE = 1_000
MEGABYTE = 1_000_000

JSON = "application/json"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

# 50,000 characters, each of them escaped, are 600 kB, both in JSON and in a form.
MOST_OF_TEXT = MEGABYTE
MOST_OF_SIGN_IN = 16 * KILOBYTE
MOST_UNASKED = 64 * KILOBYTE  # some programs send `{}` where nothing is expected

V = TypeVar("V", bound=Callable[..., Any])
ATTRIBUTE = "body_policy"


class Policy(msgspec.Struct, frozen=True):
    """What a route takes.

    Attributes:
        kinds: the largest size of each content type, in bytes; none means that nothing is expected.
        personal: whoever is not signed in is refused before anything is read.
        files: there may be files, as large as the site takes them, from those who are signed in.
        texts: what is no larger than a form without files is read even of somebody whose session has ended, so that
            nothing they wrote is lost.
        who: returns the viewer if they may send files here, else raises.
        admits: whether the door is open for whoever asks; if not, nothing is read, and the view says why.
    """

    kinds: Mapping[str, int]
    personal: bool = False
    files: bool = False
    texts: bool = False
    who: Callable[[Viewer | None], Viewer] = signed_in
    admits: Callable[[], bool] = lambda: True


def a_form(most: int = MOST_OF_TEXT) -> Policy:
    """Return the policy of a page's form without files.

    Parameters:
        most: bytes.
    """
    return Policy({URLENCODED: most, MULTIPART: most})


def a_form_with_files(who: Callable[[Viewer | None], Viewer] = signed_in) -> Policy:
    """Return the policy of a page's form in which a member may send files.

    Parameters:
        who: returns the viewer if they may, else raises.
    """
    kinds = {URLENCODED: MOST_OF_TEXT, MULTIPART: MOST_OF_TEXT}
    return Policy(kinds, personal=True, files=True, texts=True, who=who)


def a_file() -> Policy:
    """Return the policy of an endpoint to which a member sends a file."""
    return Policy({MULTIPART: MOST_OF_TEXT}, personal=True, files=True)


def some_json(most: int = MOST_OF_TEXT, *, personal: bool = False) -> Policy:
    """Return the policy of an endpoint that takes JSON.

    Parameters:
        most: bytes.
        personal: whether it is for people who are signed in.
    """
    return Policy({JSON: most}, personal=personal)


def nothing(*, personal: bool = False) -> Policy:
    """Return the policy of a route that expects nothing; a little is read and thrown away."""
    return Policy({}, personal=personal)


def unread() -> Policy:
    """Return the policy of a route that answers without a look at what it is sent."""
    return Policy({}, admits=lambda: False)


PAGE, PAGES_FORM = nothing(), a_form()


def takes(policy: Policy) -> Callable[[V], V]:
    """Declare what a view takes; stands below the route."""

    def declare(view: V) -> V:
        setattr(view, ATTRIBUTE, policy)
        return view

    return declare


def policy_of(view: Callable[..., Any], method: str) -> Policy:
    """Return what a view takes when it is asked by this method."""
    declared = cast("Policy | None", getattr(view, ATTRIBUTE, None))
    return declared or (PAGES_FORM if method == "POST" else PAGE)
