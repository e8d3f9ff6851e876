"""What the audit log knows of, in words that people choose from."""

from service.forum.choices import TextChoice
from service.language import _


class AuditAction(TextChoice):
    """An act of an administrator; the values are those of the log."""

    USER_BAN = "user_ban", _("Account banned")
    USER_UNBAN = "user_unban", _("Account unbanned")
    USER_DISABLE = "user_disable", _("Account disabled")
    USER_ENABLE = "user_enable", _("Account enabled")
    USER_DELETE = "user_delete", _("Account deleted")
    USER_UPDATE = "user_update", _("Account edited")
    USER_ROLES = "user_roles", _("Account's roles changed")
    PRIVATE_REGISTER = "private_register", _("Account created")
    APPLICATION_APPROVE = "application_approve", _("Application approved")
    APPLICATION_DENY = "application_deny", _("Application rejected")
    PERMISSIONS = "permissions", _("Role permissions changed")
    SITE = "site_change", _("Site settings changed")
    APPEARANCE = "appearance", _("Appearance changed")
    PAGE_SAVE = "page_save", _("Page created or edited")
    PAGE_DELETE = "page_delete", _("Page deleted")
    NEWSLETTER = "newsletter", _("Newsletter sent")
    COMMUNITY = "community_administer", _("Community's placement changed")
    TOPIC_SAVE = "topic_save", _("Topic created or edited")
    TOPIC_DELETE = "topic_delete", _("Topic deleted")
    FEED_FEATURE = "feed_feature", _("Feed featured on the site")
    FEED_UNFEATURE = "feed_unfeature", _("Feed no longer featured on the site")
    FEED_REMOVE = "feed_remove", _("Feed removed")
    FEED_RESTORE = "feed_restore", _("Feed restored")
    LETTER_SAVE = "letter_save", _("Email wording changed")
    LETTER_RESET = "letter_reset", _("Email wording reset to default")
    TAG_BAN = "tag_ban", _("Tag banned")
    TAG_UNBAN = "tag_unban", _("Tag unbanned")
    EMOJI_SAVE = "emoji_save", _("Emoji added or edited")
    EMOJI_DELETE = "emoji_delete", _("Emoji deleted")
    ADDRESS_BAN = "address_ban", _("IP address banned")
    ADDRESS_UNBAN = "address_unban", _("IP address unbanned")
    WEBSITE = "website_change", _("Website banned, watched or changed")
    INSTANCE_BLOCK = "instance_block", _("Server blocked")
    INSTANCE_UNBLOCK = "instance_unblock", _("Server unblocked")
    INSTANCE_ALLOW = "instance_allow", _("Server added to the allowlist")
    INSTANCE_DISALLOW = "instance_disallow", _("Server removed from the allowlist")
    INSTANCES_BLOCK = "instances_block", _("Servers blocked in bulk")
    INSTANCES_UNBLOCK = "instances_unblock", _("Servers unblocked in bulk")
    INSTANCES_ALLOW = "instances_allow", _("Servers added to the allowlist in bulk")
    INSTANCES_DISALLOW = "instances_disallow", _("Servers removed from the allowlist in bulk")
    INSTANCE_WITHDRAW = "instance_withdraw", _("Content from a server removed")
    INSTANCE_BRING_BACK = "instance_bring_back", _("Content from a server restored")
    INSTANCE_SILENCE = "instance_silence", _("Server silenced")
    INSTANCE_UNSILENCE = "instance_unsilence", _("Server no longer silenced")
    INSTANCE_TRUST = "instance_trust", _("Server trusted")
    INSTANCE_DISTRUST = "instance_distrust", _("Server no longer trusted")
    INSTANCE_ANNOTATE = "instance_annotate", _("Server note changed")
    INSTANCE_RETRY = "instance_retry", _("Delivery to a server retried")
    INSTANCE_FORGET = "instance_forget", _("Server's data deleted")
    BLOCKLIST = "blocklist_taken_over", _("Blocklist imported")
    FEDERATION_MODE = "federation_mode", _("Federation settings changed")
    USERS_EXPORT = "users_export", _("Accounts exported")
    USERS_BULK = "users_bulk", _("Accounts changed in bulk")
    USER_VALIDATE = "user_validate", _("Account's data checked")


class AuditOutcome(TextChoice):
    """How an act ended."""

    ANY = "", _("Any outcome")
    DONE = "done", _("Successful")
    REFUSED = "refused", _("Refused")


_FACTS = {
    "reason": _("Reason"),
    "until": _("Until"),
    "fields": _("Changes"),
    "role": _("Role"),
    "held": _("Granted"),
    "permissions": _("Permissions"),
    "mode": _("Servers"),
    "name": _("Name"),
    "active": _("Confirmed"),
    "letter": _("Email"),
}


def words_of_action(action: str) -> str:
    """What people call an act; one of a later version is called by its word."""
    known = AuditAction.stored(action, None)
    return known.label if known else action.replace("_", " ").capitalize()


def words_of_fact(name: str) -> str:
    """What people call a further fact of an entry."""
    return _FACTS.get(name, name.replace("_", " ").capitalize())
