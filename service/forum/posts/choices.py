"""What a post can be: its kind, how far it is published, and the ways to vote in its poll and to join its event."""

from service.forum.choices import NumberChoice, TextChoice
from service.language import _


class PostType(NumberChoice):
    """The kind of a post: `post.type`."""

    LINK = 1, "Link", "Link"
    TEXT = 2, "Text", "Discussion"
    IMAGE = 3, "Picture", "Image"
    VIDEO = 4, "Video", "Video"
    POLL = 5, "Poll", "Poll"
    EVENT = 6, "Event", "Event"


class PostStatus(NumberChoice):
    """How far a post is published: `post.status`; only what is greater than REVIEWING is shown."""

    SCHEDULED = -2, "Scheduled"
    DRAFT = -1, "Draft"
    REVIEWING = 0, "Held back for review"
    PUBLISHED = 1, "Published"


class Repeat(TextChoice):
    """How often a scheduled post is published: `post.repeat`."""

    ONCE = "none", _("Doesn't repeat")
    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week")
    MONTHLY = "monthly", _("Every month")


class PollMode(TextChoice):
    """How many choices of a poll one may take: `poll.mode`."""

    SINGLE = "single", "One choice", "single"
    MULTIPLE = "multiple", "Several choices", "multiple"


class JoinMode(TextChoice):
    """How one joins an event, or what it costs, as PieFed's form has it: `event.join_mode`."""

    FREE = "free", "Free", "free"
    DONATION = "donation", "Donation", "donation"
    PAID = "paid", "Paid", "paid"
    RESTRICTED = "restricted", "On request", "restricted"
    EXTERNAL = "external", "Elsewhere", "external"
    INVITE = "invite", "By invitation", "invite"
