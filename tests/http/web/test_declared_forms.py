"""Every declared form refuses what it has to refuse, at the field, with all that was typed, and never fails.

Each form is sent whole, with something wrong in all its fields at once: a text that is too long, no number or day at
all, none of what can be chosen; then empty, and with NUL characters.
"""

import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from service.http import web
from service.http.application import Application
from service.http.web import errors
from service.http.web.frame.fields import (
    Area,
    Color,
    Day,
    Field,
    Form,
    Ids,
    Line,
    Moment,
    Number,
    PickId,
    Secret,
    Select,
)
from tests.forum import making
from tests.http.web.visitor import PASSWORD, Page, Visitor
from tests.serving import held_by

WEB = Path(next(iter(web.__path__)))
UNREADABLE = (Color, Day, Ids, Moment, Number, PickId, Select)


class Trial(msgspec.Struct, frozen=True):
    """A form in its place.

    Attributes:
        form: Its name below `service.http.web`; `[key]` of several.
        action: Where it is sent.
        right: What can be sent there.
        fields: Which of the declared fields stand there; none for all.
        shown: The form is shown again with what was typed; else the refusal has a page of its own.
    """

    form: str
    action: str
    right: Mapping[str, str] = {}
    fields: tuple[str, ...] = ()
    shown: bool = True

    def declared(self) -> list[Field]:
        """The fields that stand there."""
        path, _, key = self.form.partition("[")
        module, _, name = path.rpartition(".")
        found = getattr(import_module(f"service.http.web.{module}"), name)
        form: Form = found[key.removesuffix("]")] if key else found
        return [field for field in form if not self.fields or field.name in self.fields]


