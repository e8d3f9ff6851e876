"""Comments: a branch on its own page, writing, editing, taking back, voting, bookmarking, removing."""

from service.http.web.comments import marking, moderating, reading, writing
from service.http.web.comments.blueprint import blueprint

__all__ = ["blueprint", "marking", "moderating", "reading", "writing"]
