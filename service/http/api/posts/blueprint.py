"""Where the endpoints of posts are registered."""

from quart import Blueprint

blueprint = Blueprint("api_posts", __name__, url_prefix="/api/alpha/post")
