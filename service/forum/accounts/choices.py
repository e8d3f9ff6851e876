"""What a member can choose about themselves and what they see, and an administrator about accounts."""

from service.forum.choices import NumberChoice, TextChoice
from service.forum.feeds.choices import Sort
from service.language import _, p_


class Visibility(NumberChoice):
    """How posts of a kind are shown: `"user".hide_nsfw`, `hide_nsfl` and `ignore_bots`."""

    SHOW = 0, _("Show"), "Show"
    HIDE = 1, _("Hide"), "Hide"
    BLUR = 2, _("Blur images"), "Blur"
    TRANSPARENT = 3, _("Show faded"), "Transparent"


class AIVisibility(NumberChoice):
    """How posts that generative AI made are shown: `"user".hide_gen_ai`."""

    SHOW = 0, _("Show"), "Show"
    HIDE = 1, _("Hide"), "Hide"
    LABEL = 2, _("Show with a label"), "Label"
    TRANSPARENT = 3, _("Show faded"), "Transparent"


class MessageAcceptance(NumberChoice):
    """Whose private messages are taken: `"user".accept_private_messages`."""

    NOBODY = 0, _("No one"), "None"
    THIS_SITE = 1, _("People on this site"), "Local"
    TRUSTED_SITES = 2, _("People on trusted servers"), "Trusted"
    EVERYBODY = 3, _("Everyone"), "All"


class FilterAction(NumberChoice):
    """What happens to what has one of the words of a keyword filter: `filter.hide_type`."""

    HIDE = 1, _("Hide")
    FOLD = 0, _("Collapse behind the filter's name")


class RegistrationMode(TextChoice):
    """Who gets an account: `site.registration_mode`."""

    OPEN = "Open", _("Anyone can sign up"), "Open"
    BY_APPLICATION = "RequireApplication", _("By application"), "RequireApplication"
    CLOSED = "Closed", p_("registration", "Closed"), "Closed"


class DirectorySort(TextChoice):
    """How an administrator's list of accounts is ordered; the values are the words of addresses and of the API."""

    NEWEST = "created_desc", _("Newest"), "created_desc"
    OLDEST = "created_asc", _("Oldest"), "created_asc"
    NAME = "username_asc", _("Name (A to Z)"), "username_asc"
    NAME_BACKWARDS = "username_desc", _("Name (Z to A)"), "username_desc"
    SEEN_LAST = "last_seen_desc", _("Most recently active"), "last_seen_desc"
    SEEN_LONG_AGO = "last_seen_asc", _("Least recently active"), "last_seen_asc"
    MOST_POSTS = "post_count_desc", _("Most posts"), "post_count_desc"


class PeopleSort(TextChoice):
    """How a list of people is ordered, for apps."""

    NEW = "new", _("Newest"), "New", "Hot"
    OLD = "old", _("Oldest"), "Old"
    MOST_POSTS = "top", _("Most posts"), *(word for sort in Sort if sort.is_top for word in sort.words)


class Role(NumberChoice):
    """What an account is on the whole site: `role.id`."""

    STAFF = 3, _("Staff")
    ADMINISTRATOR = 4, _("Administrator")


class Permission(TextChoice):
    """What a role may do: `role_permission.permission`."""

    APPROVE_REGISTRATIONS = "approve registrations", _("Review applications for accounts")
    BAN_USERS = "ban users", _("Ban people from the site")
    INSTANCE_SETTINGS = "change instance settings", _("Manage federation")
