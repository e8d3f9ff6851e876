"""Invitations into a community: sent by those who may, accepted by whom they are for."""

from quart import Response, request

from service.forum.accounts.rules import EMAIL_LENGTH
from service.forum.accounts.viewer import signed_in
from service.forum.communities import operations, queries
from service.forum.errors import Banned, Forbidden, ForumError
from service.http.context import current_viewer, resources
from service.http.passing.limits import limit
from service.http.web.communities import find, moderates
from service.http.web.frame.fields import Form, Line
from service.http.web.frame.forms import SHOWN_IN_FORM, came_from, go, number_of, posted, show_form
from service.http.web.frame.helpers import community_actions
from service.http.web.frame.listing import PAGE, page_after
from service.http.web.moderation.blueprint import blueprint
from service.http.web.moderation.place import HANDLE_LENGTH, person_named
from service.language import _

INVITATION = Form(
    Line(
        "person",
        _("Person"),
        _("The name of someone on this site. They'll be notified and can join with one click."),
        required=None,
        most=HANDLE_LENGTH,
    ),
    Line(
        "email",
        _("Or an email address"),
        _("Anyone with the link in the email can use it to join, but only once."),
        most=EMAIL_LENGTH[1],
        kind="email",
    ),
)


@blueprint.get("/community/<name>/invite")
async def invite_page(name: str) -> Response:
    """Show the form of an invitation, and to those who moderate whose answer is awaited."""
    return await _show(name, {})


@blueprint.post("/community/<name>/invite")
async def invite(name: str) -> Response:
    """Invite somebody by their name, here or elsewhere, or by an e-mail address."""
    viewer = signed_in(current_viewer())
    detail = await find(name)
    form = await posted()
    write, community_id = resources().database.write, detail.community.id
    try:
        sent = INVITATION.read(form)
        if sent["email"] and resources().mail.is_configured:
            await limit("recovery")
            await write(operations.invite_address, viewer, community_id, sent["email"])
        else:
            await limit("publish")
            person = await person_named(sent["person"].lstrip("@"))
            domain = resources().config.site.domain
            await write(operations.invite, viewer, community_id, person.id, domain=domain)
    except (*SHOWN_IN_FORM, Banned, Forbidden) as refusal:
        return await _show(name, form, refusal)
    return go(f"/community/{name}/invite", "invited")


@blueprint.post("/community/<name>/invitations/<int:invitation_id>/withdraw")
async def withdraw(name: str, invitation_id: int) -> Response:
    """Take an invitation back."""
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.withdraw_invitation, viewer, invitation_id)
    return go(await came_from(), "invitation-withdrawn")


@blueprint.post("/community/<name>/accept_invite/<token>/decline")
async def decline(name: str, token: str) -> Response:
    """Turn down an invitation."""
    await resources().database.write(operations.decline_invitation, signed_in(current_viewer()), token)
    return go("/notifications", "invitation-declined")


@blueprint.get("/community/<name>/accept_invite/<token>")
async def accept_page(name: str, token: str) -> Response:
    """Ask whether somebody wants to join the community into which they were invited."""
    viewer = signed_in(current_viewer())
    async with resources().database.read() as db:
        found = await queries.invitation_by_token(db, viewer, token)
    return show_form("moderation/invitation.html", {}, invitation=found)


@blueprint.post("/community/<name>/accept_invite/<token>")
async def accept(name: str, token: str) -> Response:
    """Join the community into which one was invited."""
    viewer = signed_in(current_viewer())
    await resources().database.write(operations.accept_invitation, viewer, token)
    return go(f"/c/{name}", "joined")


async def _show(name: str, form: dict[str, str], refusal: ForumError | None = None) -> Response:
    viewer = signed_in(current_viewer())
    detail = await find(name)
    number = number_of(request.args.get("page"))
    waiting, has_more = [], False
    if moderates(viewer, detail):
        async with resources().database.read() as db:
            found = await queries.invitations(db, detail.community.id, page=number, size=PAGE)
        waiting, has_more = found.items, found.has_more
    path = community_actions(detail.community)
    return show_form(
        "moderation/invite.html",
        form,
        refusal,
        fields=INVITATION,
        community=detail.community,
        path=path,
        waiting=waiting,
        next_url=page_after(f"{path}/invite", number, has_more),
        writes=resources().mail.is_configured,
    )
