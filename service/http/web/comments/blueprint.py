"""The blueprint that the modules of this folder share."""

from quart import Blueprint

blueprint = Blueprint("comments", __name__)
