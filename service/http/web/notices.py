"""One sentence on the next page about what was just done, with a way to undo it where there is one.

The browser carries it in a cookie that holds only a word of the table below and a number, so nobody else can put text
on our pages with it.
"""

import msgspec
from quart import Blueprint, Response, g, request

blueprint = Blueprint("notices", __name__)

COOKIE = "pieloop_notice"
LIFETIME = 60  # seconds


class Notice(msgspec.Struct, frozen=True):
    """What a page says above its content.

    Attributes:
        undo: The address that takes it back; '' where nothing does.
    """

    text: str
    undo: str = ""


NOTICES: dict[str, tuple[str, str]] = {
    "welcome": ("Welcome! Join a few communities to fill your feed.", ""),
    "signed-out": ("You are signed out.", ""),
    "saved": ("Your changes are saved.", ""),
    "filter-deleted": ("The filter is deleted.", ""),
    "password": ("Your password is changed, and every other browser is signed out.", ""),
    "revoked": ("That browser is signed out.", ""),
    "revoked-all": ("Every other browser is signed out.", ""),
    "community-created": ("Your community is open. Write the first post!", ""),
    "joined": ("You joined. Its posts are now in your feed.", ""),
    "left": ("You left. Its posts are no longer in your feed.", ""),
    "post-deleted": ("The post is deleted.", "/post/{}/restore"),
    "post-restored": ("The post is back.", ""),
    "post-removed": ("The post is removed.", "/post/{}/restore"),
    "comment-deleted": ("The comment is deleted.", "/comment/{}/restore"),
    "comment-restored": ("The comment is back.", ""),
    "comment-removed": ("The comment is removed.", "/comment/{}/restore"),
    "voted": ("Your vote is counted.", ""),
    "locked": ("The post takes no more comments.", ""),
    "unlocked": ("The post takes comments again.", ""),
    "pinned": ("The post is pinned.", ""),
    "unpinned": ("The post is no longer pinned.", ""),
    "approved": ("The application is approved.", ""),
    "denied": ("The application is denied.", ""),
    "picture-deleted": ("The picture is deleted.", ""),
    "picture-blocked": ("The post is removed and its picture is blocked.", ""),
    "blocked": ("The picture is blocked.", ""),
    "unblocked": ("Picture unblocked.", ""),
    "user-disabled": ("The account is disabled.", ""),
    "user-enabled": ("The account is enabled.", ""),
    "user-banned": ("The account is banned.", ""),
    "user-unbanned": ("The account is no longer banned.", ""),
    "user-deleted": ("The account is deleted.", ""),
    "user-changed": ("Account updated.", ""),
    "user-made": ("Account created.", ""),
    "activated": ("Your account is confirmed. Sign in.", ""),
    "report-resolved": ("The report is marked as dealt with.", "/reports/{}/reopen"),
    "report-reopened": ("The report is open again.", ""),
    "conversation-left": ("You left the conversation.", ""),
    "all-read": ("Everything is marked as read.", ""),
}


def leave(response: Response, word: str, number: int = 0) -> None:
    """Let the next page say the sentence `word`.

    Parameters:
        word: a key of NOTICES.
        number: the id that the way back needs.
    """
    response.set_cookie(COOKIE, f"{word}.{number}", max_age=LIFETIME, httponly=True, samesite="Lax", path="/")


def take() -> Notice | None:
    """Return the sentence that the last answer left, once."""
    word, _, number = request.cookies.get(COOKIE, "").partition(".")
    if word not in NOTICES:
        return None
    g.notice_taken = True
    text, undo = NOTICES[word]
    return Notice(text, undo.format(int(number)) if undo and number.isdecimal() else "")


@blueprint.after_app_request
async def clear(response: Response) -> Response:
    """Forget the sentence once a page has said it."""
    if g.get("notice_taken") and not any(COOKIE in value for value in response.headers.getlist("Set-Cookie")):
        response.delete_cookie(COOKIE, path="/")
    return response
