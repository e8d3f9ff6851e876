"""Every stored value has an option on its form, and a form that nobody touched changes nothing when it is saved.

Each form is opened, read as a browser reads it, and sent as it stands, over each of the values that its columns hold in
databases of pyfedi: those of its own forms and API, NULL, and what no form of anybody's offers.
"""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.http.application import Application
from service.http.site import REMEMBERED
from tests.databases import connect
from tests.http.web.filling import Form, form_of
from tests.http.web.visitor import Visitor
from tests.snapshots import Snapshot

TEMPLATES = Path(__file__).parents[3] / "service/http/web/templates"

SWITCH = (True, False, None)
# Lines as browsers send them, which pyfedi stores; spaces around; an empty first line; nothing.
TEXT = ("words", "one\r\n\r\ntwo\r\n", " \n spaced  ", "", None)
FURTHER = "settings."
VISIBILITY = (0, 1, 2, 3, None, 9)


class Editing(msgspec.Struct, frozen=True):
    """A form that shows what is stored.

    Attributes:
        page, action: Where it stands, and where it is sent.
        table, row: What it changes, as SQL.
        selects: Columns that a list or radio buttons choose, with all the values that are stored in them; none for a
            list that shows several of the others.
        others: Further columns with values that have to outlive an untouched form; those of `settings` are JSON.
    """

    page: str
    action: str
    table: str
    row: str
    selects: Mapping[str, tuple[Any, ...]] = {}
    others: Mapping[str, tuple[Any, ...]] = {}


