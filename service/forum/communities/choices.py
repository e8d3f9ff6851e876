"""What can be chosen for a community and in lists of them."""

from service.forum.choices import NumberChoice, TextChoice
from service.forum.feeds.choices import Listing, Sort
from service.language import _, p_


class DownvoteMode(NumberChoice):
    """Who may vote down: `community.downvote_accept_mode`."""

    EVERYBODY = 0, _("Everyone")
    MEMBERS = 2, _("Members")
    THIS_SITE = 4, _("People on this site")
    TRUSTED_SITES = 6, _("People on trusted servers")
    NOBODY = -1, _("No one")


class Joining(NumberChoice):
    """Who may become a member: `community.invitations`."""

    ANYBODY = 0, _("Everyone")
    ON_REQUEST = 1, _("People whose request is approved")
    BY_MEMBER = 2, _("People invited by a member")
    BY_MODERATOR = 3, _("People invited by a moderator")
    BY_OWNER = 4, _("People invited by the owner")


# What communities of this site can choose; requests are for those of other sites.
JOINING_HERE = tuple(way for way in Joining if way != Joining.ON_REQUEST)


class CommunitySort(TextChoice):
    """How a list of communities is ordered; the values are the words of our pages' addresses."""

    ACTIVE = "Active", p_("sort", "Active"), "Active", "Hot"
    MEMBERS = "TopSubscribers", _("Most members"), "TopSubscribers"
    POSTS = (
        "TopPosts",
        "Most posts",
        "TopPosts",
        *(word for sort in Sort if sort.is_top for word in sort.words),
    )
    NEW = "New", p_("sort", "New"), "New", "NewFederated"
    OLD = "Old", _("Old"), "Old", "OldFederated"


# What pages list.
COMMUNITY_LISTINGS = (Listing.ALL, Listing.LOCAL, Listing.SUBSCRIBED)


class CommunityKind(TextChoice):
    """Which communities an administrator's list shows; the values are the words of addresses."""

    ALL = "", _("All")
    LOCAL = "local", _("On this site")
    WITHOUT_TOPIC = "no-topic", _("Without a topic")
    LOW_QUALITY = "low-quality", _("Low quality")
    HIDDEN = "hidden", _("Hidden from Popular or All")
    DELETED = "deleted", _("Deleted")
