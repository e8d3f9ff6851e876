"""Posts: the page of one with its discussion, writing, editing, taking back, bookmarking, moderating."""

from service.http.web.posts import (
    beginning,
    calendar,
    discussion,
    editing,
    embedding,
    marking,
    moderating,
    moving,
    scheduled,
    writing,
)
from service.http.web.posts.blueprint import blueprint

__all__ = [
    "beginning",
    "blueprint",
    "calendar",
    "discussion",
    "editing",
    "embedding",
    "marking",
    "moderating",
    "moving",
    "scheduled",
    "writing",
]
