"""What people are told, in words: kept in English, as PieFed keeps it, and said in the language of whoever reads it.

A row has its title as text. Which of our sentences that is, is found by the sentence itself, so what was written down
before, or by PieFed, is understood as well.
"""

import re
from collections.abc import Mapping
from functools import cache

from service.forum.notifications.rules import (
    APPLIED,
    APPOINTED,
    ASKED_TO_FOLLOW,
    BANNED,
    BANNED_ELSEWHERE,
    COMMENT_REMOVED,
    INVITED,
    POST_REMOVED,
    REFUSED,
    REPORT_HANDED_UP,
    REPORTED,
    SUSPICIOUS_LINK,
    UNBANNED,
    WARNED,
    WRITTEN_TO,
)
from service.language import Sentence, _

# Each with empty values: a pattern.
BANNED_FROM = _("You have been banned from %(place)s", place="")
UNBANNED_FROM = _("You have been unbanned from %(place)s", place="")
WARNED_FOR_POST = _("The moderators of %(place)s warned you about your post: %(reason)s", place="", reason="")
WARNED_FOR_COMMENT = _(
    "The moderators of %(place)s warned you about your comment: %(reason)s", place="", reason=""
)
NO_MEMBER = _("Your request to join %(place)s was rejected by its server", place="")
WANTS_TO_FOLLOW = _("%(person)s wants to follow you", person="")
INVITED_TO = _("You've been invited to join %(place)s", place="")
MODERATOR_OF = _("You are now a moderator of %(place)s", place="")
MESSAGE_FROM = _("New message from %(person)s", person="")
POST_GONE_FOR = _("Your post “%(title)s” was removed: %(reason)s", title="", reason="")
POST_GONE = _("Your post “%(title)s” was removed", title="")
COMMENT_GONE_FOR = _("Your comment on “%(title)s” was removed: %(reason)s", title="", reason="")
COMMENT_GONE = _("Your comment on “%(title)s” was removed", title="")
NEW_REGISTRATION = _("New registration")
NEW_REPORT = _("New report to review")
ESCALATED = _("A moderator escalated a report to you")
SUSPICIOUS = _("Suspicious content")

# By the subtype; what says more stands before what says less.
SENTENCES: Mapping[str, tuple[Sentence, ...]] = {
    BANNED: (BANNED_FROM,),
    UNBANNED: (UNBANNED_FROM,),
    BANNED_ELSEWHERE: (BANNED_FROM, UNBANNED_FROM),
    WARNED: (WARNED_FOR_POST, WARNED_FOR_COMMENT),
    REFUSED: (NO_MEMBER,),
    ASKED_TO_FOLLOW: (WANTS_TO_FOLLOW,),
    INVITED: (INVITED_TO,),
    APPOINTED: (MODERATOR_OF,),
    WRITTEN_TO: (MESSAGE_FROM,),
    POST_REMOVED: (POST_GONE_FOR, POST_GONE),
    COMMENT_REMOVED: (COMMENT_GONE_FOR, COMMENT_GONE),
    APPLIED: (NEW_REGISTRATION,),
    REPORT_HANDED_UP: (ESCALATED,),
    SUSPICIOUS_LINK: (SUSPICIOUS,),
} | dict.fromkeys(REPORTED.values(), (NEW_REPORT,))


def filled(sentence: Sentence, **values: str) -> Sentence:
    """Return one of the sentences with its values."""
    return Sentence(sentence.one, "", values)


def understood(subtype: str, title: str) -> str:
    """Return a title that was kept as the sentence that it is, to be translated; any other text as it stands.

    Parameters:
        subtype: of its notification.
        title: as it was kept.
    """
    for sentence in SENTENCES.get(subtype, ()):
        if found := _pattern(sentence).fullmatch(title):
            return filled(sentence, **found.groupdict())
    return title


@cache
def _pattern(sentence: Sentence) -> re.Pattern[str]:
    words = re.split(r"%\((\w+)\)s", sentence.one)
    texts = [f"(?P<{part}>.*)" if at % 2 else re.escape(part) for at, part in enumerate(words)]
    return re.compile("".join(texts), re.DOTALL)
