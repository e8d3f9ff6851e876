"""What all tables share: the declarative base and how Python's types are stored.

Almost every column of pyfedi's tables is nullable and without a server default, so the defaults here are
Python's: an insert through a class fills every column that either program reads.
"""

from typing import TYPE_CHECKING

from sqlalchemy import JSON, ColumnElement, Double, Text, literal_column, or_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped

LOCAL_INSTANCE = 1  # the row of `instance` that is this site

# A missing value is SQL's NULL, never JSON's null.
Json = JSON(none_as_null=True)


class Base(DeclarativeBase):
    """The base of all tables. A `str` without a length is `text`; a `float` is `double precision`."""

    type_annotation_map = {str: Text(), float: Double()}  # noqa: RUF012


class Actor:
    """What accounts, communities and feeds have in common: one of this site's own has no address elsewhere."""

    if TYPE_CHECKING:
        ap_id: Mapped[str | None]

    @hybrid_property
    def is_local(self) -> bool:
        """Whether it is this site's own."""
        return self.ap_id is None

    @is_local.inplace.expression
    @classmethod
    def _is_local(cls) -> ColumnElement[bool]:
        return cls.ap_id.is_(None)


class Content:
    """What posts and comments have in common: they have an address wherever they were written; old ones no server."""

    if TYPE_CHECKING:
        instance_id: Mapped[int | None]

    @hybrid_property
    def is_local(self) -> bool:
        """Whether it was written here."""
        return self.instance_id in {None, LOCAL_INSTANCE}

    @is_local.inplace.expression
    @classmethod
    def _is_local(cls) -> ColumnElement[bool]:
        here: ColumnElement[int] = literal_column(str(LOCAL_INSTANCE))  # cheaper than a bound constant
        return or_(cls.instance_id == here, cls.instance_id.is_(None))
