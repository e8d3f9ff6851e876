"""What operations on the site itself, and other servers do."""

from sqlalchemy import text

from service.forum import audit, idempotency, policies, site
from service.forum.accounts.authority import of_viewer
from service.forum.appearance import operations as appearance
from service.forum.attachments import blocked
from service.forum.attachments import operations as attachments
from service.forum.attachments.shapes import WaitingUpload
from service.forum.emoji import operations as emoji
from service.forum.emoji.operations import EmojiChange
from service.forum.events import WishImported
from service.forum.idempotency import IdempotentRequest
from service.forum.instances import operations as instances
from service.forum.instances.choices import Change, Mode
from service.forum.instances.pasted import Entry, Published
from service.forum.letters import operations as letters
from service.forum.letters.rules import Words
from service.forum.luggage import operations as luggage
from service.forum.luggage.shapes import Luggage
from service.forum.newsletters import operations as newsletters
from service.forum.pages import operations as pages
from service.forum.search import Found
from service.forum.tags import operations as tags
from service.forum.websites import operations as websites
from tests.forum.making import DOMAIN
from tests.forum.stated.place import OTHER_IMAGE, Stated, over, then

DONE: dict[str, Stated] = {
    "name the site": Stated(
        lambda s, p: site.change(s, p.admin, {"name": "Pies"}, domain=DOMAIN),
        "site.name; site.updated",
    ),
    "set a policy": Stated(
        lambda s, p: policies.change(
            s, p.admin, {"public_modlog": True, "blocked_phrases": "spam"}, domain=DOMAIN
        ),
        "+ settings; site.blocked_phrases",
    ),
    "store a setting": Stated(
        lambda s, p: site.change_setting(s, p.admin, "some_setting", True),
        "+ settings",
    ),
    "colour the site": Stated(
        lambda s, p: appearance.change(s, p.power, accent="#336699", css=""),
        "+ pieloop.appearance; + audit_log appearance",
    ),
    "make an emoji": Stated(
        lambda s, p: emoji.save(
            s, p.power, None, EmojiChange(token="👍", url="", category="hands", aliases="")
        ),
        "+ emoji; + audit_log emoji_save",
    ),
    "change an emoji": Stated(
        lambda s, p: emoji.save(
            s,
            p.power,
            p.emoji,
            EmojiChange(token=":cat:", url="https://x.example/c.png", category="cats", aliases="kitten"),
        ),
        "+ audit_log emoji_save; emoji.aliases",
    ),
    "delete an emoji": Stated(
        lambda s, p: emoji.delete(s, p.power, p.emoji),
        "- emoji; + audit_log emoji_delete",
    ),
    "write a page": Stated(
        lambda s, p: pages.save(s, p.power, None, title="Terms", url="/terms", body="Be kind", domain=DOMAIN),
        "+ cms_page; + audit_log page_save",
    ),
    "change a page": Stated(
        lambda s, p: pages.save(
            s, p.power, p.page, title="Help", url="/help", body="More help", domain=DOMAIN
        ),
        """
        + audit_log page_save
        cms_page.body; cms_page.body_html; cms_page.edited_at
        """,
    ),
    "delete a page": Stated(
        lambda s, p: pages.delete(s, p.power, p.page),
        "- cms_page; + audit_log page_delete",
    ),
    "change a letter": Stated(
        lambda s, p: letters.save(s, p.power, "activation", Words("Hello", "")),
        "+ pieloop.letter_words; + audit_log letter_save",
    ),
    "reset a letter": Stated(
        lambda s, p: letters.reset(s, p.power, "activation"),
        "- pieloop.letter_words; + audit_log letter_reset",
        after=lambda s, p: letters.save(s, p.power, "activation", Words("Hello", "")),
    ),
    "send a newsletter": Stated(
        lambda s, p: newsletters.send(s, p.power, "News", "All is well.", only_to_oneself=False),
        """
        + pieloop.newsletter
        + audit_log newsletter; + outbox mail NewsletterWanted
        """,
    ),
    "try a newsletter": Stated(
        lambda s, p: newsletters.send(s, p.power, "News", "All is well.", only_to_oneself=True),
        "+ pieloop.newsletter",
    ),
    "get no newsletters": Stated(
        lambda s, p: newsletters.stop(s, p.ben.id),
        "ben.newsletter false",
    ),
    "ban a website": Stated(
        lambda s, p: websites.change(s, p.power, "news.example", {"banned": True}),
        "+ domain; + audit_log website_change",
    ),
    "block a server for all": Stated(
        lambda s, p: instances.change(s, p.power, Change.BLOCK, [Entry("far.example")], own_host=DOMAIN),
        "+ banned_instances; + audit_log instance_block",
    ),
    "allow a server": Stated(
        lambda s, p: instances.change(s, p.power, Change.ALLOW, [Entry("far.example")], own_host=DOMAIN),
        "+ allowed_instances; + audit_log instance_allow",
    ),
    "unblock a server": Stated(
        lambda s, p: instances.change(s, p.power, Change.UNBLOCK, [Entry("far.example")], own_host=DOMAIN),
        "- banned_instances; + audit_log instance_unblock",
        after=lambda s, p: instances.change(
            s, p.power, Change.BLOCK, [Entry("far.example")], own_host=DOMAIN
        ),
    ),
    "talk to listed servers only": Stated(
        lambda s, p: instances.set_mode(s, p.power, Mode.ALLOW),
        "+ settings; + audit_log federation_mode",
    ),
    "silence a server": Stated(
        lambda s, p: instances.silence(s, p.power, "far.example", silenced=True),
        """
        + pieloop.silenced_community
        + audit_log instance_silence
        community.show_all false; community.show_popular false; instance.popular false
        """,
    ),
    "trust a server": Stated(
        lambda s, p: instances.trust(s, p.power, "far.example", trusted=True),
        "+ audit_log instance_trust; instance.trusted true",
    ),
    "note something about a server": Stated(
        lambda s, p: instances.annotate(s, p.power, "far.example", note="Slow", posting_warning="Slow"),
        """
        + audit_log instance_annotate
        instance.admin_note; instance.posting_warning
        """,
    ),
    "try a server again": Stated(
        lambda s, p: instances.retry(s, p.power, "far.example"),
        "+ audit_log instance_retry",
    ),
    "withdraw a server": Stated(
        lambda s, p: instances.withdraw(s, p.power, "far.example"),
        """
        + pieloop.withdrawal
        + audit_log instance_withdraw; + outbox moderate WithdrawalDecided
        """,
        after=lambda s, p: instances.change(
            s, p.power, Change.BLOCK, [Entry("far.example")], own_host=DOMAIN
        ),
    ),
    "follow a list": Stated(
        lambda s, p: instances.follow(s, p.power, "list.example", own_host=DOMAIN),
        "+ defederation_subscription; + audit_log blocklist_follow",
    ),
    "ban a tag": Stated(
        lambda s, p: tags.set_banned(s, p.power, p.tag, banned=True),
        "+ audit_log tag_ban; tag.banned true",
    ),
    "keep a key": Stated(
        lambda s, p: idempotency.claim(s, IdempotentRequest(p.ben.id, "key", "POST /x", "digest")),
        "+ pieloop.idempotency_key",
    ),
    "note an act": Stated(
        lambda s, p: audit.note(s, p.power, "something"),
        "+ audit_log something",
    ),
    "upload a picture": Stated(
        lambda s, p: attachments.keep_upload(s, p.ben.id, OTHER_IMAGE, p.claim),
        """
        + file; + pieloop.picture; + user_file
        pieloop.stored_object.announced_at
        """,
    ),
    "delete a picture": Stated(
        lambda s, p: attachments.delete_upload(s, p.ben, p.file),
        "- file; - pieloop.picture; - user_file; + outbox media ImagesUnused",
    ),
    "take a picture down": Stated(
        lambda s, p: attachments.take_down(s, p.file),
        "- file; - pieloop.picture; - user_file; + outbox media ImagesUnused",
    ),
    "block a picture": Stated(
        lambda s, p: blocked.block(s, p.admin, "0" * 64, "bad", ""),
        "+ blocked_image",
    ),
    "unpack": Stated(
        lambda s, p: luggage.unpack(
            s, p.ben, Luggage(bio="Ben", followed_communities=["https://far.example/c/x"]), domain=DOMAIN
        ),
        """
        + outbox federation ProfileChanged; + outbox history WishImported
        ben.about; ben.about_html; ben.search_vector
        """,
    ),
    "show an icon": Stated(
        lambda s, p: appearance.set_icon(s, of_viewer(p.ben), p.file),
        "+ audit_log appearance; site.icon_id",
    ),
    "receive an upload": Stated(
        lambda s, p: attachments.receive_upload(s, p.ben.id, p.claim, 1000),
        """
        + file; + pieloop.picture; + user_file
        + outbox media UploadReceived
        pieloop.stored_object.announced_at
        """,
    ),
    "finish an upload": Stated(
        lambda s, p, made: attachments.finish_upload(
            s, WaitingUpload(made, p.ben.id, OTHER_IMAGE.path), OTHER_IMAGE, p.claim
        ),
        """
        file.file_name; file.file_path; file.height; file.width; pieloop.picture.kept_at
        pieloop.picture.medium; pieloop.picture.waiting
        """,
        after=lambda s, p: attachments.receive_upload(s, p.ben.id, p.claim, 1000),
    ),
    "refuse an upload": Stated(
        lambda s, p, made: attachments.refuse_upload(
            s, WaitingUpload(made, p.ben.id, OTHER_IMAGE.path), "Broken"
        ),
        """
        + outbox media ImagesUnused
        pieloop.picture.problem; pieloop.picture.size -1000; pieloop.picture.waiting; user_file.size -1000
        """,
        after=lambda s, p: attachments.receive_upload(s, p.ben.id, p.claim, 1000),
    ),
    "note what is not shown any more": Stated(
        lambda s, p: attachments.mark_unused(s),
        "pieloop.picture.unused_since",
        after=lambda s, p: s.execute(
            text(f"UPDATE post SET image_id = {p.file}, deleted = true WHERE id = {p.bens_post}")
        ),
    ),
    "delete what is not shown any more": Stated(
        lambda s, p: attachments.delete_unused(s, 1),
        """
        - file; - pieloop.picture; - user_file
        + outbox federation PostEdited; + outbox media ImagesUnused; + outbox notify PostEdited
        post.image_id
        """,
        after=lambda s, p: over(
            s,
            s.execute(text(f"UPDATE post SET image_id = {p.file}, deleted = true WHERE id = {p.bens_post}")),
            "pieloop.picture",
            "unused_since",
        ),
    ),
    "take over a list": Stated(
        lambda s, p, made: instances.take_over(s, made, [Published("evil.example")], own_host=DOMAIN),
        """
        + banned_instances; + pieloop.followed_list
        + audit_log blocklist_taken_over
        """,
        after=lambda s, p: instances.follow(s, p.power, "list.example", own_host=DOMAIN),
    ),
    "tell what is wrong with a list": Stated(
        lambda s, p, made: instances.tell_problem(s, made, "Nobody answers"),
        "+ pieloop.followed_list",
        after=lambda s, p: instances.follow(s, p.power, "list.example", own_host=DOMAIN),
    ),
    "follow a list no longer": Stated(
        lambda s, p, made: instances.unfollow(s, p.power, made),
        "- defederation_subscription; + audit_log blocklist_unfollow",
        after=lambda s, p: instances.follow(s, p.power, "list.example", own_host=DOMAIN),
    ),
    "forget a server": Stated(
        lambda s, p: instances.forget(s, p.power, "far.example"),
        "- instance_role; + audit_log instance_forget; instance.software",
    ),
    "bring a server back": Stated(
        lambda s, p: instances.bring_back(s, p.power, ["far.example"]),
        """
        + audit_log instance_bring_back; + outbox moderate WithdrawalDecided
        pieloop.withdrawal.removed false
        """,
        after=lambda s, p: then(
            s,
            instances.change(s, p.power, Change.BLOCK, [Entry("far.example")], own_host=DOMAIN),
            instances.withdraw(s, p.power, "far.example"),
        ),
    ),
    "fulfil a wish": Stated(
        lambda s, p: luggage.fulfil(
            s, WishImported(account_id=p.eva.id, wish="join", address="x"), Found("community", p.cats)
        ),
        """
        + community_member
        + outbox federation MembershipChanged
        community.subscriptions_count +1; community.total_subscriptions_count +1
        """,
    ),
}
