"""Administration: the accounts, and what can be done to one."""

from datetime import timedelta
from functools import partial
from typing import Any

from quart import Blueprint, Response, request

from service.forum import audit
from service.forum.accounts import operations
from service.forum.accounts.choices import DirectorySort, Role
from service.forum.accounts.operations import ACTIONS, DONE_WORDS, Act, Action
from service.forum.accounts.operations.administration import REASON_LENGTH
from service.forum.accounts.private_registration import AccountForm, register_privately
from service.forum.accounts.queries import roles_of
from service.forum.accounts.queries.directory import AccountRow, DirectoryFilter, account_by, directory
from service.forum.accounts.rules import ABOUT_LENGTH, NAME_LENGTH, TITLE_LENGTH
from service.forum.accounts.viewer import administrator
from service.forum.audit import AuditFilter
from service.forum.choices import options
from service.forum.errors import Conflict, Forbidden, ForumError, Invalid, NotFound
from service.forum.moderation.content import ban_and_remove_content
from service.http.context import current_viewer, resources
from service.http.web.admin.audit import people_of
from service.http.web.admin.authority import authority
from service.http.web.auth.credentials import new_password, own_email
from service.http.web.frame.fields import Area, Form, Line, Number, Switch
from service.http.web.frame.forms import (
    SHOWN_IN_FORM,
    go,
    number_of,
    posted,
    show_form,
)
from service.http.web.frame.listing import PAGE, page_after, search_words
from service.http.web.frame.rendering import render
from service.language import _, p_
from service.storage.clock import utcnow

blueprint = Blueprint("admin_users", __name__, url_prefix="/admin/users")

USERS = "/admin/users"
SHOWN_ENTRIES = 10
LONGEST_BAN = 36_500  # days

TITLE = Line("title", _("Display name"), most=TITLE_LENGTH)
NEW_ACCOUNT = Form(
    Line(
        "name",
        _("Username"),
        _("Use the letters a to z, digits and underscores."),
        required=True,
        most=NAME_LENGTH[1],
        fills="off",
    ),
    own_email(),
    TITLE,
    new_password(_("Password"), _("Leave empty to generate one. It's only shown once."), required=False),
    Switch(
        "active",
        _("Let the owner sign in right away"),
        _("Otherwise, they'll have to confirm their email address first."),
    ),
    Switch("welcome", _("Send a welcome email")),
)
ACCOUNT = Form(
    TITLE,
    Area("about", _("About"), most=ABOUT_LENGTH, written=True),
    own_email(required=False),
    Switch("verified", _("Email address confirmed")),
    Switch("ban_posts", _("Can't create posts")),
    Switch("ban_comments", _("Can't write comments")),
)
ACT = Form(
    Line("reason", _("Reason"), most=REASON_LENGTH),
    Number("days", _("Days"), _("Leave empty to ban permanently."), least=1, most=LONGEST_BAN),
    Switch("content", _("Remove everything they posted")),
    Switch("tell", _("Email the owner")),
)

# The words of the filter -> what is asked for.
STATUSES: dict[str, tuple[str, bool | None, bool | None]] = {
    "": (_("All"), None, None),
    "active": (p_("accounts", "Active"), None, True),
    "stopped": (_("Banned or disabled"), None, False),
    "unconfirmed": (_("Unconfirmed"), False, None),
}


@blueprint.get("/")
async def users() -> str:
    """Show a page of accounts, by filter and order."""
    administrator(current_viewer())
    search, status = search_words(), request.args.get("status", "")
    everywhere = request.args.get("from") == "everywhere"
    sort = DirectorySort.named(request.args.get("sort"), DirectorySort.NEWEST)
    number = number_of(request.args.get("page"))
    _, verified, active = STATUSES.get(status, STATUSES[""])
    wanted = DirectoryFilter(local_only=not everywhere, verified=verified, active=active, search=search)
    async with resources().database.read() as db:
        page = await directory(db, wanted, sort=sort, page=number, size=PAGE)
    query = {"q": search, "status": status, "from": "everywhere" if everywhere else "", "sort": sort}
    more = page.total > number * PAGE
    return render(
        "admin/users.html",
        page=page,
        filters=query,
        statuses=[(word, words) for word, (words, *_) in STATUSES.items()],
        sorts=options(DirectorySort),
        next_url=page_after(f"{USERS}/", number, more, **query),
    )


@blueprint.get("/new")
async def new_page() -> Response:
    """Show the form of a new account."""
    administrator(current_viewer())
    return show_form(
        "admin/new_user.html",
        {"active": "1"},
        fields=NEW_ACCOUNT,
        letters=resources().mail.is_configured,
        made=None,
    )


