"""Where the views of posts are registered."""

from quart import Blueprint

blueprint = Blueprint("posts", __name__)