ACCOUNT = ('"user"', "user_name = 'boss'")
SITE = ("site", "id = 1")
FORMS = {
    "letter": Editing(
        "/admin/letters/banned",
        "/admin/letters/banned",
        "pieloop.letter_words",
        "kind = 'banned'",
        others={"subject": ("Banned", ""), "body": tuple(text for text in TEXT if text is not None)},
    ),
    "profile": Editing(
        "/user/settings",
        "/user/settings/profile",
        *ACCOUNT,
        others={"title": ("Boss", " The\u202eboss ", "", None), "about": TEXT},
    ),
    "reading": Editing(
        "/user/settings/reading",
        "/user/settings/reading",
        *ACCOUNT,
        selects={
            "default_filter": ("subscribed", "moderating", "local", "popular", "all", None, "elsewhere"),
            "default_sort": ("hot", "top", "new", "old", "active", "scaled", "top_all", None, "random"),
            "default_comment_sort": ("hot", "top", "new", "old", None, "random"),
            "timezone": ("Europe/Berlin", "", None, "Etc/GMT+3"),
            "interface_language": ("en", "", None, "xx_YY"),
        },
        others={
            "read_language_ids": ("{}", "{1}", "{2,5000}", None),
        }
        | dict.fromkeys(
            (
                "hide_read_posts",
                "vote_privately",
                "email_unread",
                "newsletter",
                "feed_auto_follow",
                "feed_auto_leave",
            ),
            SWITCH,
        ),
    ),
    "reach": Editing(
        "/user/settings",
        "/user/settings/reach",
        *ACCOUNT,
        selects={"accept_private_messages": (0, 1, 2, 3, None, 9)},
        others=dict.fromkeys(
            ("searchable", "indexable", "bot", "ap_manually_approves_followers"),
            SWITCH,
        ),
    ),
    "lines": Editing(
        "/user/settings",
        "/user/settings/lines",
        "user_extra_field",
        "label = 'Website'",
        others={"text": ("words", " spaced ", "")},
    ),
    "filters": Editing(
        "/user/settings/filters",
        "/user/settings/filters",
        *ACCOUNT,
        selects={
            "hide_nsfw": VISIBILITY,
            "hide_nsfl": VISIBILITY,
            "ignore_bots": VISIBILITY,
            "hide_gen_ai": VISIBILITY,
        },
        others={
            "hide_low_quality": SWITCH,
            "community_keyword_filter": ("cats, dogs", " cats,dogs ", "", None),
            "reply_collapse_threshold": (-10, 0, 7, 100_000, None),
            "reply_hide_threshold": (-20, 0, 7, -100_000, None),
        },
    ),
    "note": Editing(
        "/u/boss/note",
        "/u/boss/note",
        "user_note",
        "user_id = target_id",
        others={"body": ("words", " spaced ", "one\r\ntwo")},
    ),
    "feed": Editing(
        "/f/gathered/edit",
        "/f/gathered/edit",
        "feed",
        "name = 'gathered'",
        others={
            "title": ("Gathered", " The\u202efeed "),
            "description": TEXT[:-1],
            "public": SWITCH,
            "nsfw": SWITCH,
        },
    ),
    "keyword filter": Editing(
        "/user/settings/filters/1/edit",
        "/user/settings/filters/1/edit",
        "filter",
        "id = 1",
        selects={"hide_type": (0, 1, None)},
        others={
            "filter_home": SWITCH,
            "filter_posts": SWITCH,
            "filter_replies": SWITCH,
            "keywords": ("cat", "cat\r\ndog\r\n"),
            "expire_after": ("2030-01-02", "2020-01-02", None),
        },
    ),
    "community": Editing(
        "/community/cats/edit",
        "/community/cats/edit",
        "community",
        "name = 'cats'",
        selects={"downvote_accept_mode": (-1, 0, 2, 4, 6, None, 8), "invitations": (0, 1, 2, 3, 4, None)},
        others={
            "description": TEXT,
            "rules": TEXT,
            "posting_warning": ("careful", " careful ", "", None),
            "title": ("Cats", " The\u202ecats "),
        }
        | dict.fromkeys(
            (
                "nsfw",
                "local_only",
                "private",
                "restricted_to_mods",
                "question_answer",
                "ai_generated",
                "new_mods_wanted",
            ),
            SWITCH,
        ),
    ),
    "label": Editing(
        "/community/cats/moderate/flair",
        "/community/cats/moderate/flair/1",
        "community_flair",
        "id = 1",
        others={
            "flair": ("Kitten", " Kitten "),
            "text_color": ("#000000", "#ABC", "#abcdef", None),
            "background_color": ("#DEDDDA", None),
            "blur_images": SWITCH,
        },
    ),
    "wiki page": Editing(
        "/community/cats/wiki/rules/edit",
        "/community/cats/wiki/rules/edit",
        "community_wiki_page",
        "id = 1",
        selects={"who_can_edit": (0, 1, 2, 3, None, 9)},
        others={"title": ("Rules", " Rules "), "body": ("words", "one\r\n\r\ntwo\r\n", " \n spaced  ")},
    ),
    "account": Editing(
        "/admin/users/1/edit",
        "/admin/users/1/edit",
        '"user"',
        "id = 1",
        others={
            "title": ("Boss", " The\u202eboss "),
            "about": TEXT,
            "ban_posts": SWITCH,
            "ban_comments": SWITCH,
        },
    ),
    "place of a community": Editing(
        "/admin/community/1/edit",
        "/admin/community/1/edit",
        "community",
        "id = 1",
        selects={"topic_id": (1,)},
        others={"content_retention": (-1, 30)}
        | dict.fromkeys(("show_popular", "show_all", "searchable", "low_quality"), SWITCH),
    ),
    "appearance": Editing(
        "/admin/appearance",
        "/admin/appearance",
        "pieloop.appearance",
        "id = 1",
        others={"accent": ("#123456", ""), "css": ("words", "one\r\n\r\ntwo\r\n", "")},
    ),
    "emoji": Editing(
        "/admin/emoji/1/edit",
        "/admin/emoji/1/edit",
        "emoji",
        "id = 1",
        others={"category": ("faces", " faces "), "aliases": ("slime", "", None)},
    ),
    "topic": Editing(
        "/admin/topic/1/edit",
        "/admin/topic/1/edit",
        "topic",
        "id = 1",
        others={"name": ("Animals", " Animals "), "show_posts_in_children": SWITCH},
    ),
    "page of the site": Editing(
        "/admin/pages/1/edit",
        "/admin/pages/1/edit",
        "cms_page",
        "id = 1",
        others={"title": ("Privacy", " Privacy "), "body": ("words", "one\r\n\r\ntwo\r\n", " \n spaced  ")},
    ),
    "website": Editing(
        "/admin/websites/spam.example",
        "/admin/websites/spam.example",
        "domain",
        "name = 'spam.example'",
        others={"post_warning": ("careful", " careful ", "", None)}
        | dict.fromkeys(("banned", "notify_mods", "notify_admins"), SWITCH),
    ),
    "words beside a name": Editing(
        "/community/cats/my_flair",
        "/community/cats/my_flair",
        "user_flair",
        "id = 1",
        others={"flair": ("Cat person",)},
    ),
    "site": Editing(
        "/admin/site",
        "/admin/site",
        "site",
        "id = 1",
        selects={
            "default_filter": ("", "local", "popular", "all", None, "subscribed"),
            "registration_mode": ("Open", "RequireApplication", "Closed", None),
        },
        others=dict.fromkeys(
            ("sidebar", "about", "legal_information", "application_question", "blocked_phrases"), TEXT
        )
        | {
            "description": ("A site", "", None),
            "contact_email": ("a@b.example", "", None),
            "tos_url": ("https://x.example/", "", None),
            "privacy_url": ("https://x.example/", "", None),
        }
        | dict.fromkeys(
            (
                "enable_downvotes",
                "allow_local_image_posts",
                "enable_nsfw",
                "enable_nsfl",
                "community_creation_admin_only",
                "private_instance",
                "enable_this_comment_filter",
                "enable_gif_reply_rep_decrease",
            ),
            SWITCH,
        )
        | {
            "settings.read_posts_cutoff": ("0", "180", "36500", "null"),
            "settings.announcement": ('"hear"', '""', '"one\\r\\ntwo\\r\\n"', "null"),
            "settings.content_warning": ('"adults"', '""', '"one\\r\\ntwo\\r\\n"', "null"),
            "settings.actor_blocked_words": ('"one\\r\\ntwo"', '""'),
            "settings.actor_bio_blocked_words": ('"one\\r\\ntwo"', '""'),
        }
        | dict.fromkeys(
            (
                "settings.email_verification",
                "settings.captcha_enabled",
                "settings.public_modlog",
                "settings.meme_comms_low_quality",
            ),
            ("true", "false", "null"),
        ),
    ),
    "whom the site federates with": Editing(
        "/admin/federation",
        "/admin/federation/mode",
        *SITE,
        selects={"mode": ()},
        others={
            "settings.use_allowlist": ("true", "false", "null"),
            "settings.federation_off": ("true", "false", "null"),
        },
    ),
    "another server": Editing(
        "/admin/instances/far.example",
        "/admin/instances/far.example/note",
        "instance",
        "domain = 'far.example'",
        others={"admin_note": TEXT, "posting_warning": ("careful", " careful ", "", None)},
    ),
    "text post": Editing(
        "/post/1/edit",
        "/post/1/edit",
        "post",
        "id = 1",
        others={"title": ("First", " First \u202e"), "body": TEXT, "nsfw": SWITCH, "nsfl": SWITCH},
    ),
    "link": Editing(
        "/post/2/edit",
        "/post/2/edit",
        "post",
        "id = 2",
        others={
            "url": ("https://x.example/a", "https://x.example/a?b=1#c", "HTTPS://X.example/ä"),
            "body": TEXT,
            "nsfw": SWITCH,
        },
    ),
    "comment": Editing(
        "/comment/1/edit",
        "/comment/1/edit",
        "post_reply",
        "id = 1",
        others={"body": ("words", "one\r\n\r\ntwo\r\n", " \n spaced  ")},
    ),
}

