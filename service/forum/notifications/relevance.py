"""Which notifications still matter: the one condition of every list and every count of it."""

from sqlalchemy import ColumnElement, Integer, and_, cast, false, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from service.forum.notifications.rules import ABOUT_CONTENT, MESSAGE, REMINDER
from service.forum.visibility import listed_for
from service.storage.statements import Id
from service.storage.tables import (
    Base,
    ChatMessage,
    Comment,
    Community,
    CommunityBlock,
    CommunityMember,
    DomainBlock,
    InstanceBlock,
    Notification,
    Post,
    User,
    UserBlock,
)


def is_relevant() -> ColumnElement[bool]:
    """SQL: what the notification is about is there, and the one who was told may and wants to see it.

    What moderators and administrators say to somebody always matters.
    """
    about_content = Notification.notif_type.in_((*ABOUT_CONTENT, REMINDER))
    about_message = Notification.notif_type == MESSAGE
    fallen = or_(
        and_(or_(about_content, about_message), author_is_blocked(Notification.user_id)),
        and_(about_content, or_(_comment_is_gone(), _post_is_unwelcome())),
        and_(about_message, _message_is_gone()),
    )
    return ~func.coalesce(fallen, false())


def author_is_blocked(account_id: Id, author_id: Id = Notification.author_id) -> ColumnElement[bool]:
    """SQL: the account wants to hear nothing from the author, or from the author's server."""
    author = aliased(User)
    server = (
        select(author.instance_id).where(author.id == author_id).correlate_except(author).scalar_subquery()
    )
    return or_(
        _any(UserBlock, UserBlock.blocker_id == account_id, UserBlock.blocked_id == author_id),
        _any(InstanceBlock, InstanceBlock.user_id == account_id, InstanceBlock.instance_id == server),
    )


def welcome(account_id: Id) -> list[ColumnElement[bool]]:
    """SQL: the account may read the post and blocked neither its community nor its website; both tables are joined."""
    member = _any(
        CommunityMember,
        CommunityMember.community_id == Community.id,
        CommunityMember.user_id == account_id,
        CommunityMember.is_banned.is_not(True),
    )
    servers = (Post.instance_id, Community.instance_id)
    return [
        listed_for("member", is_member=member),
        ~_any(
            CommunityBlock, CommunityBlock.user_id == account_id, CommunityBlock.community_id == Community.id
        ),
        ~_any(DomainBlock, DomainBlock.user_id == account_id, DomainBlock.domain_id == Post.domain_id),
        ~_any(InstanceBlock, InstanceBlock.user_id == account_id, InstanceBlock.instance_id.in_(servers)),
    ]


def target(name: str) -> ColumnElement[int]:
    """SQL: an id among the targets; NULL where there is none."""
    return cast(Notification.targets.op("->>")(name), Integer)


def _comment_is_gone() -> ColumnElement[bool]:
    there = _any(Comment, Comment.id == target("comment_id"), Comment.deleted.is_not(True))
    return and_(target("comment_id").is_not(None), ~there)


def _post_is_unwelcome() -> ColumnElement[bool]:
    there = (
        select(Post.id)
        .join(Community, Community.id == Post.community_id)
        .where(Post.id == target("post_id"), *welcome(Notification.user_id))
        .correlate_except(Post, Community)
        .exists()
    )
    return and_(target("post_id").is_not(None), ~there)


def _message_is_gone() -> ColumnElement[bool]:
    gone = _any(ChatMessage, ChatMessage.id == target("message_id"), ChatMessage.deleted.is_(True))
    return and_(target("message_id").is_not(None), gone)


def _any(table: type[Base], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """SQL: there is such a row; all else that the conditions name is outside, however deep this stands."""
    return select(literal_column("1")).select_from(table).where(*conditions).correlate_except(table).exists()
