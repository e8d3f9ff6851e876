"""/api/alpha: posts and feeds."""

from service.http.api.posts import marking, moderating, reading, writing
from service.http.api.posts.blueprint import blueprint

__all__ = ["blueprint", "marking", "moderating", "reading", "writing"]