# Forms that do something each time; untouched, they show nothing that is stored.
ACTING = {
    "/": "one click",
    "/admin/addresses/": "adds one",
    "/admin/blocked_images": "adds one",
    "/admin/federation/list": "adds what is pasted",
    "/admin/federation/subscriptions": "adds a site",
    "/admin/instances/{}/{}": "blocks, silences, trusts or the reverse",
    "/admin/newsletter": "sends letters",
    "/admin/parked/retry": "tries again",
    "/admin/permissions": "shows what is stored in boxes",
    "/admin/post/{}/block_image": "asks for a reason",
    "/admin/users/new": "makes an account",
    "/admin/users/{}/{}": "disables, bans, deletes or the reverse",
    "/admin/websites/": "adds one",
    "/appearance": "how pages look: see test_looks.py",
    "/auth/login": "asks who it is",
    "/auth/register": "makes an account",
    "/auth/resend_email": "sends a letter",
    "/auth/reset_password/{}": "asks for a new password",
    "/auth/reset_password_request": "sends a letter",
    "/auth/verify_email/{}": "confirms an address",
    "/post/{}/poll_vote": "shown until somebody has chosen",
    "/post/{}/schedule": "see test_scheduling.py",
    "/search/elsewhere": "asks another server",
    "/user/settings/blocks/{}": "blocks what is typed",
    "/user/files/{}/delete": "deletes a picture",
    "/auth/change_email/{}": "lets an address agree",
    "/delete_account": "asks for the end of an account",
    "/delete_account/keep": "keeps an account",
    "/user/settings/email": "asks for another address",
    "/user/settings/export": "makes an archive",
    "/user/settings/import": "asks for a file",
    "/user/files/upload": "asks for a picture",
    "/chat/message/{}/edit": "changes a message: see test_telling_and_reading.py",
    "/welcome": "joins what is ticked",
    "/user/settings/{}": "asks for a picture",
    "/user/settings/{}/remove": "removes a picture",
    "/user/settings/password": "asks for a new password",
}
# Templates whose action is a variable: which of the above they are.
VARIABLE = {
    "admin/appearance.html": "appearance",
    "admin/letter.html": "letter",
    "auth/stop_letters.html": "ends letters",
    "groups/suggest_topic.html": "suggests",
    "home/warning.html": "one click",
    "posts/move.html": "moves a post",
    "admin/stop_newsletter.html": "ends letters",
    "admin/community.html": "place of a community",
    "admin/edit_user.html": "account",
    "admin/one_emoji.html": "emoji",
    "admin/page.html": "page of the site",
    "admin/topic.html": "topic",
    "admin/website.html": "website",
    "complaints/form.html": "asks for a reason",
    "people/note.html": "note",
    "reminders/form.html": "asks to be reminded",
    "auth/again.html": "sends once more",
    "groups/feed_form.html": "feed",
    "communities/community_form.html": "community",
    "settings/filter_form.html": "keyword filter",
    "moderation/ban.html": "bans somebody",
    "moderation/bans.html": "lifts a ban",
    "moderation/comment.html": "one click",
    "moderation/delete.html": "deletes a community",
    "moderation/flairs.html": "label",
    "moderation/invitation.html": "joins",
    "moderation/invite.html": "invites somebody",
    "moderation/moderators.html": "appoints somebody",
    "moderation/own_flair.html": "words beside a name",
    "moderation/post_flair.html": "shows what is stored in boxes",
    "parts/queue.html": "acts on a report",
    "parts/reply.html": "comment",
    "moderation/remove.html": "asks for a reason",
    "posts/submit.html": "text post",
    "wiki/form.html": "wiki page",
}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Any]:
    """A connection of the test's own."""
    connection = await connect(database_url)
    yield connection
    await connection.close()


