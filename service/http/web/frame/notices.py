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
    "came-in": (_("Welcome! You're signed in."), ""),
    "welcome": (_("Welcome! Join a few communities to fill your feed."), ""),
    "signed-out": (_("You've signed out."), ""),
    "saved": (_("Changes saved."), ""),
    "follower-accepted": (_("Follow request accepted."), ""),
    "follower-refused": (_("Follow request declined."), ""),
    "quote-revoked": (_("Permission to quote your post withdrawn."), ""),
    "filter-deleted": (_("Filter deleted."), ""),
    "password": (_("Password changed. You've been signed out of all other browsers."), ""),
    "revoked": (_("That browser has been signed out."), ""),
    "revoked-all": (_("You've been signed out of all other browsers."), ""),
    "community-created": (_("Your community is ready. Write the first post!"), ""),
    "joined": (_("You've joined the community. Its posts will appear in your feed."), ""),
    "left": (_("You've left the community. Its posts won't appear in your feed any more."), ""),
    "scheduled": (_("Post scheduled."), ""),
    "post-deleted": (_("Post deleted."), "/post/{}/restore"),
    "post-moved": (_("Post moved here."), ""),
    "post-restored": (_("Post restored."), ""),
    "post-removed": (_("Post removed."), "/post/{}/restore"),
    "comment-deleted": (_("Comment deleted."), "/comment/{}/restore"),
    "comment-restored": (_("Comment restored."), ""),
    "comment-removed": (_("Comment removed."), "/comment/{}/restore"),
    "voted": (_("Vote counted."), ""),
    "locked": (_("Post locked."), ""),
    "unlocked": (_("Post unlocked."), ""),
    "pinned": (_("Post pinned."), ""),
    "unpinned": (_("Post unpinned."), ""),
    "approved": (_("Application approved."), ""),
    "denied": (_("Application rejected."), ""),
    "picture-kept": (_("Image uploaded. Copy its Markdown into your text."), ""),
    "picture-deleted": (_("Image deleted."), ""),
    "picture-blocked": (_("Post removed and image blocked."), ""),
    "blocked": (_("Image blocked."), ""),
    "unblocked": (_("Image unblocked."), ""),
    "user-disabled": (_("Account disabled."), ""),
    "user-enabled": (_("Account enabled."), ""),
    "user-banned": (_("Account banned."), ""),
    "user-unbanned": (_("Account unbanned."), ""),
    "user-deleted": (_("Account deleted."), ""),
    "user-changed": (_("Account updated."), ""),
    "role-given": (_("Role assigned."), ""),
    "role-taken": (_("Role removed."), ""),
    "letter-reset": (_("Email reset to its default wording."), ""),
    "topic-suggested": (_("Thank you. Your suggestion has been sent to the administrators."), ""),
    "topic-deleted": (_("Topic deleted. Its communities no longer have a topic."), ""),
    "tag-banned": (_("Tag banned."), ""),
    "tag-unbanned": (_("Tag unbanned."), ""),
    "website-banned": (_("Website banned."), ""),
    "address-banned": (_("IP address banned."), ""),
    "address-allowed": (_("IP address unbanned."), ""),
    "newsletter-sent": (_("The newsletter is being sent."), ""),
    "emoji-deleted": (_("Emoji deleted."), ""),
    "user-made": (_("Account created."), ""),
    "instance-block": (_("Server blocked."), ""),
    "instance-unblock": (
        _("Server unblocked. You'll only receive what it sends from now on."),
        "",
    ),
    "instance-allow": (_("Server added to the allowlist."), ""),
    "instance-disallow": (_("Server removed from the allowlist."), ""),
    "instance-withdraw": (_("The server's content is being removed."), ""),
    "instance-bring-back": (_("The server's content is being restored."), ""),
    "instance-silence": (_("Server silenced. Its communities are hidden from Popular and All."), ""),
    "instance-unsilence": (_("Server no longer silenced. Its communities are shown as before."), ""),
    "instance-trust": (_("Server marked as trusted."), ""),
    "instance-distrust": (_("Server no longer trusted."), ""),
    "instance-retry": (_("Retrying delivery to the server now."), ""),
    "instance-forget": (_("The server's data has been deleted."), ""),
    "instance-note": (_("Changes saved."), ""),
    "list-followed": (
        _("You're following the blocklist. It will be checked within a minute, then every hour."),
        "",
    ),
    "list-unfollowed": (_("You've unfollowed the blocklist. It no longer blocks any servers."), ""),
    "instance-hide": (_("Server blocked. You won't see anything from it any more."), ""),
    "instance-show": (_("Server unblocked. You'll see its content again."), ""),
    "parked-retry": (_("Trying again."), ""),
    "parked-drop": (_("Task discarded."), ""),
    "activated": (_("Your account is confirmed. You can sign in now."), ""),
    "post-hidden": (_("Post hidden from your lists."), "/post/{}/unhide"),
    "post-unhidden": (_("Post shown in your lists again."), ""),
    "history-forgotten": (_("Reading history cleared. All posts are marked as unread."), ""),
    "watched": (_("Notifications turned on."), ""),
    "unwatched": (_("Notifications turned off."), ""),
    "followed": (_("You're now following this person."), ""),
    "follow-asked": (_("Follow request sent. You'll follow this person once they accept."), ""),
    "unfollowed": (_("You've unfollowed this person."), ""),
    "blocked-it": (_("Blocked. You won't see anything from it any more."), ""),
    "unblocked-it": (_("Unblocked. You'll see its content again."), ""),
    "reminder-set": (_("Reminder set."), ""),
    "reminder-forgotten": (_("Reminder deleted."), ""),
    "reported": (_("Thank you. Your report has been sent."), ""),
    "email-asked": (_("We've sent an email to both addresses. Follow the link in each one."), ""),
    "email-agreed": (_("Thank you. The change also has to be confirmed from the other address."), ""),
    "email-changed": (_("Email address changed."), ""),
    "leaving": (_("Your account will be deleted in a week. You can change your mind until then."), ""),
    "staying": (_("Your account won't be deleted."), ""),
    "imported": (_("File imported. Everything it lists will now be looked up, one item at a time."), ""),
    "feed-followed": (_("You're now following the feed."), ""),
    "feed-asked": (_("Follow request sent. You'll follow the feed once its server accepts."), ""),
    "feed-unfollowed": (_("You've unfollowed the feed."), ""),
    "feed-made": (_("Feed created."), ""),
    "feed-deleted": (_("Feed deleted."), "/feed/{}/restore"),
    "begun": (_("Here are posts from what you chose."), ""),
    "message-deleted": (_("Message deleted."), "/chat/message/{}/restore"),
    "message-restored": (_("Message restored."), ""),
    "left-all": (_("You've left all communities except those you moderate."), ""),
    "report-resolved": (_("Report resolved."), "/reports/{}/reopen"),
    "report-removed": (_("Removed. All reports about it are resolved."), "/reports/{}/reopen"),
    "report-locked": (_("Locked. All reports about it are resolved."), "/reports/{}/reopen"),
    "report-ignored": (_("Report resolved. No one can report this again."), ""),
    "report-handed-up": (_("Report escalated to the administrators."), ""),
    "let-through": (_("Post published."), ""),
    "banned": (_("Person banned from the community."), ""),
    "unbanned": (_("Person unbanned."), ""),
    "moderator-added": (_("Moderator added."), ""),
    "moderator-dismissed": (_("Moderator removed."), ""),
    "stepped-down": (_("You're no longer a moderator."), ""),
    "owner-changed": (_("The community has a new owner."), ""),
    "flair-added": (_("Flair added."), ""),
    "flair-deleted": (_("Flair deleted."), ""),
    "invited": (_("Invitation sent."), ""),
    "invitation-withdrawn": (_("Invitation withdrawn."), ""),
    "invitation-declined": (_("Invitation declined."), ""),
    "page-deleted": (_("Page deleted."), ""),
    "page-reverted": (_("Page restored to the earlier version."), ""),
    "community-deleted": (_("Community deleted. You can restore it here."), ""),
    "community-restored": (_("Community restored."), ""),
    "marked-nsfw": (_("Marked as NSFW."), ""),
    "unmarked-nsfw": (_("No longer marked as NSFW."), ""),
    "comment-locked": (_("Comment locked. No one can reply to it."), ""),
    "comment-unlocked": (_("Comment unlocked."), ""),
    "distinguished": (_("You're now speaking as a moderator."), ""),
    "undistinguished": (_("You're no longer speaking as a moderator."), ""),
    "answer-marked": (_("Marked as the answer."), ""),
    "answer-unmarked": (_("No longer marked as the answer."), ""),
    "report-reopened": (_("Report reopened."), ""),
    "conversation-left": (_("You've left the conversation."), ""),
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
