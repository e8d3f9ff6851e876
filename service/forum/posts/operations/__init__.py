"""Changes to posts, each a function of a session."""

from service.forum.posts.operations.editing import PostChanges, edit, set_deleted
from service.forum.posts.operations.languages import language_or_default
from service.forum.posts.operations.moderating import (
    let_through,
    set_locked,
    set_nsfw,
    set_pinned,
    set_removed,
)
from service.forum.posts.operations.moving import move
from service.forum.posts.operations.pictures import Shown
from service.forum.posts.operations.publishing import (
    NewPost,
    Published,
    publish,
)
from service.forum.posts.operations.ranks import boost_of
from service.forum.posts.operations.reading import mark_read, set_hidden, set_saved, set_watched
from service.forum.posts.operations.restoring import restore
from service.forum.posts.operations.scheduling import publish_due, publish_now, put_off, reschedule
from service.forum.posts.operations.sent import SentFlair, SentPicture, SentPost

__all__ = [
    "NewPost",
    "PostChanges",
    "Published",
    "SentFlair",
    "SentPicture",
    "SentPost",
    "Shown",
    "boost_of",
    "edit",
    "language_or_default",
    "let_through",
    "mark_read",
    "move",
    "publish",
    "publish_due",
    "publish_now",
    "put_off",
    "reschedule",
    "restore",
    "set_deleted",
    "set_hidden",
    "set_locked",
    "set_nsfw",
    "set_pinned",
    "set_removed",
    "set_saved",
    "set_watched",
]
