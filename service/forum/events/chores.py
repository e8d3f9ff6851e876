"""What is to be done by a worker: letters, pictures, histories, taking down what is too much for one transaction."""

from typing import Literal

from service.forum.events.base import Event


class ContentPurgeRequested(Event, frozen=True, kw_only=True):
    """All that an account wrote is to be taken down, or the rest of it.

    Attributes:
        community_id, instance_id: Only what stands in this community, or in those of this server.
        undoes: What this account took down is to come back instead.
    """

    topics = ("moderate",)
    account_id: int
    by_id: int
    reason: str
    community_id: int | None = None
    instance_id: int | None = None
    undoes: int | None = None


class BranchPurgeRequested(Event, frozen=True, kw_only=True):
    """All that stands below a post, or below one of its comments, is to be removed or to come back, or what is left."""

    topics = ("moderate",)
    post_id: int
    comment_id: int | None = None
    by_id: int
    removed: bool
    reason: str


class WithdrawalDecided(Event, frozen=True, kw_only=True):
    """All that is here of a server is to be taken down or to come back, as is decided about it, or the rest of it.

    Attributes:
        post_id, comment_id: How far it was taken down.
    """

    topics = ("moderate",)
    host: str
    post_id: int = 0
    comment_id: int = 0


class EmailRequested(Event, frozen=True, kw_only=True):
    """A letter is to be sent to an account; `address` is given where the account has lost its own by then."""

    topics = ("mail",)
    occasion: str
    account_id: int
    address: str = ""
    reason: str = ""


class PasswordForgotten(Event, frozen=True, kw_only=True):
    """Somebody asks for a letter with a link for a new password, if an account here has this e-mail address."""

    topics = ("mail",)
    email: str


class ConfirmationForgotten(Event, frozen=True, kw_only=True):
    """Somebody asks again for the letter that confirms this e-mail address, if an account here is to be confirmed."""

    topics = ("mail",)
    email: str


class KeysWanted(Event, frozen=True, kw_only=True):
    """A local account was let in that has no keys, as PieFed leaves those that wait."""

    topics = ("keys",)
    account_id: int


class NewsletterWanted(Event, frozen=True, kw_only=True):
    """A newsletter is to be sent to a member."""

    topics = ("mail",)
    newsletter_id: int
    account_id: int


class InvitationWanted(Event, frozen=True, kw_only=True):
    """A letter is to invite whoever reads an e-mail address into a community; nothing else keeps the address."""

    topics = ("mail",)
    invitation_id: int
    email: str


class PreviewRequested(Event, frozen=True, kw_only=True):
    """A post links to a page or picture that is to be fetched for its preview."""

    topics = ("media",)
    post_id: int


class HistoryRequested(Event, frozen=True, kw_only=True):
    """What was written in a community of another server is to be shown, since somebody here has found it."""

    topics = ("history",)
    community_id: int


class FeedFound(Event, frozen=True, kw_only=True):
    """The communities of another server's feed are to be brought, since somebody here has found it."""

    topics = ("history",)
    feed_id: int


class DiscussionFound(Event, frozen=True, kw_only=True):
    """What was said below something of another server is to be brought, since somebody here has found that."""

    topics = ("history",)
    url: str


class ActorMoved(Event, frozen=True, kw_only=True):
    """A person or community of another server is said to have moved; the new one is asked whether that is so.

    Attributes:
        actor_id: The row of the old one.
        target: The id of the new one.
        by_target: The new one says so: the old one is asked as well.
    """

    topics = ("history",)
    moved: Literal["person", "community"]
    actor_id: int
    target: str
    by_target: bool = False


Wish = Literal["join", "block", "save", "note"]


class WishImported(Event, frozen=True, kw_only=True):
    """Somebody brought settings along that name this address: it is found, and done with what they wish.

    Attributes:
        note: What they wrote down about a person.
    """

    topics = ("history",)
    account_id: int
    wish: Wish
    address: str
    note: str = ""


class UploadReceived(Event, frozen=True, kw_only=True):
    """An upload lies in the store as it was sent, and is to be made into a picture."""

    topics = ("media",)
    file_id: int


class ImagesUnused(Event, frozen=True, kw_only=True):
    """Files of the store lost a use, and perhaps their last one."""

    topics = ("media",)
    paths: list[str]


# What earlier versions called the kinds that may still wait in the outbox.
FORMER_KINDS = {
    "ContentUnwanted": ContentPurgeRequested.__name__,
    "LetterWanted": EmailRequested.__name__,
    "PreviewWanted": PreviewRequested.__name__,
}
