"""What can be chosen of the mod log."""

from service.forum.choices import TextChoice
from service.language import _


class LogGroup(TextChoice):
    """Which entries of the mod log are wanted; the values are the API's groups, see `rules.GROUPS`."""

    ALL = "All", _("Everything")
    POSTS = "ModRemovePost", _("Posts removed and restored")
    COMMENTS = "ModRemoveComment", _("Comments removed and restored")
    LOCKED = "ModLockPost", _("Posts locked and unlocked")
    PINNED = "ModFeaturePost", _("Posts pinned and unpinned")
    COMMUNITY_BANS = "ModBanFromCommunity", _("Bans from communities")
    SITE_BANS = "ModBan", _("Bans from the site")
    MODERATORS = "ModAddCommunity", _("Moderators added and removed")
    COMMUNITIES = "ModRemoveCommunity", _("Communities deleted and restored")
    ACCOUNTS = "AdminPurgePerson", _("Accounts deleted")
