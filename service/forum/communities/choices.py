"""What can be chosen for a community and in lists of them."""

from service.forum.choices import NumberChoice, TextChoice
from service.forum.feeds.choices import Listing, Sort


class DownvoteMode(NumberChoice):
    """Who may vote down: `community.downvote_accept_mode`."""

    EVERYBODY = 0, "Everybody"
    MEMBERS = 2, "Members"
    THIS_SITE = 4, "People of this site"
    TRUSTED_SITES = 6, "People of trusted sites"
    NOBODY = -1, "Nobody"


class Joining(NumberChoice):
    """Who may become a member: `community.invitations`."""

    ANYBODY = 0, "Everybody"
    ON_REQUEST = 1, "People whose request is accepted"
    BY_MEMBER = 2, "People invited by a member"
    BY_MODERATOR = 3, "People invited by a moderator"
    BY_OWNER = 4, "People invited by the owner"


# What communities of this site can choose; requests are for those of other sites.
JOINING_HERE = tuple(way for way in Joining if way != Joining.ON_REQUEST)


class CommunitySort(TextChoice):
    """How a list of communities is ordered; the values are the words of our pages' addresses."""

    ACTIVE = "Active", "Active", "Active", "Hot"
    MEMBERS = "TopSubscribers", "Most members", "TopSubscribers"
    POSTS = (
        "TopPosts",
        "Most posts",
        "TopPosts",
        *(word for sort in Sort if sort.is_top for word in sort.words),
    )
    NEW = "New", "New", "New", "NewFederated"
    OLD = "Old", "Old", "Old", "OldFederated"


# What pages list.
COMMUNITY_LISTINGS = (Listing.ALL, Listing.LOCAL, Listing.SUBSCRIBED)
