"""Whether a request is for a page or for a document of ActivityPub, which stand at the same addresses."""

from quart import request

ACTIVITY = "application/activity+json"
LINKED_DATA = "application/ld+json"


def wants_document() -> bool:
    """Whether ActivityPub is named among what the request accepts, and liked no less than a page."""
    accepted = request.accept_mimetypes
    named = [liked for kind, liked in accepted if kind.partition(";")[0].strip() in {ACTIVITY, LINKED_DATA}]
    as_document = max(named, default=0)
    return as_document > 0 and as_document >= accepted["text/html"]
