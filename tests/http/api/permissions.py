"""The table of permissions: for each operation of the API what is sent about somebody else's things, and who may.

The things are those of `small_world`. A row is named as its operation; where an operation has several rows, words
behind the name tell them apart.
"""

from dataclasses import dataclass
from typing import Any

from tests.http.api.small_world import ROLES, Answer, Facts

Roles = frozenset[str]


def who(*roles: str) -> Roles:
    """Return a set of roles."""
    assert set(roles) <= ROLES
    return frozenset(roles)


# A token of somebody who is banned from the site opens nothing, not even what is for everybody.
NOBODY = who()
OWNER, STAFF, OUTCAST = who("owner"), who("administrator"), who("outcast")
FOUNDER = OWNER | STAFF
MODERATORS = FOUNDER | who("moderator")
INSIDE = MODERATORS | who("member")
JOINED = INSIDE - STAFF
WELCOME = INSIDE | who("stranger", "neighbour")
SIGNED_IN = WELCOME | OUTCAST
STRANGERS = who("anonymous")  # who have nothing of their own, and are shown all
EVERYBODY = SIGNED_IN | STRANGERS
# Lists from everywhere have nothing from where the viewer is banned.
UNTROUBLED = EVERYBODY - OUTCAST


@dataclass(frozen=True)
class Its:
    """The name of a thing of the place in which a row is tried."""

    name: str


@dataclass(frozen=True)
class Row:
    """What is sent, and who may.

    Attributes:
        in_open: who may in the open place.
        in_private: who may in the private place; None where the row has nothing to do with places.
        sent: the query or body; an `Its` stands for a thing of the place.
        sign: what only those see who may; None where who may not is refused.
    """

    in_open: Roles
    in_private: Roles | None
    sent: Facts
    sign: "str | Its | None" = None

    def about(self, facts: Facts) -> Facts:
        """Return what is sent in a place."""
        return {name: filled(value, facts) for name, value in self.sent.items()}

    def is_given(self, answer: Answer, facts: Facts) -> bool:
        """Whether somebody got in a place what they asked for."""
        return answer.done if self.sign is None else filled(self.sign, facts) in answer.text


def filled(value: Any, facts: Facts) -> Any:
    """Return the value, or what it stands for in a place."""
    if isinstance(value, list):
        return [filled(one, facts) for one in value]
    return facts[value.name] if isinstance(value, Its) else value


def does(in_open: Roles, in_private: Roles | None = None, /, **sent: Any) -> Row:
    """Return a row that is done for those who may."""
    return Row(in_open, in_private, sent)


def shows(
    in_open: Roles, in_private: Roles | None = None, /, *, sign: str | Its = Its("word"), **sent: Any
) -> Row:
    """Return a row in whose answer those who may see the word of the place, or another sign."""
    return Row(in_open, in_private, sent, sign)


COMMUNITY, NAME, POST, COMMENT = Its("community"), Its("name"), Its("post"), Its("comment")
POLL, FLAIR, FEED, ANSWER, WORD = Its("poll"), Its("flair"), Its("feed"), Its("answer"), Its("word")
OWNER_ID, FRIEND_ID = Its("owner_id"), Its("friend_id")
LETTER, MAIL, TALK, LETTERS = Its("letter"), Its("mail"), Its("talk"), Its("letters")
UPLOAD, UPLOAD_URL, APPLICANT_ID = Its("upload"), Its("upload_url"), Its("applicant_id")
OTHER_NAME = "something_new"

