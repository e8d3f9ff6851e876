"""A flair as the API shows it."""

from service.forum.posts.shapes import FlairRow
from service.http.api.shapes.values import Shape


def flair_shape(row: FlairRow) -> Shape:
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
