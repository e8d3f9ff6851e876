"""What operations on accounts do."""

from sqlalchemy import text

from service.forum.accounts import operations as accounts
from service.forum.accounts.choices import Role
from service.forum.accounts.looks import Look, Theme
from service.forum.accounts.operations import Act, ExtraFieldChange, FilterChange, SettingsChange
from service.forum.accounts.operations import moving as account_moving
from service.forum.accounts.tokens import hash_of
from service.forum.notifications import events as notify
from service.forum.posts import operations as posts
from service.forum.posts.operations import NewPost
from service.storage.clock import utcnow
from tests.forum.making import DOMAIN
from tests.forum.stated.place import LATER, Stated, over, then, value

DONE: dict[str, Stated] = {
    "change one's profile": Stated(
        lambda s, p: accounts.edit(s, p.ben, {"about": "Ben"}, domain=DOMAIN),
        """
        + outbox federation ProfileChanged
        ben.about; ben.about_html; ben.search_vector
        """,
    ),
    "change a setting": Stated(
        lambda s, p: accounts.edit(s, p.ben, {"hide_read_posts": True}, domain=DOMAIN),
        "ben.hide_read_posts true",
    ),
    "choose how pages look": Stated(
        lambda s, p: accounts.choose_look(s, p.ben, Look(theme=Theme.DARK)),
        "+ pieloop.account_look",
    ),
    "choose another look": Stated(
        lambda s, p: accounts.choose_look(s, p.ben, Look(theme=Theme.BLACK)),
        "pieloop.account_look.words",
        after=lambda s, p: accounts.choose_look(s, p.ben, Look(theme=Theme.DARK)),
    ),
    "show an avatar": Stated(
        lambda s, p: accounts.set_picture(s, p.ben, "avatar", p.file),
        "+ outbox federation ProfileChanged; ben.avatar_id",
    ),
    "add a filter": Stated(
        lambda s, p: accounts.add_filter(s, p.ben, FilterChange(title="Cats", keywords="cats")),
        "+ filter",
    ),
    "change a filter": Stated(
        lambda s, p: accounts.edit_filter(s, p.ben, p.filter, FilterChange(title="Dogs", keywords="puppies")),
        "filter.keywords",
    ),
    "delete a filter": Stated(
        lambda s, p: accounts.delete_filter(s, p.ben, p.filter),
        "- filter",
    ),
    "block": Stated(
        lambda s, p: accounts.block(s, p.ana, p.ben.id),
        "+ user_block",
    ),
    "block a follower": Stated(
        lambda s, p: accounts.block(s, p.ana, p.ben.id),
        "+ user_block; - user_follower",
        after=lambda s, p: accounts.follow(s, p.ben, p.ana.id),
    ),
    "block a server": Stated(
        lambda s, p: accounts.block_instance(s, p.ben, p.far.instance_id, blocked=True),
        "+ instance_block",
    ),
    "block a website": Stated(
        lambda s, p: accounts.block_domain(s, p.ben, "news.example", blocked=True),
        "+ domain_block",
        after=lambda s, p: posts.publish(
            s, p.ana, NewPost(community_id=p.cats, title="New", url="https://news.example/1"), domain=DOMAIN
        ),
    ),
    "follow": Stated(
        lambda s, p: accounts.follow(s, p.ben, p.ana.id),
        "+ user_follower; + outbox federation PersonFollowed",
    ),
    "follow elsewhere": Stated(
        lambda s, p: accounts.follow(s, p.ben, p.far.id),
        """
        + user_follow_request; + user_follower
        + outbox federation PersonFollowed
        """,
    ),
    "follow no longer": Stated(
        lambda s, p: accounts.unfollow(s, p.ben, p.ana.id),
        "- user_follower; + outbox federation PersonFollowed",
        after=lambda s, p: accounts.follow(s, p.ben, p.ana.id),
    ),
    "be followed from elsewhere": Stated(
        lambda s, p: accounts.receive_follow(s, p.far, p.ana.id, follow_id="https://far.example/1"),
        "+ user_follower; + outbox federation FollowAnswered",
    ),
    "put off a follower": Stated(
        lambda s, p: accounts.refuse_follower(s, p.ana, p.ben.id),
        "- user_follower",
        after=lambda s, p: accounts.follow(s, p.ben, p.ana.id),
    ),
    "be accepted elsewhere": Stated(
        lambda s, p: accounts.settle_follow(s, p.far, p.ben.id, accepted=True),
        "- user_follow_request; user_follower.is_accepted true",
        after=lambda s, p: accounts.follow(s, p.ben, p.far.id),
    ),
    "be refused elsewhere": Stated(
        lambda s, p: accounts.settle_follow(s, p.far, p.ben.id, accepted=False),
        "- user_follow_request; - user_follower",
        after=lambda s, p: accounts.follow(s, p.ben, p.far.id),
    ),
    "note something about somebody": Stated(
        lambda s, p: accounts.set_note(s, p.ben, p.ana.id, "Kind"),
        "+ user_note",
    ),
    "watch somebody": Stated(
        lambda s, p: accounts.set_watched(s, p.ben, p.ana.id, watched=True),
        "+ notification_subscription",
    ),
    "ask to leave": Stated(
        lambda s, p: accounts.ask_to_leave(s, p.ben, removes_content=False),
        "+ pieloop.departure; + outbox mail EmailRequested",
    ),
    "stay": Stated(
        lambda s, p: accounts.stay(s, p.ben),
        "- pieloop.departure",
        after=lambda s, p: accounts.ask_to_leave(s, p.ben, removes_content=False),
    ),
    "delete one's account": Stated(
        lambda s, p: accounts.delete_account(s, p.ben, p.ben.id),
        """
        + pieloop.token_end; - community_member; - reminder
        + outbox federation AccountDeleted
        ben.deleted true; ben.deleted_by; ben.email; ben.ip_address; ben.keywords; ben.password_hash
        ben.password_updated_at; ben.title; community.subscriptions_count -1
        community.total_subscriptions_count -1
        """,
    ),
    "delete one's account with content": Stated(
        lambda s, p: accounts.delete_account(s, p.ben, p.ben.id, removes_content=True),
        """
        + pieloop.token_end; - community_member; - reminder
        + outbox federation AccountDeleted; + outbox moderate ContentPurgeRequested
        ben.deleted true; ben.deleted_by; ben.email; ben.ip_address; ben.keywords; ben.password_hash
        ben.password_updated_at; ben.title; community.subscriptions_count -1
        community.total_subscriptions_count -1
        """,
    ),
    "stop letters": Stated(
        lambda s, p: accounts.stop_unread_letters(s, p.ben.id, None),
        "ben.email_unread false",
    ),
    "ban from the site": Stated(
        lambda s, p: accounts.ban(s, p.admin, p.ben.id),
        """
        + pieloop.token_end
        + mod_log ban_user; + outbox federation AccountBanned
        ben.banned true
        """,
    ),
    "ban from the site who is signed in": Stated(
        lambda s, p: accounts.ban(s, p.admin, p.ben.id),
        """
        + pieloop.token_end; - pieloop.session
        + mod_log ban_user; + outbox federation AccountBanned
        ben.banned true
        """,
        after=lambda s, p: accounts.start_session(s, p.ben.id, hash_of("token"), checked_hash="scrypt:none"),
    ),
    "ban from the site with content": Stated(
        lambda s, p: accounts.ban(s, p.admin, p.ben.id, removes_content=True),
        """
        + pieloop.token_end
        + mod_log ban_user; + outbox federation AccountBanned
        ben.banned true
        """,
    ),
    "ban with the address": Stated(
        lambda s, p: accounts.ban_with_address(s, p.admin, p.ben.id),
        """
        + ip_ban; + pieloop.token_end; - pieloop.session
        + mod_log ban_user; + outbox federation AccountBanned
        ben.banned true
        """,
        after=lambda s, p: accounts.start_session(
            s, p.ben.id, hash_of("token"), checked_hash="scrypt:none", address="203.0.113.7"
        ),
    ),
    "ban an address": Stated(
        lambda s, p: accounts.ban_address(s, p.power, "203.0.113.7"),
        "+ ip_ban; + audit_log address_ban",
    ),
    "ban from another server": Stated(
        lambda s, p: accounts.ban_from_instance(s, p.keeper, p.ben.id),
        "+ instance_ban; + outbox notify BannedElsewhere",
    ),
    "disable": Stated(
        lambda s, p: accounts.perform(s, p.power, "disable", p.ben.id, Act()),
        """
        + pieloop.disabled_account; + pieloop.token_end
        + audit_log user_disable
        ben.verified false
        """,
    ),
    "enable": Stated(
        lambda s, p: accounts.perform(s, p.power, "enable", p.ben.id, Act()),
        """
        - pieloop.disabled_account
        + audit_log user_enable
        ben.verified true
        """,
        after=lambda s, p: accounts.perform(s, p.power, "disable", p.ben.id, Act()),
    ),
    "ban and tell": Stated(
        lambda s, p: accounts.perform(s, p.power, "ban", p.ben.id, Act(tell=True)),
        """
        + pieloop.token_end
        + audit_log user_ban; + mod_log ban_user; + outbox federation AccountBanned
        + outbox mail EmailRequested
        ben.banned true
        """,
    ),
    "delete somebody": Stated(
        lambda s, p: accounts.perform(s, p.power, "delete", p.ben.id, Act(tell=True)),
        """
        + pieloop.token_end; - community_member; - reminder
        + audit_log user_delete; + mod_log delete_user; + outbox federation AccountDeleted
        + outbox mail EmailRequested
        ben.deleted true; ben.deleted_by; ben.email; ben.ip_address; ben.keywords; ben.password_hash
        ben.password_updated_at; ben.title; community.subscriptions_count -1
        community.total_subscriptions_count -1
        """,
    ),
    "change somebody's account": Stated(
        lambda s, p: accounts.update_account(s, p.power, p.ben.id, {"ban_posts": True}, domain=DOMAIN),
        "+ audit_log user_update; ben.ban_posts true",
    ),
    "make an administrator": Stated(
        lambda s, p: accounts.set_role(s, p.power, p.ben.id, Role.ADMINISTRATOR, held=True),
        "+ user_role; + audit_log user_roles",
    ),
    "let a role do less": Stated(
        lambda s, p: accounts.set_permissions(s, p.power, Role.STAFF, []),
        "- role_permission; + audit_log permissions",
    ),
    "move followers": Stated(
        lambda s, p: account_moving.move_followers(s, p.ana.id, p.eva.id, most=10),
        "+ user_follower; - user_follower; + outbox federation PersonFollowed",
        after=lambda s, p: accounts.follow(s, p.ben, p.ana.id),
    ),
    "enable who was disabled for a time": Stated(
        lambda s, p: accounts.enable_expired(s),
        "- pieloop.disabled_account; ben.verified true",
        after=lambda s, p: over(
            s,
            accounts.perform(s, p.power, "disable", p.ben.id, Act(until=utcnow() + LATER)),
            "pieloop.disabled_account",
            "expires_at",
        ),
    ),
    "delete who asked to leave": Stated(
        lambda s, p: accounts.delete_departed(s),
        """
        + pieloop.token_end; - community_member; - pieloop.departure; - reminder
        + outbox federation AccountDeleted
        ben.deleted true; ben.deleted_by; ben.email; ben.ip_address; ben.keywords; ben.password_hash
        ben.password_updated_at; ben.title; community.subscriptions_count -1
        community.total_subscriptions_count -1
        """,
        after=lambda s, p: over(
            s, accounts.ask_to_leave(s, p.ben, removes_content=False), "pieloop.departure", "due_at"
        ),
    ),
    "save one's settings": Stated(
        lambda s, p: accounts.save_settings(
            s,
            p.ben,
            SettingsChange(
                columns={"about": "Ben"}, extra_fields=[ExtraFieldChange(label="Web", text="b.example")]
            ),
            domain=DOMAIN,
            origin="https://pie.example",
        ),
        """
        + user_extra_field
        + outbox federation ProfileChanged
        ben.about; ben.about_html; ben.search_vector
        """,
    ),
    "accept a follower": Stated(
        lambda s, p: accounts.accept_follower(s, p.ana, p.far.id),
        "- user_follow_request; + outbox federation FollowAnswered",
        after=lambda s, p: s.execute(
            text(f"INSERT INTO user_follow_request (user_id, follow_id) VALUES ({p.far.id}, {p.ana.id})")
        ),
    ),
    "be let back in elsewhere": Stated(
        lambda s, p: accounts.unban_from_instance(s, p.keeper, p.ben.id),
        "- instance_ban; + outbox notify BannedElsewhere",
        after=lambda s, p: accounts.ban_from_instance(s, p.keeper, p.ben.id),
    ),
    "let an address in again": Stated(
        lambda s, p, made: accounts.allow_address(s, p.power, made),
        "- ip_ban; + audit_log address_unban",
        after=lambda s, p: then(
            s, accounts.ban_address(s, p.power, "203.0.113.7"), value(s, "SELECT id FROM ip_ban")
        ),
    ),
    "write to who has unread": Stated(
        lambda s, p: accounts.want_unread_letters(s),
        "+ outbox mail EmailRequested; ben.email_unread_sent true",
        after=lambda s, p: then(
            s,
            notify.about_message(s, p.message),
            s.execute(text("UPDATE \"user\" SET last_seen = now() - interval '5 days'")),
        ),
    ),
}
