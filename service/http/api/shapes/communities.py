"""A community as the API shows it."""

from service.forum.posts.shapes import CommunityRow
from service.http.api.shapes.values import Shape, address, moment


def community_beside(origin: str, row: CommunityRow) -> Shape:
    """Return a Community, as it stands beside a post or comment.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the community's short row.
    """
    return {
        "id": row.id,
        "name": row.name,
        "title": row.title,
        "actor_id": row.actor_id,
        "ap_domain": row.domain or "",
        "local": row.local,
        "instance_id": row.instance_id,
        "nsfw": row.nsfw,
        "ai_generated": row.ai_generated,
        "question_answer": row.question_answer,
        "restricted_to_mods": row.restricted_to_mods,
        "published": moment(row.created_at),
        "deleted": False,
        "removed": row.deleted,
        "banned": row.deleted,
        "hidden": row.hidden,
        "icon": address(origin, row.icon_url),
    }