@blueprint.post("/new")
async def make() -> Response:
    """Make an account for somebody; a password that is made is shown once."""
    by = authority()
    form = await posted()
    letters = resources().mail.is_configured
    try:
        said = NEW_ACCOUNT.read(form)
        account = AccountForm(
            **said | {"password": said["password"] or None, "active": said["active"] or not letters}
        )
        made = await register_privately(
            resources().database, by, account, domain=resources().config.site.domain, letters=letters
        )
    except SHOWN_IN_FORM as refusal:
        return show_form("admin/new_user.html", form, refusal, fields=NEW_ACCOUNT, letters=letters, made=None)
    if made.generated_password is None:
        return go(f"{USERS}/{made.account_id}", "user-made")
    return show_form("admin/new_user.html", {"active": "1"}, fields=NEW_ACCOUNT, letters=letters, made=made)


@blueprint.get("/<int:account_id>")
async def user(account_id: int) -> Response:
    """Show an account, and what can be done to it."""
    administrator(current_viewer())
    return await _show(account_id, {})


@blueprint.get("/<int:account_id>/edit")
async def edit_page(account_id: int) -> Response:
    """Show the form of an account's details."""
    administrator(current_viewer())
    account = await _local(account_id)
    return show_form("admin/edit_user.html", _written(account), fields=ACCOUNT, account=account)


@blueprint.post("/<int:account_id>/edit")
async def edit(account_id: int) -> Response:
    """Change an account's details."""
    by = authority()
    account = await _local(account_id)
    form = await posted()
    try:
        changes = ACCOUNT.changes(form, _written(account))
        if changes:
            domain = resources().config.site.domain
            await resources().database.write(
                operations.update_account, by, account_id, changes, domain=domain
            )
    except (*SHOWN_IN_FORM, Forbidden) as refusal:
        return show_form("admin/edit_user.html", form, refusal, fields=ACCOUNT, account=account)
    return go(f"{USERS}/{account_id}", "user-changed")


@blueprint.post("/<int:account_id>/roles/<role>/give", defaults={"held": True})
@blueprint.post("/<int:account_id>/roles/<role>/take", defaults={"held": False})
async def set_role(account_id: int, role: str, *, held: bool) -> Response:
    """Give an account a role, or take it away."""
    by = authority()
    chosen = Role.stored(int(role) if role.isascii() and role.isdecimal() and len(role) < 4 else None, None)
    if chosen is None:
        raise NotFound
    try:
        await resources().database.write(operations.set_role, by, account_id, chosen, held=held)
    except (Conflict, Forbidden) as refusal:
        return await _show(account_id, {}, refusal)
    return go(f"{USERS}/{account_id}", "role-given" if held else "role-taken")


@blueprint.post("/<int:account_id>/<action>")
async def act(account_id: int, action: str) -> Response:
    """Disable, enable, ban, unban or delete an account."""
    by = authority()
    form = await posted()
    try:
        chosen = _action(action)
        said = ACT.read(form)
        done = Act(
            reason=said["reason"],
            until=None if said["days"] is None else utcnow() + timedelta(days=said["days"]),
            tell=said["tell"],
            removes_content=said["content"],
        )
        act_on = partial(operations.perform, by=by, action=chosen, account_id=account_id, act=done)
        write = resources().database.write
        if chosen == "ban" and said["content"]:
            viewer = administrator(current_viewer())
            await write(ban_and_remove_content, viewer, account_id, act_on, reason=done.reason)
        else:
            await write(act_on)
    except (Conflict, Invalid) as refusal:
        return await _show(account_id, form, refusal, acted=action)
    path = USERS if chosen == "delete" else f"{USERS}/{account_id}"
    return go(path, f"user-{DONE_WORDS[chosen]}")


async def _local(account_id: int) -> AccountRow:
    """An account of this site; of others there is nothing to edit."""
    async with resources().database.read() as db:
        account = await account_by(db, account_id=account_id)
    if not account.local:
        raise NotFound
    return account


def _written(account: AccountRow) -> dict[str, Any]:
    """What stands on the form of an account."""
    return {field.name: getattr(account, field.name) for field in ACCOUNT}


async def _show(
    account_id: int, form: dict[str, str], refusal: ForumError | None = None, *, acted: str = ""
) -> Response:
    async with resources().database.read() as db:
        account = await account_by(db, account_id=account_id)
        entries = await audit.trail(db, AuditFilter(target=f"user:{account_id}"), size=SHOWN_ENTRIES)
        people = await people_of(db, entries.entries)
        roles = await roles_of(db, account_id)
    return show_form(
        "admin/user.html",
        form,
        refusal,
        fields=ACT,
        acted=acted,
        account=account,
        entries=entries.entries,
        people=people,
        roles=[(role, role in roles) for role in Role],
        letters=resources().mail.is_configured and bool(account.email),
    )


def _action(word: str) -> Action:
    for action in ACTIONS:
        if action == word:
            return action
    raise NotFound
