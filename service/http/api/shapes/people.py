"""A person as the API shows one."""

from service.forum.posts.shapes import AuthorRow
from service.http.api.shapes.values import Shape, address, moment


def author_shape(origin: str, row: AuthorRow) -> Shape:
    """Return a Person, as it stands beside a post or comment.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the author.
    """
    return {
        "id": row.id,
        "user_name": row.name,
        "title": row.title,
        "actor_id": row.actor_id,
        "local": row.local,
        "instance_id": row.instance_id,
        "bot": row.bot,
        "banned": row.banned,
        "deleted": row.deleted,
        "avatar": address(origin, row.avatar_url),
        "published": moment(row.created_at),
    }
