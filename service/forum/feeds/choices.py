"""Which lists of posts there are and how they can be ordered: the words of addresses, of settings, and of the API."""

from datetime import timedelta

from service.forum.choices import TextChoice
from service.language import _, p_


class Listing(TextChoice):
    """Whose communities a list takes its posts from: also `"user".default_filter` and `site.default_filter`."""

    ALL = "all", _("All"), "All"
    LOCAL = "local", _("Local"), "Local"
    SUBSCRIBED = "subscribed", p_("communities", "Joined"), "Subscribed"
    POPULAR = "popular", _("Popular"), "Popular"
    MODERATING = "moderating", _("Moderating"), "Moderating", "ModeratorView"


# What a member, and what the site for strangers, can have on the front page.
FRONT_PAGES = (Listing.POPULAR, Listing.ALL, Listing.LOCAL, Listing.SUBSCRIBED, Listing.MODERATING)
FRONT_PAGES_FOR_STRANGERS = (Listing.ALL, Listing.POPULAR, Listing.LOCAL)


class Sort(TextChoice):
    """How a list of posts is ordered: also `"user".default_sort`."""

    HOT = "hot", _("Hot"), "Hot", "Relevance"
    NEW = "new", p_("sort", "New"), "New"
    ACTIVE = "active", p_("sort", "Active"), "Active"
    SCALED = "scaled", _("Scaled"), "Scaled"
    TOP_HOUR = "top_1h", _("Top (past hour)"), "TopHour"
    TOP_SIX_HOURS = "top_6h", _("Top (past 6 hours)"), "TopSixHour"
    TOP_TWELVE_HOURS = "top_12h", _("Top (past 12 hours)"), "TopTwelveHour"
    TOP_DAY = "top", _("Top (past day)"), "TopDay", "Top"
    TOP_WEEK = "top_1w", _("Top (past week)"), "TopWeek"
    TOP_MONTH = "top_1m", _("Top (past month)"), "TopMonth"
    TOP_THREE_MONTHS = "top_3m", _("Top (past 3 months)"), "TopThreeMonths"
    TOP_SIX_MONTHS = "top_6m", _("Top (past 6 months)"), "TopSixMonths"
    TOP_NINE_MONTHS = "top_9m", _("Top (past 9 months)"), "TopNineMonths"
    TOP_YEAR = "top_1y", _("Top (past year)"), "TopYear"
    TOP_ALL = "top_all", _("Top (all time)"), "TopAll"
    OLD = "old", _("Old"), "Old"

    @property
    def window(self) -> timedelta | None:
        """How old a post of this sort may be; None for any age. PieFed's month has 28 days."""
        return _WINDOWS.get(self)

    @property
    def is_top(self) -> bool:
        """Whether it orders by votes."""
        return self.startswith("top")


_WINDOWS = {
    Sort.TOP_HOUR: timedelta(hours=1),
    Sort.TOP_SIX_HOURS: timedelta(hours=6),
    Sort.TOP_TWELVE_HOURS: timedelta(hours=12),
    Sort.TOP_DAY: timedelta(days=1),
    Sort.TOP_WEEK: timedelta(days=7),
    Sort.TOP_MONTH: timedelta(days=28),
    Sort.TOP_THREE_MONTHS: timedelta(days=90),
    Sort.TOP_SIX_MONTHS: timedelta(days=180),
    Sort.TOP_NINE_MONTHS: timedelta(days=270),
    Sort.TOP_YEAR: timedelta(days=365),
}

# What pages list; the rest is for apps.
SORT_MENU = tuple(
    sort
    for sort in Sort
    if sort not in {Sort.TOP_TWELVE_HOURS, Sort.TOP_THREE_MONTHS, Sort.TOP_SIX_MONTHS, Sort.TOP_NINE_MONTHS}
)
# What a member can have by default.
DEFAULT_SORTS = (Sort.HOT, Sort.NEW, Sort.ACTIVE, Sort.TOP_DAY, Sort.SCALED, Sort.OLD)


class FeedKind(TextChoice):
    """Which feeds an administrator wants to see."""

    PUBLIC = "", _("Public")
    SITE_WIDE = "site", _("Featured")
    OWN = "own", _("Private")
    REMOVED = "removed", _("Deleted or removed")


class Period(TextChoice):
    """How far back a search goes."""

    ANY = "", _("Any time")
    DAY = "day", _("Past day")
    WEEK = "week", _("Past week")
    MONTH = "month", _("Past month")
    YEAR = "year", _("Past year")

    @property
    def length(self) -> timedelta | None:
        """How long it lasts; None for all time."""
        days = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31, Period.YEAR: 366}.get(self)
        return None if days is None else timedelta(days=days)


class NsfwFilter(TextChoice):
    """What a request wants of posts that are not safe for work, whatever the viewer has set."""

    EXCLUDE = "exclude", _("Exclude"), "Exclude"
    INCLUDE = "include", _("Include"), "Include"
    ONLY = "only", _("Only"), "Only"
