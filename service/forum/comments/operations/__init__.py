"""Changes to comments, each a function of a session; `storage.write()` commits it with its event and its counts."""

from service.forum.comments.operations.editing import edit, set_deleted
from service.forum.comments.operations.moderating import (
    set_answer,
    set_distinguished,
    set_locked,
    set_removed,
)
from service.forum.comments.operations.publishing import NewComment, PublishedComment, SentComment, publish
from service.forum.comments.operations.reading import set_saved, set_watched
from service.forum.comments.operations.restoring import restore

__all__ = [
    "NewComment",
    "PublishedComment",
    "SentComment",
    "edit",
    "publish",
    "restore",
    "set_answer",
    "set_deleted",
    "set_distinguished",
    "set_locked",
    "set_removed",
    "set_saved",
    "set_watched",
]
