"""The words by which apps choose, as types of requests and answers: made of the forum's tables of choices.

A type is either closed, and another word is refused; or open (`Any…`), as apps have always sent sorts that the list in
question does not have: then another word means the usual.
"""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from service.forum.accounts import choices as accounts
from service.forum.choices import Choice, words_of
from service.forum.comments import choices as comments
from service.forum.communities import choices as communities
from service.forum.feeds import choices as feeds
from service.forum.notifications import choices as notifications
from service.forum.posts import choices as posts
from service.http.answer import one_of


def _one_of(offered: Iterable[Choice]) -> Meta:
    return one_of(words_of(offered))


def _named(offered: Iterable[Choice]) -> Meta:
    words = words_of(offered)
    return Meta(description=f"One of {', '.join(words)}, in any case", examples=list(words))


AIVisibility = Annotated[str, _one_of(accounts.AIVisibility)]
CommentSort = Annotated[str, _one_of(comments.CommentSort)]
DefaultCommentSort = Annotated[str, _one_of(comments.COMMENT_SORT_MENU)]
DefaultSort = Annotated[str, _one_of(feeds.DEFAULT_SORTS)]
DirectorySort = Annotated[str, _one_of(accounts.DirectorySort)]
JoinMode = Annotated[str, _one_of(posts.JoinMode)]
Listing = Annotated[str, _one_of(feeds.Listing)]
MessageAcceptance = Annotated[str, _one_of(accounts.MessageAcceptance)]
NotificationStatus = Annotated[str, _one_of(notifications.NotificationStatus)]
NsfwFilter = Annotated[str, _one_of(feeds.NsfwFilter)]
PollMode = Annotated[str, _one_of(posts.PollMode)]
PostType = Annotated[str, _one_of(posts.PostType)]
RegistrationMode = Annotated[str, _one_of(accounts.RegistrationMode)]
Sort = Annotated[str, _one_of(feeds.Sort)]
Visibility = Annotated[str, _one_of(accounts.Visibility)]

AnyCommentSort = Annotated[str, _named(comments.CommentSort)]
AnyCommunitySort = Annotated[str, _named(communities.CommunitySort)]
AnyListing = Annotated[str, _named(feeds.Listing)]
AnySort = Annotated[str, _named(feeds.Sort)]
