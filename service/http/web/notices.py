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
    "signed-out": ("Signed out.", ""),
    "saved": ("Changes saved.", ""),
    "filter-deleted": ("Filter deleted.", ""),
    "password": ("Password changed. Every other browser has been signed out.", ""),
    "revoked": ("That browser has been signed out.", ""),
    "revoked-all": ("Every other browser has been signed out.", ""),
    "community-created": ("Your community is open. Write the first post!", ""),
    "joined": ("You joined. Its posts are now in your feed.", ""),
    "left": ("You left. Its posts are no longer in your feed.", ""),
    "post-deleted": ("Post deleted.", "/post/{}/restore"),
    "post-restored": ("Post restored.", ""),
    "post-removed": ("Post removed.", "/post/{}/restore"),
    "comment-deleted": ("Comment deleted.", "/comment/{}/restore"),
    "comment-restored": ("Comment restored.", ""),
    "comment-removed": ("Comment removed.", "/comment/{}/restore"),
    "voted": ("Vote counted.", ""),
    "locked": ("Comments closed.", ""),
    "unlocked": ("Comments opened again.", ""),
    "pinned": ("Post pinned.", ""),
    "unpinned": ("Post unpinned.", ""),
    "approved": ("Application approved.", ""),
    "denied": ("Application denied.", ""),
    "picture-deleted": ("Picture deleted.", ""),
    "picture-blocked": ("Post removed and picture blocked.", ""),
    "blocked": ("Picture blocked.", ""),
    "unblocked": ("Picture unblocked.", ""),
    "user-disabled": ("Account disabled.", ""),
    "user-enabled": ("Account enabled.", ""),
    "user-banned": ("Account banned.", ""),
    "user-unbanned": ("Account unbanned.", ""),
    "user-deleted": ("Account deleted.", ""),
    "user-changed": ("Account updated.", ""),
    "user-made": ("Account created.", ""),
    "instance-block": ("The server is blocked.", ""),
    "instance-unblock": ("The server is no longer blocked here. Only what it sends from now on arrives.", ""),
    "instance-allow": ("The server is allowed.", ""),
    "instance-disallow": ("The server is off the list of the allowed.", ""),
    "instance-silence": ("The server's communities are out of Popular and All.", ""),
    "instance-unsilence": ("The server's communities are shown as before.", ""),
    "instance-trust": ("The server is trusted.", ""),
    "instance-distrust": ("The server is no longer trusted.", ""),
    "instance-retry": ("The server is tried again now.", ""),
    "instance-forget": ("What was known of the server is forgotten.", ""),
    "instance-note": ("Your changes are saved.", ""),
    "list-followed": ("The list is followed. It is read within a minute, and every hour from then on.", ""),
    "list-unfollowed": ("The list is followed no more, and nobody is blocked by it.", ""),
    "instance-hide": ("You see nothing of this server any more.", ""),
    "instance-show": ("You see this server again.", ""),
    "parked-retry": ("It is tried once more.", ""),
    "parked-drop": ("It is dropped.", ""),
    "activated": ("Your account is confirmed. Sign in.", ""),
    "report-resolved": ("Report resolved.", "/reports/{}/reopen"),
    "report-reopened": ("Report reopened.", ""),
    "conversation-left": ("You left the conversation.", ""),
    "all-read": ("Everything marked as read.", ""),
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
