"""Where a thing comes from that was written on another server; None stands for what is written here."""

from datetime import datetime

import msgspec


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """What the server where it is at home says of it.

    Attributes:
        ap_id: The thing's own identifier; by it a thing that comes twice is known.
        create_id, announce_id: Of the activities that it came in, where they are known.
        instance_id: Its home, which is its author's.
        published: Naive UTC; None counts as now.
        updated: When it was last changed there; None if never. What is older than what is stored is no news.
        html: The text as HTML, not clean yet; used where there is no Markdown.
    """

    ap_id: str
    create_id: str | None = None
    announce_id: str | None = None
    instance_id: int
    published: datetime | None = None
    updated: datetime | None = None
    html: str = ""