BODY = {"title": "A title", "body": "Some words"}
MEMBERS = (
    Trial(
        "posts.kinds.NEW_POST[link]", "/community/cats/submit", BODY | {"kind": "link", "url": "x.example/b"}
    ),
    Trial("posts.kinds.NEW_POST[photo]", "/community/cats/submit", BODY | {"kind": "photo"}),
    Trial(
        "posts.kinds.NEW_POST[video]",
        "/community/cats/submit",
        BODY | {"kind": "video", "url": "x.example/c"},
    ),
    Trial(
        "posts.kinds.NEW_POST[poll]", "/community/cats/submit", BODY | {"kind": "poll", "choices": "yes\nno"}
    ),
    Trial(
        "posts.kinds.NEW_POST[event]",
        "/community/cats/submit",
        BODY | {"kind": "event", "start": "2031-01-02T10:00"},
    ),
    Trial("posts.kinds.CHANGED_POST[text]", "/post/1/edit", BODY),
    Trial("posts.kinds.SCHEDULE", "/post/1/schedule", {"scheduled_for": "2031-01-02T10:00"}),
    Trial("frame.comments.COMMENT", "/post/1/reply", {"body": "Some words"}),
    Trial("frame.comments.COMMENT", "/comment/1/edit", {"body": "Some words"}),
    Trial("posts.moving.MOVE", "/post/1/move", {"community": "nowhere"}),
    Trial("posts.moderating.REMOVAL", "/post/2/remove", {"reason": "Why not"}),
    Trial("communities.NEW_COMMUNITY", "/community/add_local", {"name": "dogs", "title": "Dogs"}),
    Trial("communities.COMMUNITY", "/community/cats/edit", {"title": "Cats"}),
    Trial("complaints.COMPLAINT", "/u/ana/report", {"reason": "Spam"}),
    Trial("reminders.REMINDER", "/post/1/reminder", {"remind_at": "2100-01-01T10:00"}),
    Trial("search.ELSEWHERE", "/search/elsewhere", {"q": "no handle"}, shown=False),
    Trial("polls.VOTE", "/post/1/poll_vote", shown=False),
    Trial("welcome.BEGINNING", "/welcome", shown=False),
    Trial("messages.MESSAGE", "/chat/to/2", {"content": "Some words"}),
    Trial("people.NOTE", "/u/boss/note", {"note": "Words"}),
    Trial("groups.topics.SUGGESTION", "/topics/new", {"name": "Pets", "communities": "cats"}),
    Trial("groups.making.NEW_FEED", "/feed/new", {"name": "dogs", "title": "Dogs"}),
    Trial("groups.making.FEED", "/f/gathered/edit", {"title": "Dogs"}),
    Trial("blocks.NAMED", "/user/settings/blocks/person", {"person": "ana"}, ("person",)),
    Trial("blocks.NAMED", "/user/settings/blocks/community", {"community": "cats"}, ("community",)),
    Trial("blocks.NAMED", "/user/settings/blocks/instance", {"instance": "far.example"}, ("instance",)),
    Trial("blocks.NAMED", "/user/settings/blocks/website", {"website": "x.example"}, ("website",)),
    Trial("settings.profile.PROFILE", "/user/settings/profile", {"title": "Boss"}),
    Trial("settings.profile.REACH", "/user/settings/reach", {"accept_private_messages": "1"}),
    Trial("settings.profile.LINES", "/user/settings/lines", {"label0": "Website", "text0": "x"}),
    Trial(
        "settings.reading.DRAWN",
        "/user/settings/reading",
        {"default_filter": "all", "default_sort": "hot", "default_comment_sort": "hot", "language": "1"},
    ),
    Trial("looks.LOOK", "/appearance", {"theme": "dark"}),
    Trial("settings.filters.KINDS", "/user/settings/filters", {"reply_hide_threshold": "-5"}),
    Trial(
        "settings.filters.FILTER",
        "/user/settings/filters/add",
        {"title": "Dogs", "keywords": "dog", "hide_type": "1"},
    ),
    Trial(
        "settings.account.PASSWORD", "/user/settings/password", {"old_password": "wrong", "password": "wrong"}
    ),
    Trial(
        "settings.account.EMAIL",
        "/user/settings/email",
        {"email": "a@mail.example", "password_for_email": "wrong"},
    ),
    Trial("settings.leaving.LEAVING", "/delete_account", {"password": "wrong"}),
    Trial("settings.uploads.UPLOAD", "/user/files/upload", shown=False),
)
MODERATORS = (
    Trial("moderation.bans.BAN", "/community/cats/moderate/bans/new", {"person": "ana", "reason": "Spam"}),
    Trial("moderation.team.APPOINTMENT", "/community/cats/moderate/moderators", {"person": "nobody"}),
    Trial("moderation.invitations.INVITATION", "/community/cats/invite", {"person": "nobody"}, ("person",)),
    Trial("moderation.invitations.INVITATION", "/community/cats/invite", {}, ("email",), shown=False),
    Trial(
        "moderation.flairs.FLAIR",
        "/community/cats/moderate/flair",
        {"flair_title": "Kitten", "text_color": "#000000", "background_color": "#ffffff"},
    ),
    Trial("moderation.flairs.OWN_FLAIR", "/community/cats/my_flair", {"flair_text": "Cat person"}),
    Trial("moderation.marks.LABELS", "/post/1/set_flair"),
    Trial("moderation.wiki.PAGE_FORM", "/community/cats/moderate/wiki/add", BODY | {"who_can_edit": "0"}),
)
ADMINISTRATORS = (
    Trial("admin.addresses.BAN", "/admin/addresses/", {"address": "192.0.2.77"}),
    Trial("admin.appearance.LOOK", "/admin/appearance", {"accent": "#123456"}),
    Trial("admin.blocked_images.BLOCKING", "/admin/blocked_images"),
    Trial("admin.blocked_images.REMOVAL", "/admin/post/2/block_image", {"reason": "Why not"}, shown=False),
    Trial("admin.communities.STANDING", "/admin/community/1/edit", {"content_retention": "-1"}),
    Trial("admin.emoji.EMOJI", "/admin/emoji/add", {"name": ":blob:", "category": "faces"}),
    Trial("admin.federation.MODE", "/admin/federation/mode", {"mode": "blocklist"}),
    Trial("admin.federation.LIST", "/admin/federation/list", {"change": "block", "entries": "bad.example"}),
    Trial("admin.federation.SUBSCRIPTION", "/admin/federation/subscriptions", {"domain": "list.example"}),
    Trial("admin.instances.NOTE", "/admin/instances/far.example/note", {"note": "Words"}),
    Trial("admin.instances.DECISION", "/admin/instances/far.example/block", {"reason": "Spam"}),
    Trial("admin.letters.LETTER", "/admin/letters/banned", {"subject": "Bye", "body": "Words"}),
    Trial("admin.newsletter.NEWSLETTER", "/admin/newsletter", {"subject": "News", "body": "Words"}),
    Trial("admin.pages.PAGE_FORM", "/admin/pages/add", BODY | {"url": "/words"}),
    Trial("admin.permissions.PERMISSIONS", "/admin/permissions", shown=False),
    Trial("admin.site.FACE", "/admin/site", {"name": "Site"}),
    Trial("admin.site.POLICIES", "/admin/site", {"read_posts_cutoff": "30"}),
    Trial("admin.topics.TOPIC", "/admin/topic/add", {"name": "Dogs", "machine_name": "dogs"}),
    Trial("admin.users.NEW_ACCOUNT", "/admin/users/new", {"name": "eve", "email": "eve@mail.example"}),
    Trial("admin.users.ACCOUNT", "/admin/users/1/edit", {"title": "Boss"}),
    Trial("admin.users.ACT", "/admin/users/2/ban", {"reason": "Spam"}),
    Trial("admin.websites.BAN", "/admin/websites/", {"name": "ads.example"}),
    Trial("admin.websites.WEBSITE", "/admin/websites/spam.example", {"post_warning": "careful"}),
    Trial("moderation.bans.LIFTING", "/community/cats/moderate/bans/2/lift", shown=False),
)
STRANGERS = (
    Trial("auth.signin.SIGN_IN", "/auth/login", {"user_name": "ana", "password": "wrong"}),
    Trial(
        "auth.signin.REGISTRATION",
        "/auth/register",
        {"name": "zoe", "email": "z@mail.example", "password": PASSWORD, "password2": PASSWORD},
    ),
    Trial("auth.activation.CONFIRMATION", "/auth/resend_email", {"email": "z@mail.example"}),
    Trial("auth.recovery.REQUEST", "/auth/reset_password_request", {"email": "z@mail.example"}, shown=False),
    Trial(
        "auth.recovery.PASSWORD",
        "/auth/reset_password/x",
        {"password": PASSWORD, "password2": PASSWORD},
        shown=False,
    ),
)
ALL = (*MEMBERS, *MODERATORS, *ADMINISTRATORS, *STRANGERS)

