"""Roles of accounts, and what the roles may do; for administrators, and written down in the audit log."""

from collections.abc import Collection

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.forum import audit
from service.forum.accounts.authority import Authority
from service.forum.accounts.choices import Permission, Role
from service.forum.accounts.operations.rows import is_last_administrator, local_account_row
from service.forum.accounts.rules import FIRST_ACCOUNT
from service.forum.bans import is_banned_now
from service.forum.errors import Conflict, Forbidden, NotFound
from service.language import _
from service.storage.locking import lock_name
from service.storage.tables import RolePermission, UserRole

# Administrators may do everything; what the other roles may is a matter of the site.
CHANGEABLE = (Role.STAFF,)


async def set_role(session: AsyncSession, by: Authority, account_id: int, role: Role, *, held: bool) -> None:
    """Give an account of this site a role, or take it away. Idempotent.

    Parameters:
        by: an administrator.

    Raises:
        NotFound: there is no such account here.
        Conflict: the account is banned, or was never confirmed.
        Forbidden: nobody would be left to administrate the site, or it is the first account, which always does.
    """
    await lock_name(session, "roles")
    user = await local_account_row(session, account_id)
    if user.deleted:
        raise NotFound
    if held and (not user.verified or await is_banned_now(session, account_id)):
        raise Conflict(_("Only accounts that can sign in can have a role."), code="cannot_sign_in")
    if not held and role is Role.ADMINISTRATOR:
        await _check_dispensable(session, account_id)
    mine = (UserRole.user_id == account_id, UserRole.role_id == role.value)
    if bool(await session.scalar(select(exists().where(*mine)))) == held:
        return
    if held:
        await session.execute(insert(UserRole).values(user_id=account_id, role_id=role.value))
    else:
        await session.execute(delete(UserRole).where(*mine))
    await audit.note(
        session,
        by,
        "user_roles",
        target=f"user:{account_id}",
        details={"role": str(role.label), "held": held},
    )


async def set_permissions(
    session: AsyncSession, by: Authority, role: Role, permissions: Collection[Permission]
) -> None:
    """Let a role do exactly this.

    Parameters:
        by: an administrator.

    Raises:
        Forbidden: what this role may do is not a matter of settings.
    """
    if role not in CHANGEABLE:
        raise Forbidden(_("Administrators already have every permission."))
    await lock_name(session, "roles")
    known = [permission.value for permission in Permission]
    held = RolePermission.role_id == role.value
    await session.execute(delete(RolePermission).where(held, RolePermission.permission.in_(known)))
    if permissions:
        rows = [{"role_id": role.value, "permission": one.value} for one in set(permissions)]
        await session.execute(insert(RolePermission), rows)
    names = sorted(str(one.label) for one in permissions)
    await audit.note(session, by, "permissions", details={"role": str(role.label), "permissions": names})


async def _check_dispensable(session: AsyncSession, account_id: int) -> None:
    if account_id == FIRST_ACCOUNT:
        raise Forbidden(_("The first account always remains an administrator."), code="first_account")
    if await is_last_administrator(session, account_id):
        raise Forbidden(_("Make someone else an administrator first."), code="last_administrator")
