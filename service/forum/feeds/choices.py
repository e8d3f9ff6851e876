"""Which lists of posts there are and how they can be ordered: the words of addresses, of settings, and of the API."""

from datetime import timedelta

from service.forum.choices import TextChoice


class Listing(TextChoice):
    """Whose communities a list takes its posts from: also `"user".default_filter` and `site.default_filter`."""

    ALL = "all", "All", "All"
    LOCAL = "local", "Local", "Local"
    SUBSCRIBED = "subscribed", "Subscribed", "Subscribed"
    POPULAR = "popular", "Popular", "Popular"
    MODERATING = "moderating", "Moderating", "Moderating", "ModeratorView"


# What a member, and what the site for strangers, can have on the front page.
FRONT_PAGES = (Listing.POPULAR, Listing.ALL, Listing.LOCAL, Listing.SUBSCRIBED, Listing.MODERATING)
FRONT_PAGES_FOR_STRANGERS = (Listing.ALL, Listing.POPULAR, Listing.LOCAL)


class Sort(TextChoice):
    """How a list of posts is ordered: also `"user".default_sort`."""

    HOT = "hot", "Hot", "Hot", "Relevance"
    NEW = "new", "New", "New"
    ACTIVE = "active", "Active", "Active"
    SCALED = "scaled", "Scaled", "Scaled"
    TOP_HOUR = "top_1h", "Top of the hour", "TopHour"
    TOP_SIX_HOURS = "top_6h", "Top of six hours", "TopSixHour"
    TOP_TWELVE_HOURS = "top_12h", "Top of twelve hours", "TopTwelveHour"
    TOP_DAY = "top", "Top of the day", "TopDay", "Top"
    TOP_WEEK = "top_1w", "Top of the week", "TopWeek"
    TOP_MONTH = "top_1m", "Top of the month", "TopMonth"
    TOP_THREE_MONTHS = "top_3m", "Top of three months", "TopThreeMonths"
    TOP_SIX_MONTHS = "top_6m", "Top of six months", "TopSixMonths"
    TOP_NINE_MONTHS = "top_9m", "Top of nine months", "TopNineMonths"
    TOP_YEAR = "top_1y", "Top of the year", "TopYear"
    TOP_ALL = "top_all", "Top of all time", "TopAll"
    OLD = "old", "Old", "Old"

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


class NsfwFilter(TextChoice):
    """What a request wants of posts that are not safe for work, whatever the viewer has set."""

    EXCLUDE = "exclude", "Without", "Exclude"
    INCLUDE = "include", "With", "Include"
    ONLY = "only", "Only", "Only"
