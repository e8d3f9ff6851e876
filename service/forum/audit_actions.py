"""What the audit log knows of, in words that people choose from."""

from service.forum.choices import TextChoice
from service.language import _


class AuditAction(TextChoice):
    """An act of an administrator; the values are those of the log."""

    USER_BAN = "user_ban", _("Account banned")
    USER_UNBAN = "user_unban", _("Ban of an account lifted")
    USER_DISABLE = "user_disable", _("Account disabled")
    USER_ENABLE = "user_enable", _("Account enabled")
    USER_DELETE = "user_delete", _("Account deleted")
    USER_UPDATE = "user_update", _("Account changed")
    USER_ROLES = "user_roles", _("Roles of an account changed")
    PRIVATE_REGISTER = "private_register", _("Account made")
    APPLICATION_APPROVE = "application_approve", _("Application approved")
    APPLICATION_DENY = "application_deny", _("Application denied")
    PERMISSIONS = "permissions", _("Permissions of roles changed")
    SITE = "site_change", _("Settings of the site changed")
    APPEARANCE = "appearance", _("Appearance changed")
    PAGE_SAVE = "page_save", _("Page written")
    PAGE_DELETE = "page_delete", _("Page deleted")
    NEWSLETTER = "newsletter", _("Newsletter sent")
    COMMUNITY = "community_administer", _("Place of a community changed")
    TOPIC_SAVE = "topic_save", _("Topic made or changed")
    TOPIC_DELETE = "topic_delete", _("Topic deleted")
    FEED_FEATURE = "feed_feature", _("Feed shown by the site")
    FEED_UNFEATURE = "feed_unfeature", _("Feed no longer shown by the site")
    FEED_REMOVE = "feed_remove", _("Feed taken down")
    FEED_RESTORE = "feed_restore", _("Feed brought back")
    LETTER_SAVE = "letter_save", _("Words of a letter changed")
    LETTER_RESET = "letter_reset", _("Usual words of a letter restored")
    TAG_BAN = "tag_ban", _("Tag banned")
    TAG_UNBAN = "tag_unban", _("Tag allowed again")
    EMOJI_SAVE = "emoji_save", _("Emoji made or changed")
    EMOJI_DELETE = "emoji_delete", _("Emoji deleted")
    ADDRESS_BAN = "address_ban", _("Network address banned")
    ADDRESS_UNBAN = "address_unban", _("Network address allowed again")
    WEBSITE = "website_change", _("Website banned, watched or the reverse")
    INSTANCE_BLOCK = "instance_block", _("Server blocked")
    INSTANCE_UNBLOCK = "instance_unblock", _("Server no longer blocked")
    INSTANCE_ALLOW = "instance_allow", _("Server allowed")
    INSTANCE_DISALLOW = "instance_disallow", _("Server no longer allowed")
    INSTANCES_BLOCK = "instances_block", _("Many servers blocked")
    INSTANCES_UNBLOCK = "instances_unblock", _("Many servers no longer blocked")
    INSTANCES_ALLOW = "instances_allow", _("Many servers allowed")
    INSTANCES_DISALLOW = "instances_disallow", _("Many servers no longer allowed")
    INSTANCE_WITHDRAW = "instance_withdraw", _("What came from a server taken down")
    INSTANCE_BRING_BACK = "instance_bring_back", _("What came from a server brought back")
    INSTANCE_SILENCE = "instance_silence", _("Server silenced")
    INSTANCE_UNSILENCE = "instance_unsilence", _("Server no longer silenced")
    INSTANCE_TRUST = "instance_trust", _("Server trusted")
    INSTANCE_DISTRUST = "instance_distrust", _("Server no longer trusted")
    INSTANCE_ANNOTATE = "instance_annotate", _("Note on a server changed")
    INSTANCE_RETRY = "instance_retry", _("Server tried again")
    INSTANCE_FORGET = "instance_forget", _("Server forgotten")
    BLOCKLIST = "blocklist_taken_over", _("List of blocked servers taken over")
    FEDERATION_MODE = "federation_mode", _("Federation changed")
    USERS_EXPORT = "users_export", _("Accounts exported")
    USERS_BULK = "users_bulk", _("Many accounts changed")
    USER_VALIDATE = "user_validate", _("Account's data checked")


class AuditOutcome(TextChoice):
    """How an act ended."""

    ANY = "", _("However it ended")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")


_FACTS = {
    "reason": _("Reason"),
    "until": _("Until"),
    "fields": _("Changed"),
    "role": _("Role"),
    "held": _("Given"),
    "permissions": _("Permissions"),
    "mode": _("Servers"),
    "name": _("Name"),
    "active": _("Confirmed"),
    "letter": _("Letter"),
}


def words_of_action(action: str) -> str:
    """What people call an act; one of a later version is called by its word."""
    known = AuditAction.stored(action, None)
    return known.label if known else action.replace("_", " ").capitalize()


def words_of_fact(name: str) -> str:
    """What people call a further fact of an entry."""
    return _FACTS.get(name, name.replace("_", " ").capitalize())
