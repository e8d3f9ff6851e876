"""A flair as the API shows it."""

from typing import TypedDict

from service.forum.flairs.shapes import FlairRow


class CommunityFlair(TypedDict):
    """A label that posts of a community may carry."""

    id: int
    community_id: int
    flair_title: str
    text_color: str
    background_color: str
    blur_images: bool
    ap_id: str | None


def flair_shape(row: FlairRow) -> CommunityFlair:
    """Return a CommunityFlair."""
    return {
        "id": row.id,
        "community_id": row.community_id,
        "flair_title": row.title,
        "text_color": row.text_color,
        "background_color": row.background_color,
        "blur_images": row.blur_images,
        "ap_id": row.ap_id,
    }