async def put(database: Any, form: Editing, values: Mapping[str, Any]) -> None:
    """Store values where the form shows them, as SQL: parameters would have to be of the columns' types."""
    columns = {name: value for name, value in values.items() if not name.startswith(FURTHER)}
    changes = ", ".join(f"{name} = {literal(value)}" for name, value in columns.items())
    if changes:
        assert await database.execute(f"UPDATE {form.table} SET {changes} WHERE {form.row}") == "UPDATE 1"
    for name in values.keys() - columns.keys():
        await database.execute(
            f"INSERT INTO settings (name, value) VALUES ('{name.removeprefix(FURTHER)}', {literal(values[name])})"
            " ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value"
        )


def literal(value: Any) -> str:
    """A value as SQL."""
    return "NULL" if value is None else str(value) if isinstance(value, bool | int) else f"E{quoted(value)}"


def quoted(text: str) -> str:
    """A string of SQL with C's escapes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''").replace("\r", "\\r").replace("\n", "\\n") + "'"


def chosen(form: Form, name: str) -> str | None:
    """What is sent of a select or of radio buttons, if the page says so: a browser falls back to the first one."""
    return next(
        (
            value
            for found, one in form.controls
            if found == name
            for value, is_selected in one.options or [(one.attributes["value"], "checked" in one.attributes)]
            if is_selected
        ),
        None,
    )


async def test_an_untouched_form_changes_nothing(app: Application, boss: Visitor, database: Any) -> None:
    """All columns of a form at once, each with one of its values; in the next round each with its next one."""
    snapshot = Snapshot(database)
    await snapshot.look()
    wrong: list[str] = []
    for name, form in FORMS.items():
        columns = {**form.selects, **form.others}
        for round_ in range(max(len(values) for values in columns.values())):
            values = {column: of[round_ % len(of)] for column, of in columns.items() if of}
            await put(database, form, values)
            app.extensions.pop(REMEMBERED, None)
            wrong += [f"{name}: {fault}" for fault in await faults(snapshot, database, boss, form, values)]
    assert not wrong, "\n".join(wrong)


async def faults(
    snapshot: Snapshot, database: Any, boss: Visitor, form: Editing, values: Mapping[str, Any]
) -> list[str]:
    """Send the form as it stands; return what is wrong with it."""
    shown = await form_of(boss, form.page, form.action)
    found = [
        f"no option for {name}={values.get(name)!r}" for name in form.selects if chosen(shown, name) is None
    ]
    before = await snapshot.digests(), await row_of(database, form)
    try:
        answer = await shown.send(boss)
    except AssertionError as refused:
        return [*found, f"{refused}: {values}"]
    after = await snapshot.digests(), await row_of(database, form)
    tables = [name for name in after[0] if after[0][name] != before[0][name]]
    columns = {name: (old, after[1][name]) for name, old in before[1].items() if after[1][name] != old}
    if answer.status != 303 or tables:
        found.append(f"{answer.status} {answer.links('#f-')}, changes {tables}, {columns}")
    return found


async def row_of(database: Any, form: Editing) -> dict[str, Any]:
    """What the form shows, to say what became of it."""
    return dict(await database.fetchrow(f"SELECT * FROM {form.table} WHERE {form.row}"))


async def test_a_change_is_still_a_change(boss: Visitor, database: Any) -> None:
    """The other half: what somebody does touch is saved, and nothing beside it."""
    await database.execute("UPDATE \"user\" SET default_filter = 'moderating', default_sort = NULL")
    shown = await form_of(boss, "/user/settings/reading", "/user/settings/reading")
    assert (await shown.send(boss, default_comment_sort="new")).status == 303
    columns = 'default_filter, default_sort, default_comment_sort FROM "user"'
    stored = await database.fetchrow(f"SELECT {columns} WHERE user_name = 'boss'")
    assert tuple(stored) == ("moderating", None, "new")


def test_every_form_of_the_site_is_known() -> None:
    known = {form.action.replace("far.example", "{}") for form in FORMS.values()} | set(ACTING)
    missing = [f"{path}: {action}" for path, action in forms_of_the_templates() if action not in known]
    assert not missing
    stale = set(VARIABLE) - {path for path, _ in written_forms()}
    assert not stale


def forms_of_the_templates() -> list[tuple[str, str]]:
    """The forms that change something, with where they are sent; `{}` for what a page puts in."""
    return [
        (
            path,
            FORMS[VARIABLE[path]].action if VARIABLE.get(path) in FORMS else "/" if path in VARIABLE else to,
        )
        for path, to in written_forms()
    ]


def written_forms() -> list[tuple[str, str]]:
    """The same, as the templates have them."""
    found = []
    for template in sorted(TEMPLATES.rglob("*.html")):
        for tag in re.findall(r"<form\b[^>]*", template.read_text()):
            if 'method="post"' in tag:
                action = re.search(r'action="([^"]*)"', tag)
                assert action, template
                path = str(template.relative_to(TEMPLATES))
                found.append((path, re.sub(r"{{.*?}}", "{}", action[1])))
    return found
