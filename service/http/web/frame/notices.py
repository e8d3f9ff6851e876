"""One sentence on the next page about what was just done, with a way to undo it where there is one.

The browser carries it in a cookie that holds only a word of the table below and a number, so nobody else can put text
on our pages with it.
"""

import msgspec
from quart import Blueprint, Response, g, request

from service.language import _

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
    "welcome": (_("Welcome! Join a few communities to fill your feed."), ""),
    "signed-out": (_("Signed out."), ""),
    "saved": (_("Changes saved."), ""),
    "follower-accepted": (_("They follow you now."), ""),
    "follower-refused": (_("They do not follow you."), ""),
    "quote-revoked": (_("It may no longer be quoted there."), ""),
    "filter-deleted": (_("Filter deleted."), ""),
    "password": (_("Password changed. Every other browser has been signed out."), ""),
    "revoked": (_("That browser has been signed out."), ""),
    "revoked-all": (_("Every other browser has been signed out."), ""),
    "community-created": (_("Your community is open. Write the first post!"), ""),
    "joined": (_("You joined. Its posts are now in your feed."), ""),
    "left": (_("You left. Its posts are no longer in your feed."), ""),
    "scheduled": (_("The post waits for its time."), ""),
    "post-deleted": (_("Post deleted."), "/post/{}/restore"),
    "post-moved": (_("The post stands here now."), ""),
    "post-restored": (_("Post restored."), ""),
    "post-removed": (_("Post removed."), "/post/{}/restore"),
    "comment-deleted": (_("Comment deleted."), "/comment/{}/restore"),
    "comment-restored": (_("Comment restored."), ""),
    "comment-removed": (_("Comment removed."), "/comment/{}/restore"),
    "voted": (_("Vote counted."), ""),
    "locked": (_("Comments closed."), ""),
    "unlocked": (_("Comments opened again."), ""),
    "pinned": (_("Post pinned."), ""),
    "unpinned": (_("Post unpinned."), ""),
    "approved": (_("Application approved."), ""),
    "denied": (_("Application denied."), ""),
    "picture-kept": (_("Picture kept. Copy its Markdown into your text."), ""),
    "picture-deleted": (_("Picture deleted."), ""),
    "picture-blocked": (_("Post removed and picture blocked."), ""),
    "blocked": (_("Picture blocked."), ""),
    "unblocked": (_("Picture unblocked."), ""),
    "user-disabled": (_("Account disabled."), ""),
    "user-enabled": (_("Account enabled."), ""),
    "user-banned": (_("Account banned."), ""),
    "user-unbanned": (_("Account unbanned."), ""),
    "user-deleted": (_("Account deleted."), ""),
    "user-changed": (_("Account updated."), ""),
    "role-given": (_("The account has the role now."), ""),
    "role-taken": (_("The account no longer has the role."), ""),
    "letter-reset": (_("The letter says what it usually says."), ""),
    "topic-suggested": (_("Thank you. The administrators read your suggestion."), ""),
    "topic-deleted": (_("The topic is deleted. Its communities belong to none now."), ""),
    "tag-banned": (_("The tag is banned."), ""),
    "tag-unbanned": (_("The tag is allowed again."), ""),
    "website-banned": (_("The website is banned."), ""),
    "address-banned": (_("The address is banned."), ""),
    "address-allowed": (_("The address is allowed again."), ""),
    "newsletter-sent": (_("The newsletter is on its way."), ""),
    "emoji-deleted": (_("The emoji is deleted."), ""),
    "user-made": (_("Account created."), ""),
    "instance-block": (_("The server is blocked."), ""),
    "instance-unblock": (
        _("The server is no longer blocked here. Only what it sends from now on arrives."),
        "",
    ),
    "instance-allow": (_("The server is allowed."), ""),
    "instance-disallow": (_("The server is off the list of the allowed."), ""),
    "instance-withdraw": (_("What came from the server is being taken down."), ""),
    "instance-bring-back": (_("What was taken down is coming back."), ""),
    "instance-silence": (_("The server's communities are out of Popular and All."), ""),
    "instance-unsilence": (_("The server's communities are shown as before."), ""),
    "instance-trust": (_("The server is trusted."), ""),
    "instance-distrust": (_("The server is no longer trusted."), ""),
    "instance-retry": (_("The server is tried again now."), ""),
    "instance-forget": (_("What was known of the server is forgotten."), ""),
    "instance-note": (_("Your changes are saved."), ""),
    "list-followed": (
        _("The list is followed. It is read within a minute, and every hour from then on."),
        "",
    ),
    "list-unfollowed": (_("The list is followed no more, and nobody is blocked by it."), ""),
    "instance-hide": (_("You see nothing of this server any more."), ""),
    "instance-show": (_("You see this server again."), ""),
    "parked-retry": (_("It is tried once more."), ""),
    "parked-drop": (_("It is dropped."), ""),
    "activated": (_("Your account is confirmed. Sign in."), ""),
    "post-hidden": (_("The post is hidden from your lists."), "/post/{}/unhide"),
    "post-unhidden": (_("The post is back in your lists."), ""),
    "history-forgotten": (_("Forgotten. All posts count as unread."), ""),
    "watched": (_("You will be told."), ""),
    "unwatched": (_("You will be told no more."), ""),
    "followed": (_("You follow them now."), ""),
    "follow-asked": (_("They were asked, and you follow them as soon as they agree."), ""),
    "unfollowed": (_("You follow them no more."), ""),
    "blocked-it": (_("Blocked. You see nothing of it any more."), ""),
    "unblocked-it": (_("Unblocked. You see it again."), ""),
    "reminder-set": (_("You will be reminded."), ""),
    "reminder-forgotten": (_("The reminder is taken back."), ""),
    "reported": (_("Thank you. Those who look after it read your report."), ""),
    "email-asked": (_("Both addresses have got a letter. Follow the link in each."), ""),
    "email-agreed": (_("Thank you. The other address has to agree as well."), ""),
    "email-changed": (_("The account has the new e-mail address now."), ""),
    "leaving": (_("Your account is deleted in a week. Until then you can keep it."), ""),
    "staying": (_("Your account stays."), ""),
    "imported": (_("Imported. What the file names is looked for now, one after the other."), ""),
    "feed-followed": (_("You follow the feed. Its posts are one click away."), ""),
    "feed-asked": (_("Its server was asked, and you follow the feed as soon as it agrees."), ""),
    "feed-unfollowed": (_("You follow the feed no more."), ""),
    "feed-made": (_("Your feed is made."), ""),
    "feed-deleted": (_("Feed deleted."), "/feed/{}/restore"),
    "begun": (_("Here is what you chose."), ""),
    "message-deleted": (_("Message deleted."), "/chat/message/{}/restore"),
    "message-restored": (_("The message is there again."), ""),
    "left-all": (_("You left all communities but those that you moderate."), ""),
    "report-resolved": (_("Report resolved."), "/reports/{}/reopen"),
    "report-removed": (_("Removed. Every report of it is resolved."), "/reports/{}/reopen"),
    "report-locked": (_("Locked. Every report of it is resolved."), "/reports/{}/reopen"),
    "report-ignored": (_("Resolved. Nobody can report it again."), ""),
    "report-handed-up": (_("The administrators have been told."), ""),
    "let-through": (_("The post is published."), ""),
    "banned": (_("Banned from the community."), ""),
    "unbanned": (_("The ban is lifted."), ""),
    "moderator-added": (_("There is a new moderator."), ""),
    "moderator-dismissed": (_("Removed as a moderator."), ""),
    "stepped-down": (_("You are no longer a moderator."), ""),
    "owner-changed": (_("The community has a new owner."), ""),
    "flair-added": (_("The flair can be used now."), ""),
    "flair-deleted": (_("The flair is deleted."), ""),
    "invited": (_("The invitation has been sent."), ""),
    "invitation-withdrawn": (_("The invitation is withdrawn."), ""),
    "invitation-declined": (_("You turned the invitation down."), ""),
    "page-deleted": (_("The page is deleted."), ""),
    "page-reverted": (_("The page says again what it said then."), ""),
    "community-deleted": (_("The community is deleted. You can restore it here."), ""),
    "community-restored": (_("The community is open again."), ""),
    "marked-nsfw": (_("Marked as not safe for work."), ""),
    "unmarked-nsfw": (_("No longer marked as not safe for work."), ""),
    "comment-locked": (_("The comment takes no more replies."), ""),
    "comment-unlocked": (_("The comment takes replies again."), ""),
    "distinguished": (_("Your comment speaks for the moderators."), ""),
    "undistinguished": (_("Your comment speaks for you alone."), ""),
    "answer-marked": (_("Marked as the answer."), ""),
    "answer-unmarked": (_("No longer marked as the answer."), ""),
    "report-reopened": (_("Report reopened."), ""),
    "conversation-left": (_("You left the conversation."), ""),
    "all-read": (_("Everything marked as read."), ""),
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
