"""A person as the API shows one."""

from typing import NotRequired, TypedDict

from service.forum.accounts.choices import Visibility
from service.forum.accounts.shapes import AuthorRow, Profile, Settings
from service.http.api import words
from service.http.api.shapes.values import address, in_words, moment, without_missing

# So many are told of anybody; more are on the page.
EXTRA_FIELDS = 4


class UserExtraField(TypedDict):
    """A line of one's own choice on one's page."""

    id: int
    label: str
    text: str


class Person(TypedDict):
    """A person; what they say of themselves comes where somebody is looked at, not beside a post or comment."""

    id: int
    user_name: str
    title: str | None
    actor_id: str
    local: bool
    instance_id: int
    bot: bool
    banned: bool
    deleted: bool
    published: str
    extra_fields: list[UserExtraField]
    avatar: NotRequired[str | None]
    banner: NotRequired[str | None]
    about: NotRequired[str]
    about_html: NotRequired[str]
    note: NotRequired[str]
    flair: NotRequired[str]


class PersonAggregates(TypedDict):
    """How much somebody has written."""

    person_id: int
    post_count: int
    comment_count: int


class PersonView(TypedDict):
    """A person with what stands beside one."""

    person: Person
    counts: PersonAggregates
    is_admin: bool
    activity_alert: bool


class LocalUser(TypedDict):
    """What somebody has set."""

    accept_private_messages: words.MessageAcceptance
    bot_visibility: words.Visibility
    ai_visibility: words.AIVisibility
    nsfw_visibility: words.Visibility
    nsfl_visibility: words.Visibility
    show_bot_accounts: bool
    show_nsfw: bool
    show_nsfl: bool
    show_read_posts: bool
    show_scores: bool
    community_keyword_filter: list[str]
    default_comment_sort_type: words.CommentSort
    default_listing_type: words.Listing
    default_sort_type: words.Sort
    email_unread: bool
    federate_votes: bool
    feed_auto_follow: bool
    feed_auto_leave: bool
    hide_low_quality: bool
    indexable: bool
    newsletter: bool
    reply_collapse_threshold: int
    reply_hide_threshold: int
    searchable: bool
    manually_approves_followers: bool


class LocalUserView(TypedDict):
    """The person who is signed in."""

    person: Person
    counts: PersonAggregates
    local_user: LocalUser


def author_shape(origin: str, row: AuthorRow, *, note: str | None = None) -> Person:
    """Return a Person, as it stands beside a post or comment.

    Parameters:
        origin: the site's own, put before relative addresses.
        row: the author.
        note: what the viewer wrote down about them.
    """
    shape: Person = {
        "id": row.id,
        "user_name": row.name,
        "title": row.title,
        "actor_id": row.actor_id,
        "local": row.local,
        "instance_id": row.instance_id,
        "bot": row.bot,
        "banned": row.banned,
        "deleted": row.deleted,
        "published": moment(row.created_at),
        "extra_fields": [
            {"id": field.id, "label": field.label, "text": field.text}
            for field in row.extra_fields[:EXTRA_FIELDS]
        ],
    }
    return without_missing(shape, avatar=address(origin, row.avatar_url), flair=row.flair, note=note)


author_in_words = in_words(author_shape, 1024)


def introduction(origin: str, row: AuthorRow, *, note: str | None = None) -> Person:
    """Return a Person with what they say of themselves; parameters as for `author_shape`."""
    person = author_shape(origin, row, note=note)
    return without_missing(person, about=row.about or None, about_html=row.about_html or None)


def person_shape(origin: str, row: Profile) -> Person:
    """Return a Person with what their own page tells."""
    person = introduction(origin, row.person, note=row.note)
    return without_missing(person, banner=address(origin, row.cover_url))


def person_view(origin: str, row: Profile) -> PersonView:
    """Return a PersonView."""
    return {
        "person": person_shape(origin, row),
        "counts": person_counts(row),
        "is_admin": row.person.is_admin,
        "activity_alert": row.watched,
    }


def administrator_view(origin: str, row: AuthorRow) -> PersonView:
    """Return a PersonView of an administrator, whose counts nobody asks for in a list of administrators."""
    return {
        "person": author_shape(origin, row),
        "counts": {"person_id": row.id, "post_count": 0, "comment_count": 0},
        "is_admin": True,
        "activity_alert": False,
    }


def person_counts(row: Profile) -> PersonAggregates:
    """Return PersonAggregates."""
    return {"person_id": row.person.id, "post_count": row.post_count, "comment_count": row.comment_count}


def local_user_view(origin: str, row: Profile, settings: Settings) -> LocalUserView:
    """Return a LocalUserView: the signed-in person and what they have set."""
    person = person_shape(origin, row)
    # Here, and nowhere else, PieFed says null.
    person["avatar"], person["banner"] = person.get("avatar"), person.get("banner")
    return {
        "person": person,
        "counts": person_counts(row),
        "local_user": local_user_shape(settings),
    }


def local_user_shape(settings: Settings) -> LocalUser:
    """Return a LocalUser."""
    return {
        "accept_private_messages": settings.accept_private_messages.word,
        "bot_visibility": settings.ignore_bots.word,
        "ai_visibility": settings.hide_gen_ai.word,
        "nsfw_visibility": settings.hide_nsfw.word,
        "nsfl_visibility": settings.hide_nsfl.word,
        "show_bot_accounts": settings.ignore_bots != Visibility.HIDE,
        "show_nsfw": settings.hide_nsfw != Visibility.HIDE,
        "show_nsfl": settings.hide_nsfl != Visibility.HIDE,
        "show_read_posts": not settings.hide_read_posts,
        "show_scores": True,
        "community_keyword_filter": [
            word.strip() for word in settings.community_keyword_filter.split(",") if word.strip()
        ],
        "default_comment_sort_type": settings.default_comment_sort.word,
        "default_listing_type": settings.default_filter.word,
        "default_sort_type": settings.default_sort.word,
        "email_unread": settings.email_unread,
        "federate_votes": not settings.vote_privately,
        "feed_auto_follow": settings.feed_auto_follow,
        "feed_auto_leave": settings.feed_auto_leave,
        "hide_low_quality": settings.hide_low_quality,
        "indexable": settings.indexable,
        "newsletter": settings.newsletter,
        "reply_collapse_threshold": settings.reply_collapse_threshold,
        "reply_hide_threshold": settings.reply_hide_threshold,
        "searchable": settings.searchable,
        "manually_approves_followers": settings.manually_approves_followers,
    }