# Strangers see neither letters nor a field that nobody is to fill in, and a site without mail takes no address.
UNSEEN = {"captcha_uuid", "captcha_answer", "honeypot", "answer"}


def impossible(field: Field) -> str | None:
    """More than fits into a text; what is neither a number, nor a day, nor one of the choices."""
    if isinstance(field, Line):
        return None if field.name in UNSEEN else "x" * (field.most + 1)
    return "no such" if isinstance(field, UNREADABLE) else None


def beyond(field: Field) -> str | None:
    """A number that is too large."""
    return str(field.most + 1) if isinstance(field, Number) else None


FAULTS = (impossible, beyond)


async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(
    app: Application, boss: Visitor, stranger: Visitor
) -> None:
    await making.member(held_by(app).database, "ana")
    await stranger.get("/auth/login")
    wrong: list[str] = []
    for trial in ALL:
        visitor = stranger if trial in STRANGERS else boss
        for fault in FAULTS:
            spoilt = {field.name: text for field in trial.declared() if (text := fault(field)) is not None}
            if not spoilt:
                continue
            page = await visitor.send(trial.action, **mixed(trial, spoilt))
            wrong += [f"{fault.__name__}: {words}" for words in faults(trial, page, spoilt)]
    assert not wrong, "\n".join(wrong)