SITE = {
    "GET /site": does(EVERYBODY),
    "GET /site/version": does(EVERYBODY),
    "GET /site/instance_chooser": does(EVERYBODY),
    "GET /site/instance_chooser_search": does(EVERYBODY),
    "GET /federated_instances": does(EVERYBODY),
    "GET /topic/list": shows(EVERYBODY, INSIDE),
    "GET /modlog": shows(EVERYBODY, INSIDE),
    "GET /modlog of a post": shows(EVERYBODY, INSIDE, post_id=POST),
    "GET /search for posts": shows(UNTROUBLED, INSIDE, q=WORD, type_="Posts"),
    "GET /search for an address": shows(UNTROUBLED, INSIDE, q=Its("link"), type_="Url"),
    "GET /search for comments": shows(UNTROUBLED, INSIDE, q=WORD, type_="Comments"),
    "GET /search for communities": shows(EVERYBODY, INSIDE, q=WORD, type_="Communities"),
    "GET /search in a community": shows(EVERYBODY, INSIDE, q=WORD, type_="Posts", community_name=NAME),
    "GET /search for people": shows(EVERYBODY, sign="'owner'", q="owner", type_="Users"),
    "GET /resolve_object of a post": shows(EVERYBODY, INSIDE, q=Its("post_url")),
    "GET /resolve_object of a comment": shows(EVERYBODY, INSIDE, q=Its("comment_url")),
    "GET /resolve_object of a community": shows(EVERYBODY, INSIDE, q=Its("handle")),
    "GET /resolve_object of a feed": shows(EVERYBODY, OWNER, q=Its("feed_handle")),
    "GET /suggest_completion": shows(EVERYBODY, INSIDE, q=WORD),
    "POST /site/block": does(NOBODY, instance_id=1, block=True),
    "POST /domain/block": does(SIGNED_IN, SIGNED_IN, domain="wombat.example", block=True),
}
ACCOUNT = {
    "POST /user/login": does(NOBODY, username="owner", password="guessed at last"),
    "POST /user/verify_credentials": does(NOBODY, username="owner", password="guessed at last"),
    "POST /user/logout": does(SIGNED_IN),
    "GET /user/get_captcha": does(EVERYBODY),
    "GET /api/alpha/user/get_captcha": does(EVERYBODY),
    "POST /user/register": does(NOBODY, username="new", password="a" * 9, password_verify="a" * 9),
    "POST /api/alpha/user/register": does(NOBODY, username="new", password="a" * 9, password_verify="a" * 9),
    "GET /user/me": shows(JOINED, JOINED),
    "PUT /user/save_user_settings": does(OWNER, avatar=UPLOAD_URL),
    "GET /user/media": shows(OWNER, sign=UPLOAD),
    "POST /image/delete": does(OWNER, file=UPLOAD),
    "POST /upload/image": does(NOBODY),
    "POST /upload/community_image": does(NOBODY),
    "POST /upload/user_image": does(NOBODY),
    "GET /user/notifications": shows(OWNER, OWNER, sign=Its("told")),
    "GET /user/notifications_count": does(SIGNED_IN),
    "GET /user/unread_count": does(SIGNED_IN),
    "PUT /user/notification_state": does(OWNER, OWNER, notif_id=Its("notification"), read_state=True),
    "PUT /user/mark_all_notifications_read": does(SIGNED_IN),
    "POST /user/mark_all_as_read": does(SIGNED_IN),
    "GET /user/replies": shows(OWNER, OWNER),
    "GET /user/mentions": shows(OWNER, OWNER),
    "GET /user/stream": does(NOBODY),
    "GET /user/report_count": does(SIGNED_IN),
}
PEOPLE = {
    "GET /user": shows(EVERYBODY, INSIDE, person_id=OWNER_ID, include_content="true"),
    "GET /user by name": shows(EVERYBODY, INSIDE, username="owner", include_content="true"),
    "GET /user in a community": shows(
        EVERYBODY, INSIDE, person_id=FRIEND_ID, community_id=COMMUNITY, include_content="true"
    ),
    "GET /user who applies": does(STAFF, person_id=APPLICANT_ID),
    "POST /user/block": does(SIGNED_IN - OWNER, person_id=OWNER_ID, block=True),
    "POST /user/block of who applies": does(STAFF, person_id=APPLICANT_ID, block=True),
    "PUT /user/subscribe": does(SIGNED_IN - OWNER, person_id=OWNER_ID, subscribe=True),
    "PUT /user/subscribe to who applies": does(STAFF, person_id=APPLICANT_ID, subscribe=True),
    "POST /user/note": does(SIGNED_IN, person_id=OWNER_ID, note="Nice"),
    "POST /user/note on who applies": does(STAFF, person_id=APPLICANT_ID, note="Nice"),
    "POST /user/follow": does(SIGNED_IN - OWNER, user_id=OWNER_ID),
    "POST /user/follow of who applies": does(STAFF, user_id=APPLICANT_ID),
    "POST /user/unfollow": does(SIGNED_IN, user_id=OWNER_ID),
    "POST /user/set_flair": does(WELCOME, INSIDE, community_id=COMMUNITY, flair_text="Nice"),
    "POST /user/ban": does(STAFF, person_id=FRIEND_ID, reason="Enough"),
    "POST /user/unban": does(STAFF, person_id=Its("banned_id")),
    "GET /admin/registration_application/list": shows(STAFF, sign="applicant"),
    "PUT /admin/registration_application/approve": does(STAFF, user_id=APPLICANT_ID, approve=True),
}
MESSAGES = {
    "GET /private_message/list": shows(OWNER, sign=LETTERS),
    "GET /private_message/conversation": shows(OWNER, sign=LETTERS, conversation_id=TALK),
    "GET /private_message/conversation with a person": shows(OWNER, sign=LETTERS, person_id=FRIEND_ID),
    "POST /private_message": does(SIGNED_IN, recipient_id=FRIEND_ID, content="Hello"),
    "PUT /private_message": does(OWNER, private_message_id=LETTER, content="Changed"),
    "POST /private_message/delete": does(OWNER, private_message_id=LETTER, deleted=True),
    "POST /private_message/mark_as_read": does(OWNER, private_message_id=MAIL, read=True),
    "POST /private_message/report": does(OWNER, private_message_id=MAIL, reason="Rude"),
    "GET /private_message/report/list": shows(STAFF, sign=LETTERS),
    "PUT /private_message/report/resolve": does(STAFF, report_id=Its("letter_report"), resolved=True),
    "POST /private_message/conversation/leave": does(OWNER, conversation_id=TALK),
    "POST /private_message/conversation/report": does(OWNER, conversation_id=TALK, reason="Rude"),
    "GET /private_message/conversation/report/list": shows(STAFF, sign=LETTERS),
    "PUT /private_message/conversation/report/resolve": does(
        STAFF, report_id=Its("talk_report"), resolved=True
    ),
}
COMMUNITIES = {
    "GET /community": shows(EVERYBODY, INSIDE, id=COMMUNITY),
    "GET /community by name": shows(EVERYBODY, INSIDE, name=NAME),
    "GET /community/list": shows(EVERYBODY, INSIDE),
    "GET /community/list of one's own": shows(JOINED | STRANGERS, JOINED, type_="Subscribed"),
    "POST /community": does(SIGNED_IN, name=OTHER_NAME, title="New"),
    "PUT /community": does(MODERATORS, MODERATORS, community_id=COMMUNITY, title="New"),
    "PUT /community with a picture": does(OWNER, OWNER, community_id=COMMUNITY, icon_url=UPLOAD_URL),
    "POST /community/delete": does(FOUNDER, FOUNDER, community_id=COMMUNITY, deleted=True),
    "POST /community/follow": does(WELCOME, JOINED, community_id=COMMUNITY, follow=True),
    "POST /community/follow no longer": does(
        SIGNED_IN - OWNER, INSIDE - OWNER, community_id=COMMUNITY, follow=False
    ),
    "POST /community/leave_all": does(SIGNED_IN),
    "PUT /community/subscribe": does(WELCOME, INSIDE, community_id=COMMUNITY, subscribe=True),
    "POST /community/block": does(SIGNED_IN, INSIDE, community_id=COMMUNITY, block=True),
    "POST /community/mod": does(FOUNDER, FOUNDER, community_id=COMMUNITY, person_id=FRIEND_ID, added=True),
    "GET /community/moderate/bans": shows(MODERATORS, MODERATORS, community_id=COMMUNITY),
    "POST /community/mod of who applies": does(
        STAFF, STAFF, community_id=COMMUNITY, person_id=APPLICANT_ID, added=True
    ),
    "POST /community/moderate/ban of who applies": does(
        STAFF, STAFF, community_id=COMMUNITY, user_id=APPLICANT_ID, reason="Rude"
    ),
    "POST /community/moderate/ban": does(
        MODERATORS, MODERATORS, community_id=COMMUNITY, user_id=FRIEND_ID, reason="Rude"
    ),
    "PUT /community/moderate/unban": does(
        MODERATORS, MODERATORS, community_id=COMMUNITY, user_id=Its("outcast_id")
    ),
    "POST /community/moderate/post/nsfw": does(MODERATORS, MODERATORS, post_id=POST, nsfw_status=True),
    "POST /community/flair": does(MODERATORS, MODERATORS, community_id=COMMUNITY, flair_title="New"),
    "PUT /community/flair": does(MODERATORS, MODERATORS, flair_id=FLAIR, flair_title="Changed"),
    "POST /community/flair/delete": does(MODERATORS, MODERATORS, flair_id=FLAIR),
}
FEEDS = {
    "GET /feed": shows(EVERYBODY, OWNER, id=FEED),
    "GET /feed by name": shows(EVERYBODY, OWNER, name=Its("feed_name")),
    "GET /feed/list": shows(EVERYBODY, OWNER),
    "POST /feed": does(SIGNED_IN, JOINED, name=OTHER_NAME, title="New", communities=NAME),
    "PUT /feed": does(OWNER, OWNER, feed_id=FEED, title="New"),
    "POST /feed/delete": does(OWNER, OWNER, feed_id=FEED, deleted=True),
    "POST /feed/follow": does(SIGNED_IN, OWNER, feed_id=FEED, follow=True),
}
POSTS = {
    "GET /post": shows(EVERYBODY, INSIDE, id=POST),
    "GET /post with the same address": shows(EVERYBODY, INSIDE, id=Its("twin")),
    "GET /post/list": shows(UNTROUBLED, INSIDE),
    "GET /post/list of a community": shows(EVERYBODY, INSIDE, community_id=COMMUNITY),
    "GET /post/list of a community's name": shows(EVERYBODY, INSIDE, community_name=NAME),
    "GET /post/list of a person": shows(EVERYBODY, INSIDE, person_id=OWNER_ID),
    "GET /post/list of a topic": shows(UNTROUBLED, INSIDE, topic_id=Its("topic")),
    "GET /post/list of a feed": shows(UNTROUBLED, OWNER, feed_id=FEED),
    "GET /post/list by words": shows(UNTROUBLED, INSIDE, q=WORD),
    "GET /post/list of one's own communities": shows(JOINED | STRANGERS, JOINED, type_="Subscribed"),
    "GET /post/list of what was saved": shows(OWNER | STRANGERS, OWNER, saved_only="true"),
    "GET /post/list2": shows(UNTROUBLED, INSIDE),
    "GET /post/list2 of a community": shows(EVERYBODY, INSIDE, community_id=COMMUNITY),
    "GET /post/replies": shows(EVERYBODY, INSIDE, post_id=POST),
    "GET /post/replies to a comment": shows(EVERYBODY, INSIDE, parent_id=COMMENT),
    "GET /post/site_metadata": does(NOBODY, url="http://127.0.0.1/"),
    "POST /post": does(WELCOME, INSIDE, community_id=COMMUNITY, title="New"),
    "PUT /post": does(OWNER, OWNER, post_id=POST, title="Changed"),
    "POST /post/delete": does(OWNER, OWNER, post_id=POST, deleted=True),
    "POST /post/like": does(WELCOME, INSIDE, post_id=POST, score=1),
    "PUT /post/save": does(SIGNED_IN, INSIDE, post_id=POST, save=True),
    "PUT /post/save no longer": does(SIGNED_IN, INSIDE, post_id=POST, save=False),
    "POST /post/hide": does(SIGNED_IN, INSIDE, post_id=POST, hidden=True),
    "PUT /post/subscribe": does(SIGNED_IN, INSIDE, post_id=POST, subscribe=True),
    "POST /post/mark_as_read": does(SIGNED_IN, SIGNED_IN, post_ids=[POST], read=True),
    "POST /post/poll_vote": does(WELCOME, INSIDE, post_id=POLL, choice_id=[Its("choice")]),
    "POST /post/remove": does(MODERATORS, MODERATORS, post_id=POST, removed=True, reason="Rude"),
    "POST /post/lock": does(MODERATORS, MODERATORS, post_id=POST, locked=True),
    "POST /post/feature": does(MODERATORS, MODERATORS, post_id=POST, featured=True),
    "POST /post/feature on the site": does(STAFF, STAFF, post_id=POST, featured=True, feature_type="Local"),
    "POST /post/assign_flair": does(MODERATORS, MODERATORS, post_id=POST, flair_id_list=[FLAIR]),
    "GET /post/like/list": shows(MODERATORS, MODERATORS, sign="'friend'", post_id=POST),
    "POST /post/report": does(WELCOME, INSIDE, post_id=POST, reason="Rude"),
    "GET /post/report/list": shows(MODERATORS, MODERATORS),
    "PUT /post/report/resolve": does(MODERATORS, MODERATORS, report_id=Its("post_report"), resolved=True),
}
COMMENTS = {
    "GET /comment": shows(EVERYBODY, INSIDE, id=COMMENT),
    "GET /comment/list": shows(UNTROUBLED, INSIDE),
    "GET /comment/list of a community": shows(EVERYBODY, INSIDE, community_id=COMMUNITY),
    "GET /comment/list of a post": shows(EVERYBODY, INSIDE, post_id=POST),
    "GET /comment/list of a person": shows(EVERYBODY, INSIDE, person_id=OWNER_ID),
    "GET /comment/list of answers": shows(EVERYBODY, INSIDE, parent_id=COMMENT),
    "GET /comment/list of one's own communities": shows(JOINED | STRANGERS, JOINED, type_="Subscribed"),
    "GET /comment/list of what was saved": shows(OWNER, OWNER, saved_only="true"),
    "POST /comment": does(WELCOME, INSIDE, post_id=POST, body="New"),
    "POST /comment on a comment": does(WELCOME, INSIDE, post_id=POST, parent_id=COMMENT, body="New"),
    "PUT /comment": does(OWNER, OWNER, comment_id=COMMENT, body="Changed"),
    "POST /comment/delete": does(OWNER, OWNER, comment_id=COMMENT, deleted=True),
    "POST /comment/like": does(WELCOME, INSIDE, comment_id=COMMENT, score=1),
    "PUT /comment/save": does(SIGNED_IN, INSIDE, comment_id=COMMENT, save=True),
    "PUT /comment/subscribe": does(SIGNED_IN, INSIDE, comment_id=COMMENT, subscribe=True),
    "POST /comment/mark_as_read": does(OWNER, OWNER, comment_reply_id=ANSWER, read=True),
    "POST /comment/mark_as_answer": does(MODERATORS, MODERATORS, comment_reply_id=COMMENT, answer=True),
    "POST /comment/distinguish": does(OWNER, OWNER, comment_reply_id=COMMENT, distinguished=True),
    "POST /comment/remove": does(MODERATORS, MODERATORS, comment_id=COMMENT, removed=True, reason="Rude"),
    "POST /comment/lock": does(MODERATORS, MODERATORS, comment_id=COMMENT, locked=True),
    "GET /comment/like/list": shows(MODERATORS, MODERATORS, sign="'friend'", comment_id=COMMENT),
    "POST /comment/report": does(WELCOME, INSIDE, comment_id=COMMENT, reason="Rude"),
    "GET /comment/report/list": shows(MODERATORS, MODERATORS),
    "PUT /comment/report/resolve": does(
        MODERATORS, MODERATORS, report_id=Its("comment_report"), resolved=True
    ),
}
TABLE = SITE | ACCOUNT | PEOPLE | MESSAGES | COMMUNITIES | FEEDS | POSTS | COMMENTS
