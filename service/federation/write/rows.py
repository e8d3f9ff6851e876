"""What the documents are made of: frozen rows, with every address absolute and every time naive UTC.

Made by `federation.queries`; nothing here or in the writers touches the database.
"""

from datetime import datetime
from typing import Literal

import msgspec

from service.forum.posts.shapes import EventRow, PollRow

# "members": in a private community, for the servers of its members; "withheld": for nobody outside.
Standing = Literal["here", "deleted", "members", "withheld"]


class ImageRow(msgspec.Struct, frozen=True, gc=False):
    """A picture, and what can be seen on it."""

    url: str
    description: str | None = None


class LanguageRow(msgspec.Struct, frozen=True, gc=False):
    """A language by its code and its name."""

    code: str
    name: str


class FlairRow(msgspec.Struct, frozen=True, gc=False):
    """A community's tag for posts."""

    id: str
    name: str
    text_colour: str | None
    background_colour: str | None
    blur: bool


class EmojiRow(msgspec.Struct, frozen=True, gc=False):
    """A picture that stands for a word; `token` has its colons."""

    token: str
    url: str


class ActorRow(msgspec.Struct, frozen=True, gc=False):
    """Somebody who is named in a document, of here or elsewhere.

    Attributes:
        id: of its row.
        url: the actor's id, as other servers know it.
        handle: `name@host`.
        inbox: its own.
        instance_id: the row of its server; 1 is this one.
        software: what its server runs, in lower case; "" where nobody knows.
    """

    id: int
    url: str
    handle: str
    followers: str
    inbox: str = ""
    instance_id: int = 1
    software: str = ""


class PersonRow(msgspec.Struct, frozen=True, kw_only=True):
    """A local account.

    Attributes:
        url: the actor's id.
        domain: this site's.
        title: the display name.
        about: Markdown; `about_html` is what is made of it.
        accepts_messages: 0 nobody, 1 this server, 2 trusted servers, 3 everybody.
        fields: labels and texts.
    """

    id: int
    url: str
    name: str
    title: str
    domain: str
    public_key: str
    standing: Standing = "here"
    about: str = ""
    about_html: str = ""
    bot: bool = False
    discoverable: bool = True
    indexable: bool = True
    approves_followers: bool = False
    accepts_messages: int = 3
    icon: str | None = None
    image: str | None = None
    matrix: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    published: datetime


class CommunityRow(msgspec.Struct, frozen=True, kw_only=True):
    """A local community."""

    id: int
    url: str
    name: str
    title: str
    domain: str
    public_key: str
    standing: Standing = "here"
    about: str = ""
    about_html: str = ""
    approves_followers: bool = False
    posting_warning: str | None = None
    sensitive: bool = False
    moderators_only: bool = False
    question_answer: bool = False
    default_post_type: str | None = None
    new_moderators_wanted: bool = False
    private_moderators: bool = False
    generated: bool = False
    post_url_type: str = "friendly"
    theme: str = ""
    icon: str | None = None
    image: str | None = None
    flairs: tuple[FlairRow, ...] = ()
    languages: tuple[LanguageRow, ...] = ()
    published: datetime
    updated: datetime | None = None


class FeedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A local feed; `children` are the ids of the feeds below it."""

    id: int
    url: str
    name: str
    title: str
    domain: str
    public_key: str
    standing: Standing = "here"
    about: str = ""
    about_html: str = ""
    sensitive: bool = False
    icon: str | None = None
    image: str | None = None
    children: tuple[str, ...] = ()
    published: datetime
    updated: datetime | None = None


class SiteRow(msgspec.Struct, frozen=True, kw_only=True):
    """This server.

    Attributes:
        origin: `https://` and the domain, without a slash at the end.
        icon: absolute.
    """

    origin: str
    domain: str
    name: str
    description: str
    icon: str
    public_key: str
    published: datetime
    updated: datetime


class PlaceRow(msgspec.Struct, frozen=True, gc=False):
    """The community that something stands in, of here or elsewhere.

    Attributes:
        inbox: its own.
        moderators, featured: the addresses of its collections.
        local: it is one of ours, and so announces.
        standing: who may have what is in it.
    """

    id: int
    url: str
    handle: str
    followers: str
    inbox: str
    moderators: str
    featured: str
    instance_id: int
    local: bool
    standing: Standing


class PostRow(msgspec.Struct, frozen=True, kw_only=True):
    """A post.

    Attributes:
        url: its id, as it was stored once.
        page: the address of its page here.
        link: the page that it is about; None for other kinds of posts.
        pictures: of an image post.
        thumbnail: a picture that stands for the post.
        context, replies: the addresses of its collections here.
        mentions: whom its text names.
        standing: `deleted` by its author or a moderator; who may have the others.
        create_id, announce_id: ids of the activities that brought it here, or with which it left.
    """

    id: int
    url: str
    page: str
    author: ActorRow
    place: PlaceRow
    title: str
    body: str
    body_html: str
    context: str
    replies: str
    standing: Standing = "here"
    link: str | None = None
    pictures: tuple[ImageRow, ...] = ()
    thumbnail: str | None = None
    language: LanguageRow | None = None
    sensitive: bool = False
    nsfl: bool = False
    generated: bool = False
    sticky: bool = False
    comments_enabled: bool = True
    indexable: bool = True
    flairs: tuple[FlairRow, ...] = ()
    hashtags: tuple[tuple[str, str], ...] = ()  # names and addresses
    emoji: tuple[EmojiRow, ...] = ()
    mentions: tuple[ActorRow, ...] = ()
    poll: PollRow | None = None
    event: EventRow | None = None
    published: datetime
    updated: datetime | None = None
    create_id: str | None = None
    announce_id: str | None = None


class CommentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A comment.

    Attributes:
        parent: the id of what it answers; `answered` is who wrote that.
        flair: the words that the author shows beside the name in this community.
        standing: as of PostRow; below a post that is withheld, or gone, everything is withheld.
    """

    id: int
    url: str
    author: ActorRow
    place: PlaceRow
    post_id: int
    parent: str
    answered: ActorRow | None
    body: str
    body_html: str
    context: str
    replies: str
    standing: Standing = "here"
    language: LanguageRow | None = None
    sensitive: bool = False
    distinguished: bool = False
    answer: bool = False
    replies_enabled: bool = True
    flair: str = ""
    emoji: tuple[EmojiRow, ...] = ()
    mentions: tuple[ActorRow, ...] = ()
    published: datetime
    updated: datetime | None = None
    create_id: str | None = None
    announce_id: str | None = None


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A private message between two people.

    Attributes:
        parent: the id of the one before it.
        conversation: an id that all messages of one conversation share.
    """

    id: int
    url: str
    sender: ActorRow
    recipient: ActorRow
    body: str
    body_html: str
    parent: str | None = None
    conversation: str | None = None
    deleted: bool = False
    published: datetime
    updated: datetime | None = None