def mixed(trial: Trial, spoilt: Mapping[str, str]) -> dict[str, Any]:
    """What is right, but for some fields."""
    return {**trial.right, **spoilt}


def faults(trial: Trial, page: Page, spoilt: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the answer to a form in which some fields are."""
    if not 400 <= page.status < 500:
        yield f"{trial.form}: {page.status} {page.location}"
        return
    if not trial.shown:
        return
    said = told_of(page)
    if missing := spoilt.keys() - said:
        yield f"{trial.form}: {page.status}, nothing is said of {missing}"
    for field in trial.declared():
        typed = spoilt.get(field.name, trial.right.get(field.name, ""))
        if (
            isinstance(field, Line)
            and not isinstance(field, Secret)
            and typed
            and not is_shown(page, field, typed)
        ):
            yield f"{trial.form}: {field.name} is lost"


def told_of(page: Page) -> set[str]:
    """The fields at which a page says that something is wrong."""
    ids = {attributes.get("id", "") for _, attributes in page.tags}
    links = {link.removeprefix("#f-") for link in page.links("#f-")}
    return links | {name.removeprefix("error-") for name in ids if name.startswith("error-")}


def is_shown(page: Page, field: Field, typed: str) -> bool:
    """Whether a text stands on the page again."""
    if isinstance(field, Area):
        return typed in page.html
    return any(
        attributes.get("value") == typed
        for _, attributes in page.tags
        if attributes.get("name") == field.name
    )


async def test_an_empty_form_and_one_with_nul_characters_never_fail(app: Application, boss: Visitor) -> None:
    await making.member(held_by(app).database, "ana")
    wrong: list[str] = []
    for trial in (trial for trial in ALL if trial not in STRANGERS):
        fields = [field for field in trial.declared() if isinstance(field, Line)]
        empty: dict[str, Any] = {name: text for name, text in trial.right.items() if name == "kind"}
        page = await boss.send(trial.action, **empty | {field.name: "" for field in fields})
        required = {field.name for field in fields if field.required}
        said = told_of(page)
        if page.status >= 500 or (required and not (400 <= page.status < 500)):
            wrong.append(f"{trial.form}, empty: {page.status}")
        elif required and trial.shown and not required & said:
            wrong.append(f"{trial.form}, empty: nothing is said of {required}")
        nul = {field.name: trial.right.get(field.name, "words") + "\0" for field in fields}
        page = await boss.send(trial.action, **mixed(trial, nul))
        if page.status >= 500:
            wrong.append(f"{trial.form}, NUL: {page.status}")
    assert not wrong, "\n".join(wrong)


def test_every_declared_field_is_tried() -> None:
    tried = {id(field) for trial in ALL for field in trial.declared()}
    untried = [
        f"{name}: {field.name}"
        for name, form in declared_forms()
        for field in form
        if id(field) not in tried and field.control != "picture"
    ]
    assert not untried


def test_what_people_write_at_length_is_given_back_after_the_session() -> None:
    long = {field.name for _, form in declared_forms() for field in form if isinstance(field, Area)}
    assert long <= errors.WRITTEN


def declared_forms() -> Iterable[tuple[str, Form]]:
    """All forms that modules of the pages declare."""
    for info in pkgutil.walk_packages([str(WEB)], "service.http.web."):
        for name, value in vars(import_module(info.name)).items():
            forms = value.values() if isinstance(value, dict) else [value]
            yield from ((f"{info.name}.{name}", form) for form in forms if isinstance(form, Form))


def test_bounds_stand_in_declarations_alone() -> None:
    """Nobody reads a field past its form; what leads on, and which button was pressed, are no fields."""
    leads = {"next", "kind", "look", "url", "title", "to", "verdict", "email", "alt_text", "queue"}
    for path in WEB.rglob("*.py"):
        if path.parent.name != "frame":
            source = path.read_text()
            read = {part.partition('"')[0] for part in source.split('form.get("')[1:]}
            assert read <= leads, path
            assert "request.form" not in source, path
            assert r'.replace("\0", "")' not in source, path
