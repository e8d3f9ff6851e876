"""A label of a community, as posts carry it: frozen, without a database."""

import msgspec


class FlairRow(msgspec.Struct, frozen=True, gc=False):
    """A label of a community, with its colours as `#rrggbb`.

    Attributes:
        blur_images: The pictures of posts that carry it are blurred.
        ap_id: Its public identifier; None for old rows.
    """

    id: int
    community_id: int
    title: str
    text_color: str
    background_color: str
    blur_images: bool
    ap_id: str | None
