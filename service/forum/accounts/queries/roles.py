"""Which roles accounts have, and what roles may do."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.forum.accounts.choices import Permission, Role
from service.storage.tables import RolePermission, UserRole


async def roles_of(db: AsyncConnection, account_id: int) -> frozenset[Role]:
    """The roles that an account has."""
    rows = await db.scalars(select(UserRole.role_id).where(UserRole.user_id == account_id))
    return frozenset(role for row in rows if (role := Role.stored(row, None)) is not None)


async def permissions_of(db: AsyncConnection, role: Role) -> frozenset[Permission]:
    """What a role may do."""
    rows = await db.scalars(select(RolePermission.permission).where(RolePermission.role_id == role.value))
    return frozenset(one for row in rows if (one := Permission.stored(row, None)) is not None)
