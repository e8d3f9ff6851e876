"""What operations on communities, and what is in them do."""

from service.forum.accounts import operations as accounts
from service.forum.communities import operations as communities
from service.forum.communities.operations import NewCommunity, moving
from service.forum.flairs import operations as flairs
from service.forum.flairs.operations import FlairChanges, NewFlair
from service.forum.wiki import operations as wiki
from service.forum.wiki.operations import PageText
from service.storage.clock import utcnow
from tests.forum.making import DOMAIN, KEYS
from tests.forum.stated.place import LATER, Stated, over, then, value

DONE: dict[str, Stated] = {
    "found a community": Stated(
        lambda s, p: communities.create(
            s, p.ben, NewCommunity(name="birds", title="Birds", keys=KEYS), domain=DOMAIN
        ),
        "+ community; + community_language; + community_member",
    ),
    "change a community": Stated(
        lambda s, p: communities.edit(s, p.ana, p.cats, {"title": "All cats"}, domain=DOMAIN),
        """
        + outbox federation CommunityEdited
        community.search_vector; community.title
        """,
    ),
    "delete a community": Stated(
        lambda s, p: communities.set_deleted(s, p.ana, p.cats, deleted=True),
        """
        + mod_log delete_community; + outbox federation CommunityDeleted; + outbox notify CommunityDeleted
        community.banned true
        """,
    ),
    "administer a community": Stated(
        lambda s, p: communities.administer(s, p.power, p.cats, {"show_popular": False}),
        "+ audit_log community_administer; community.show_popular false",
    ),
    "join": Stated(
        lambda s, p: communities.join(s, p.admin, p.cats),
        """
        + community_member
        + outbox federation MembershipChanged
        community.subscriptions_count +1; community.total_subscriptions_count +1
        """,
    ),
    "join elsewhere": Stated(
        lambda s, p: communities.join(s, p.ben, p.far_cats),
        """
        + community_join_request
        + outbox federation MembershipChanged; + outbox history HistoryRequested
        """,
    ),
    "leave": Stated(
        lambda s, p: communities.leave(s, p.ben, p.cats),
        """
        - community_member
        + outbox federation MembershipChanged
        community.subscriptions_count -1; community.total_subscriptions_count -1
        """,
    ),
    "leave all": Stated(
        lambda s, p: communities.leave_all(s, p.ben, p.ben.id),
        """
        - community_member
        community.subscriptions_count -1; community.total_subscriptions_count -1
        """,
    ),
    "leave what one does not moderate": Stated(
        lambda s, p: communities.leave_unmoderated(s, p.ben),
        """
        - community_member
        + outbox federation MembershipChanged
        community.subscriptions_count -1; community.total_subscriptions_count -1
        """,
    ),
    "watch a community": Stated(
        lambda s, p: communities.set_watched(s, p.ben, p.cats, watched=True),
        "+ notification_subscription",
    ),
    "block a community": Stated(
        lambda s, p: communities.set_blocked(s, p.ben, p.dogs, blocked=True),
        "+ community_block",
    ),
    "block one's own community": Stated(
        lambda s, p: communities.set_blocked(s, p.ben, p.cats, blocked=True),
        "+ community_block",
    ),
    "make a moderator": Stated(
        lambda s, p: communities.set_moderator(s, p.ana, p.cats, p.ben.id, added=True),
        """
        + mod_log add_mod; + outbox federation ModeratorChanged; + outbox notify ModeratorChanged
        community_member.is_moderator true
        """,
    ),
    "make a stranger a moderator": Stated(
        lambda s, p: communities.set_moderator(s, p.ana, p.cats, p.eva.id, added=True),
        """
        + community_member
        + mod_log add_mod; + outbox federation ModeratorChanged; + outbox notify ModeratorChanged
        community.subscriptions_count +1; community.total_subscriptions_count +1
        """,
    ),
    "hand over": Stated(
        lambda s, p: communities.hand_over(s, p.ana, p.cats, p.ben.id),
        """
        community.user_id +1; community_member.is_owner false; community_member.is_owner true
        """,
        after=lambda s, p: communities.set_moderator(s, p.ana, p.cats, p.ben.id, added=True),
    ),
    "ban from the community": Stated(
        lambda s, p: communities.ban_member(s, p.ana, p.cats, p.ben.id),
        """
        + community_ban
        + mod_log ban_user; + outbox federation MemberBanned; + outbox notify MemberBanned
        community.subscriptions_count -1; community.total_subscriptions_count -1
        community_member.is_banned true
        """,
    ),
    "ban a stranger from the community": Stated(
        lambda s, p: communities.ban_member(s, p.ana, p.cats, p.eva.id),
        """
        + community_ban
        + mod_log ban_user; + outbox federation MemberBanned; + outbox notify MemberBanned
        """,
    ),
    "ban from the community with content": Stated(
        lambda s, p: communities.ban_member(s, p.ana, p.cats, p.ben.id, removes_content=True),
        """
        + community_ban
        + mod_log ban_user; + outbox federation MemberBanned; + outbox moderate ContentPurgeRequested
        + outbox notify MemberBanned
        community.subscriptions_count -1; community.total_subscriptions_count -1
        community_member.is_banned true
        """,
    ),
    "invite": Stated(
        lambda s, p: communities.invite(s, p.ana, p.cats, p.eva.id, domain=DOMAIN),
        "+ community_invitation; + outbox notify MemberInvited",
    ),
    "invite an address": Stated(
        lambda s, p: communities.invite_address(s, p.ana, p.cats, "zed@post.example"),
        "+ community_invitation; + outbox mail InvitationWanted",
    ),
    "let somebody in from elsewhere": Stated(
        lambda s, p: communities.receive_follow(s, p.far, p.cats, follow_id="https://far.example/1"),
        """
        + community_member
        + outbox federation FollowAnswered
        community.subscriptions_count +1; community.total_subscriptions_count +1
        """,
    ),
    "let in who asked": Stated(
        lambda s, p: communities.settle_request(s, p.far_cats, accepted=True, account_id=p.ben.id),
        """
        + community_member; - community_join_request
        community.subscriptions_count +1; community.total_subscriptions_count +1
        """,
        after=lambda s, p: communities.join(s, p.ben, p.far_cats),
    ),
    "turn down who asked": Stated(
        lambda s, p: communities.settle_request(s, p.far_cats, accepted=False, account_id=p.ben.id),
        "- community_join_request; + outbox notify MembershipRefused",
        after=lambda s, p: communities.join(s, p.ben, p.far_cats),
    ),
    "have flair": Stated(
        lambda s, p: accounts.set_flair(s, p.ben, p.cats, "Cat"),
        "+ user_flair",
    ),
    "make a flair": Stated(
        lambda s, p: flairs.create(s, p.ana, NewFlair(community_id=p.cats, title="Old cat"), domain=DOMAIN),
        "+ community_flair; + outbox federation CommunityEdited",
    ),
    "change a flair": Stated(
        lambda s, p: flairs.edit(s, p.ana, p.flair, FlairChanges(title="Tom")),
        "+ outbox federation CommunityEdited; community_flair.flair",
    ),
    "remove a flair": Stated(
        lambda s, p: flairs.remove(s, p.ana, p.flair),
        "- community_flair; - post_flair; + outbox federation CommunityEdited",
        after=lambda s, p: flairs.assign(s, p.ben, p.bens_post, [p.flair]),
    ),
    "write a wiki page": Stated(
        lambda s, p: wiki.add(
            s, p.ana, p.cats, PageText(title="Food", slug="food", body="Fish"), domain=DOMAIN
        ),
        "+ community_wiki_page; + community_wiki_page_revision",
    ),
    "change a wiki page": Stated(
        lambda s, p: wiki.edit(
            s,
            p.ana,
            p.cats,
            p.wiki_page,
            PageText(title="Rules", slug="rules", body="Be kinder"),
            domain=DOMAIN,
        ),
        """
        + community_wiki_page_revision
        community_wiki_page.body; community_wiki_page.body_html; community_wiki_page.edited_at
        """,
    ),
    "revert a wiki page": Stated(
        lambda s, p: wiki.revert(s, p.ana, p.cats, p.wiki_page, p.wiki_revision, domain=DOMAIN),
        """
        + community_wiki_page_revision
        community_wiki_page.body; community_wiki_page.body_html; community_wiki_page.edited_at
        """,
        after=lambda s, p: wiki.edit(
            s,
            p.ana,
            p.cats,
            p.wiki_page,
            PageText(title="Rules", slug="rules", body="Be kinder"),
            domain=DOMAIN,
        ),
    ),
    "remove a wiki page": Stated(
        lambda s, p: wiki.remove(s, p.ana, p.cats, p.wiki_page),
        "- community_wiki_page; - community_wiki_page_revision",
    ),
    "join through a feed": Stated(
        lambda s, p: communities.join_through_feed(s, p.eva.id, p.feed),
        """
        + community_member
        + outbox federation MembershipChanged
        community.subscriptions_count +1; community.total_subscriptions_count +1
        """,
    ),
    "leave what a feed led to": Stated(
        lambda s, p: communities.leave_those_of_feeds(s, p.eva.id, [p.cats]),
        """
        - community_member
        + outbox federation MembershipChanged
        community.subscriptions_count -1; community.total_subscriptions_count -1
        """,
        after=lambda s, p: communities.join_through_feed(s, p.eva.id, p.feed),
    ),
    "move members": Stated(
        lambda s, p: moving.move_members(s, p.cats, p.dogs, most=10),
        """
        + community_member; - community_member
        + outbox federation MembershipChanged
        community.subscriptions_count +1; community.subscriptions_count -1
        community.total_subscriptions_count +1; community.total_subscriptions_count -1
        """,
    ),
    "succeed": Stated(
        lambda s, p: moving.succeed(s, p.cats, p.dogs),
        "+ pieloop.successor",
    ),
    "end bans that are over": Stated(
        lambda s, p: communities.end_expired_bans(s),
        """
        community.subscriptions_count +1; community.total_subscriptions_count +1
        community_member.is_banned false
        """,
        after=lambda s, p: over(
            s,
            communities.ban_member(s, p.ana, p.cats, p.ben.id, until=utcnow() + LATER),
            "community_ban",
            "ban_until",
        ),
    ),
    "accept an invitation": Stated(
        lambda s, p, made: communities.accept_invitation(s, p.eva, made),
        """
        + community_member; - community_invitation
        + outbox federation MembershipChanged
        community.subscriptions_count +1; community.total_subscriptions_count +1
        """,
        after=lambda s, p: then(
            s,
            communities.invite(s, p.ana, p.cats, p.eva.id, domain=DOMAIN),
            value(s, "SELECT token FROM community_invitation"),
        ),
    ),
    "decline an invitation": Stated(
        lambda s, p, made: communities.decline_invitation(s, p.eva, made),
        "- community_invitation",
        after=lambda s, p: then(
            s,
            communities.invite(s, p.ana, p.cats, p.eva.id, domain=DOMAIN),
            value(s, "SELECT token FROM community_invitation"),
        ),
    ),
    "withdraw an invitation": Stated(
        lambda s, p, made: communities.withdraw_invitation(s, p.ana, made),
        "- community_invitation",
        after=lambda s, p: then(
            s,
            communities.invite(s, p.ana, p.cats, p.eva.id, domain=DOMAIN),
            value(s, "SELECT id FROM community_invitation"),
        ),
    ),
    "admit": Stated(
        lambda s, p: communities.admit(s, p.eva.id, p.cats),
        """
        + community_member
        community.subscriptions_count +1; community.total_subscriptions_count +1
        """,
    ),
}
