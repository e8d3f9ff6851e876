"""Stamps: our word that something of another server's may quote something of ours.

Its address names both, as with PieFed. It holds as long as ours stands for everybody and nobody took it back.

Source: https://codeberg.org/fediverse/fep/src/branch/main/fep/044f/fep-044f.md
"""

from urllib.parse import quote

from service.federation.vocabulary import Document

FOLDER = "/quote_boost_auth"  # PieFed's
CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {
        "gts": "https://gotosocial.org/ns#",
        "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
        "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
        "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
    },
]


def stamp_id(domain: str, quoted: str, quoting: str) -> str:
    """Return the address of a stamp.

    Parameters:
        domain: this site's.
        quoted: the id of what is ours.
        quoting: the id of what quotes it.
    """
    return f"https://{domain}{FOLDER}?stamp={quote(quoted, safe='')};{quote(quoting, safe='')}"


def stamp(identity: str, author: str, quoted: str, quoting: str) -> Document:
    """Return a stamp.

    Parameters:
        identity: its address.
        author: who wrote what is quoted.
        quoted, quoting: as stamp_id.
    """
    return {
        "@context": CONTEXT,
        "type": "QuoteAuthorization",
        "id": identity,
        "attributedTo": author,
        "interactionTarget": quoted,
        "interactingObject": quoting,
    }
