"""What operations on messages, reports and what people are told do."""

from service.forum.comments import operations as comments
from service.forum.communities import operations as communities
from service.forum.messages import operations as messages
from service.forum.moderation import content, warnings
from service.forum.notifications import events as notify
from service.forum.notifications import reading, removals, staff
from service.forum.posts import operations as posts
from service.forum.reports import operations as reports
from service.forum.reports.operations import Complaint
from tests.forum.making import DOMAIN
from tests.forum.stated.place import Stated

DONE: dict[str, Stated] = {
    "write a message": Stated(
        lambda s, p: messages.send(s, p.ana, p.eva.id, "Hello", domain=DOMAIN),
        """
        + chat_message; + conversation; + conversation_member
        + outbox federation MessageSent; + outbox notify MessageSent
        """,
    ),
    "answer a message": Stated(
        lambda s, p: messages.send(s, p.ben, p.ana.id, "Hello", domain=DOMAIN),
        """
        + chat_message
        + outbox federation MessageSent; + outbox notify MessageSent
        conversation.updated_at
        """,
    ),
    "change a message": Stated(
        lambda s, p: messages.edit(s, p.ana, p.message, "Hello again", domain=DOMAIN),
        """
        + outbox federation MessageEdited
        chat_message.body; chat_message.body_html; chat_message.edited_at
        """,
    ),
    "delete a message": Stated(
        lambda s, p: messages.set_deleted(s, p.ana, p.message, deleted=True),
        "+ outbox federation MessageDeleted; chat_message.deleted true",
    ),
    "read a message": Stated(
        lambda s, p: messages.mark(s, p.ben, p.message, read=True),
        "chat_message.read true",
    ),
    "read a conversation": Stated(
        lambda s, p: messages.mark_conversation_read(s, p.ben, p.conversation),
        "chat_message.read true",
    ),
    "read all messages": Stated(
        lambda s, p: messages.mark_all_read(s, p.ben),
        "chat_message.read true",
    ),
    "leave a conversation": Stated(
        lambda s, p: messages.leave(s, p.ben, p.conversation),
        "chat_message.read true; conversation_member.joined false",
    ),
    "report a post": Stated(
        lambda s, p: reports.report_post(s, p.ben, p.post, Complaint(reason="Spam")),
        """
        + report
        + outbox federation ReportFiled; + outbox notify ReportFiled
        ana.reports +1; post.reports +1
        """,
    ),
    "report a comment again": Stated(
        lambda s, p: reports.report_comment(s, p.ben, p.comment, Complaint(reason="Spam")),
        "",
    ),
    "report a message": Stated(
        lambda s, p: reports.report_message(s, p.ben, p.message, Complaint(reason="Spam")),
        """
        + report
        + outbox federation ReportFiled; + outbox notify ReportFiled
        ana.reports +1; chat_message.reported true
        """,
    ),
    "report a conversation": Stated(
        lambda s, p: reports.report_conversation(s, p.ben, p.conversation, Complaint(reason="Spam")),
        """
        + report
        + outbox federation ReportFiled; + outbox notify ReportFiled
        conversation.reported true
        """,
    ),
    "report a person": Stated(
        lambda s, p: reports.report_person(s, p.ben, p.ana.id, Complaint(reason="Spam")),
        "+ report; + outbox notify ReportFiled; ana.reports +1",
    ),
    "report a community": Stated(
        lambda s, p: reports.report_community(s, p.ben, p.cats, Complaint(reason="Spam")),
        "+ report; + outbox notify ReportFiled",
    ),
    "settle a report": Stated(
        lambda s, p: reports.set_resolved(s, p.ana, p.report, resolved=True),
        """
        + outbox federation ReportResolved
        ana.reports -1; post_reply.reports -1; report.status +3; report.updated
        """,
    ),
    "hand a report up": Stated(
        lambda s, p: reports.hand_up(s, p.ana, p.report),
        "+ outbox notify ReportHandedUp; report.status +1; report.updated",
    ),
    "dismiss a report": Stated(
        lambda s, p: reports.decide(s, p.ana, p.report, "dismiss"),
        """
        + outbox federation ReportResolved
        ana.reports -1; post_reply.reports -1; report.status +3; report.updated
        """,
    ),
    "ignore reports": Stated(
        lambda s, p: reports.decide(s, p.ana, p.report, "ignore"),
        """
        + outbox federation ReportResolved
        ana.reports -1; post_reply.reports -2; report.status +3; report.updated
        """,
    ),
    "remove what was reported": Stated(
        lambda s, p: reports.decide(s, p.admin, p.report, "remove"),
        """
        + mod_log delete_post_reply; + outbox federation CommentDeleted; + outbox federation ReportResolved
        + outbox notify CommentDeleted
        ana.post_reply_count -1; ana.reports -1; community.post_reply_count -1; post.reply_count -1
        post.reply_count_cross_posted -1; post_reply.deleted true; post_reply.deleted_by
        post_reply.reports -1; report.status +3; report.updated
        """,
    ),
    "lock what was reported": Stated(
        lambda s, p: reports.decide(s, p.ana, p.report, "lock"),
        """
        + mod_log lock_post_reply; + outbox federation CommentModerated; + outbox federation ReportResolved
        ana.reports -1; post_reply.replies_enabled false; post_reply.reports -1; report.status +3
        report.updated
        """,
    ),
    "warn": Stated(
        lambda s, p: warnings.warn(s, p.ana, p.bens_post, reason="Be kind"),
        "+ mod_log warn_post; + outbox notify AuthorWarned",
    ),
    "tell of a comment": Stated(
        lambda s, p: notify.about_comment(s, p.bens_comment, domain=DOMAIN),
        "+ notification; ana.unread_notifications +1",
    ),
    "tell of a message": Stated(
        lambda s, p: notify.about_message(s, p.message),
        "+ notification; ben.unread_notifications +1",
    ),
    "tell of a report": Stated(
        lambda s, p: staff.about_report(s, p.report),
        "+ notification; ana.unread_notifications +1",
    ),
    "read what one was told": Stated(
        lambda s, p: reading.mark_all_read(s, p.ana),
        "ana.unread_notifications -1; notification.read true",
        after=lambda s, p: notify.about_comment(s, p.bens_comment, domain=DOMAIN),
    ),
    "tell of a post": Stated(
        lambda s, p: notify.about_post(s, p.bens_post, domain=DOMAIN),
        "+ notification; eva.unread_notifications +1",
        after=lambda s, p: communities.set_watched(s, p.eva, p.cats, watched=True),
    ),
    "tell of an edited comment": Stated(
        lambda s, p: notify.about_edited_comment(s, p.bens_comment, domain=DOMAIN),
        "+ notification; eva.unread_notifications +1",
        after=lambda s, p: comments.edit(s, p.ben, p.bens_comment, "@eva@pie.example", domain=DOMAIN),
    ),
    "tell of a removed post": Stated(
        lambda s, p: removals.about_removed_post(
            s, {"post_id": p.bens_post, "by_id": p.ana.id, "deleted": True, "removed": True, "reason": ""}
        ),
        "+ notification; ben.unread_notifications +1",
        after=lambda s, p: posts.set_removed(s, p.ana, p.bens_post, removed=True),
    ),
    "remove some of what somebody wrote": Stated(
        lambda s, p: content.remove_some_content(
            s, {"account_id": p.ben.id, "by_id": p.admin.id, "reason": "", "community_id": None}
        ),
        """
        + mod_log delete_post; + mod_log delete_post_reply; + outbox moderate ContentPurgeRequested
        + outbox notify CommentDeleted; + outbox notify PostDeleted
        + outbox federation CommentDeleted; + outbox federation PostDeleted
        ben.post_count -1; ben.post_reply_count -1; community.post_count -1; community.post_reply_count -1
        post.deleted true; post.deleted_by; post.reply_count -1; post.reply_count_cross_posted -1
        post_reply.child_count -1; post_reply.deleted true; post_reply.deleted_by
        """,
    ),
}
