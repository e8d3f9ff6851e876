"""Lists of what is the viewer's own, and what whoever is not signed in gets instead."""

from service.forum.errors import Invalid
from service.forum.feeds.choices import Listing
from service.http.context import current_viewer


def check_may_ask_for_own(**wanted: bool) -> None:
    """Refuse whoever is not signed in and asks for what they saved or liked; apps know PieFed's sentence.

    Raises:
        Invalid: names the parameter.
    """
    for name, is_wanted in wanted.items():
        if is_wanted and current_viewer() is None:
            raise Invalid({name: f"Login required for {name} query"})


def wanted_listing(word: str) -> Listing:
    """Return whose communities an app asks for; whoever is not signed in has none of their own and is shown all.

    Apps remember what was wanted beyond the end of a sign-in.
    """
    listing = Listing.named(word, Listing.ALL)
    is_own = listing in {Listing.SUBSCRIBED, Listing.MODERATING}
    return Listing.ALL if is_own and current_viewer() is None else listing


def own_only(wanted: bool) -> bool:
    """Say whether an app gets only what is the viewer's own; as `wanted_listing`."""
    return wanted and current_viewer() is not None
