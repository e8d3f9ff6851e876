"""Lists of what is the viewer's own."""

from service.forum.errors import Invalid
from service.http.context import current_viewer


def check_may_ask_for_own(**wanted: bool) -> None:
    """Refuse whoever is not signed in and asks for what they saved or liked; apps know PieFed's sentence.

    Raises:
        Invalid: names the parameter.
    """
    for name, is_wanted in wanted.items():
        if is_wanted and current_viewer() is None:
            raise Invalid({name: f"Login required for {name} query"})
