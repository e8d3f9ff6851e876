"""The one table: which activity, done to what, is whose to do, and what follows; and what taking it back does.

Undo is no row: what it undoes is looked up and its `undo` called. Announce is none where it wraps an activity: the
inner one is looked up, and `who` knows the way it came. What is not in the table is ignored, and counted.
"""

from collections.abc import Awaitable, Callable

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from service.federation.receive import who
from service.federation.receive.act import Act, Ignored, ObjectKind
from service.federation.receive.burying import names_of
from service.federation.receive.effects import (
    accounts,
    content,
    feeds,
    membership,
    messages,
    moderation,
    moving,
    polls,
    quotes,
    reports,
)
from service.federation.receive.known import Group
from service.federation.receive.who import nowhere, place_of_object, place_of_reported

Effect = Callable[[AsyncSession, Act], Awaitable[bool]]


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of activity means.

    Attributes:
        who: raises unless the origin has a say.
        do, undo: the effects; None where there is none.
        place: the community in which it happens.
        is_told: a community of ours announces it to its followers.
    """

    who: Callable[[Act], None]
    do: Effect | None = None
    undo: Effect | None = None
    place: Callable[[Act], Group | None] = place_of_object
    is_told: bool = True


_VOTE = Rule(who=who.anybody)  # done in sets

RULES: dict[tuple[str, ObjectKind], Rule] = {
    ("Like", "content"): _VOTE,
    ("Dislike", "content"): _VOTE,
    ("EmojiReact", "content"): _VOTE,
    ("Create", "content"): Rule(who=who.writer, do=content.stand, place=content.place_of),
    ("Create", "message"): Rule(who=who.writer, do=content.stand, place=nowhere, is_told=False),
    ("Update", "content"): Rule(who=who.anybody, do=content.change, place=content.place_of_change),
    ("Update", "message"): Rule(who=who.anybody, do=messages.change, place=nowhere, is_told=False),
    ("Delete", "content"): Rule(who=who.anybody, do=content.gone, undo=content.back),
    ("Delete", "message"): Rule(
        who=who.anybody, do=messages.gone, undo=messages.back, place=nowhere, is_told=False
    ),
    ("Delete", "unknown"): Rule(who=who.whoever_is_heard, do=content.gone, place=nowhere, is_told=False),
    ("PollVote", "content"): Rule(who=who.anybody, do=polls.choose_by_word, is_told=False),
    ("QuoteRequest", "content"): Rule(who=who.anybody, do=quotes.answer, is_told=False),
    ("ChooseAnswer", "content"): Rule(who=who.anybody, do=moderation.answer, undo=moderation.no_answer),
    ("Lock", "content"): Rule(who=who.anybody, do=moderation.lock, undo=moderation.unlock),
    ("Warn", "content"): Rule(who=who.anybody, do=moderation.warn, is_told=False),
    ("Add", "content"): Rule(who=who.anybody, do=moderation.add, place=moderation.place_of_target),
    ("Remove", "content"): Rule(who=who.anybody, do=moderation.remove, place=moderation.place_of_target),
    ("Add", "person"): Rule(who=who.anybody, do=moderation.add, place=moderation.place_of_target),
    ("Remove", "person"): Rule(who=who.anybody, do=moderation.remove, place=moderation.place_of_target),
    ("Add", "group"): Rule(who=who.a_feed, do=feeds.add, is_told=False),
    ("Remove", "group"): Rule(who=who.a_feed, do=feeds.remove, is_told=False),
    ("Block", "person"): Rule(
        who=who.ruler, do=moderation.ban, undo=moderation.unban, place=moderation.place_of_ban
    ),
    ("Flag", "content"): Rule(who=who.anybody, do=reports.file, place=place_of_reported, is_told=False),
    ("Flag", "person"): Rule(who=who.anybody, do=reports.file, place=place_of_reported, is_told=False),
    ("Resolve", "activity"): Rule(
        who=who.anyone_at_all, do=reports.resolve, place=place_of_reported, is_told=False
    ),
    ("Update", "person"): Rule(who=who.its_server, do=accounts.changed, place=nowhere, is_told=False),
    ("Update", "group"): Rule(who=who.anyone_at_all, do=accounts.changed),
    ("Update", "feed"): Rule(who=who.its_server, do=accounts.feed_changed, place=nowhere, is_told=False),
    ("Move", "content"): Rule(who=who.anybody, do=moving.post),
    ("Move", "person"): Rule(who=who.anyone_at_all, do=moving.actor, place=nowhere, is_told=False),
    ("Move", "group"): Rule(who=who.anyone_at_all, do=moving.actor, place=nowhere, is_told=False),
    ("Delete", "person"): Rule(who=who.itself, do=accounts.gone, place=nowhere, is_told=False),
    ("Delete", "group"): Rule(
        who=who.its_server,
        do=accounts.community_gone,
        undo=accounts.community_back,
        place=accounts.place_of_itself,
        is_told=False,
    ),
    ("Delete", "feed"): Rule(who=who.its_server, do=accounts.feed_gone, place=nowhere, is_told=False),
    ("Announce", "content"): Rule(who=who.anyone_at_all, do=content.is_known, is_told=False),
    ("Follow", "group"): Rule(
        who=who.anybody,
        do=membership.follow_community,
        undo=membership.leave_community,
        place=nowhere,
        is_told=False,
    ),
    ("Follow", "person"): Rule(
        who=who.anybody,
        do=membership.follow_person,
        undo=membership.leave_person,
        place=nowhere,
        is_told=False,
    ),
    ("Follow", "feed"): Rule(
        who=who.anybody, do=membership.follow_feed, undo=membership.leave_feed, place=nowhere, is_told=False
    ),
    ("Accept", "activity"): Rule(who=who.anyone_at_all, do=membership.accepted, place=nowhere, is_told=False),
    ("Accept", "unknown"): Rule(who=who.anyone_at_all, do=membership.accepted, place=nowhere, is_told=False),
    ("Reject", "activity"): Rule(who=who.anyone_at_all, do=membership.rejected, place=nowhere, is_told=False),
    ("Reject", "unknown"): Rule(who=who.anyone_at_all, do=membership.rejected, place=nowhere, is_told=False),
}


def rule_of(act: Act) -> Rule:
    """Return the rule for an activity.

    Raises:
        Ignored: there is none.
    """
    pair = (act.activity.kind, act.object_kind)
    rule = RULES.get(pair)
    if rule is None:
        raise Ignored("no rule", f"{pair[0]} of {pair[1]} means nothing here.")
    return rule


def check(act: Act) -> Rule:
    """Find the rule and the place of an activity, and refuse who has no say.

    Raises:
        Refused: by its reason.
    """
    who.check_solicited(act)
    if not act.known.buried.isdisjoint(names_of(act.step.activity)):
        raise Ignored("taken back", "It was taken back before it came.")
    rule = rule_of(act)
    act.place = rule.place(act)
    if act.place is not None and act.place.hidden and act.place.local and not isinstance(act.object, Group):
        raise Ignored("not here", "Nothing from elsewhere belongs there.")
    rule.who(act)
    return rule


async def perform(session: AsyncSession, act: Act) -> bool:
    """Do what an activity asks for; return whether followers are to be told.

    Raises:
        Refused, ForumError: it may not be.
    """
    rule = check(act)
    effect = rule.undo if act.step.activity.kind == "Undo" else rule.do
    if effect is None:
        raise Ignored("no rule", f"{act.step.activity.kind} of {act.activity.kind} means nothing here.")
    changed = await effect(session, act)
    return changed and rule.is_told
