"""What PieFed calls the kinds of what people are told, and how long the texts are."""

# Values of notification.notif_type and notification_subscription.type.
USER, COMMUNITY, TOPIC, POST, REPLY, FEED, MENTION, MESSAGE, BAN, UNBAN, NEW_MOD, REMINDER = range(12)
REPORT, HANDED_UP, REGISTRATION = 20, 40, 41
# What PieFed has no kind for.
UNKNOWN = 999
# Those about posts and comments; the others but messages are what moderators and administrators have to say.
ABOUT_CONTENT = (USER, COMMUNITY, TOPIC, POST, REPLY, FEED, MENTION)

# Values of notification.subtype, by what they are about.
REPLY_TO_POST = "top_level_comment_on_followed_post"
REPLY_TO_COMMENT = "new_reply_on_followed_comment"
MENTIONED_IN_POST = "post_mention"
MENTIONED_IN_COMMENT = "comment_mention"
POST_BY_USER = "new_post_from_followed_user"
POST_IN_COMMUNITY = "new_post_in_followed_community"
POST_IN_TOPIC = "new_post_in_followed_topic"
POST_IN_FEED = "new_post_in_followed_feed"
BANNED = "user_banned_from_community"
UNBANNED = "user_unbanned_from_community"
APPOINTED = "new_moderator"
REFUSED = "membership_refused"
WARNED = "warned_by_moderators"
BANNED_ELSEWHERE = "user_banned_from_instance"
ASKED_TO_FOLLOW = "follow_request"
APPLIED = "new_registration_for_approval"
WRITTEN_TO = "chat_message"
SUSPICIOUS_LINK = "post_from_suspicious_domain"
REPORTED = {
    0: "user_reported",
    1: "post_reported",
    2: "comment_reported",
    3: "community_reported",
    4: "chat_conversation_reported",
}

INVITED = "community_invitation"
REMINDED = "reminder"
POST_REMOVED, COMMENT_REMOVED = "post_removed", "comment_removed"
REPORT_HANDED_UP = "report_escalated"
TOPIC_SUGGESTED = "topic_suggested"

REPLIES = (REPLY_TO_POST, REPLY_TO_COMMENT)
MENTIONS = (MENTIONED_IN_POST, MENTIONED_IN_COMMENT)

TITLE_LENGTH = 150
BODY_LENGTH = 1000
MENTIONS_AT_MOST = 20
