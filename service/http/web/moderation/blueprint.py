"""Where the views of moderation are registered."""

from quart import Blueprint

blueprint = Blueprint("moderation", __name__)
