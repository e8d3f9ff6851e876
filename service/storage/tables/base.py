"""What all tables share: the declarative base and how Python's types are stored.

Almost every column of pyfedi's tables is nullable and without a server default, so the defaults here are
Python's: an insert through a class fills every column that either program reads.
"""

from sqlalchemy import JSON, Double, Text
from sqlalchemy.orm import DeclarativeBase

# A missing value is SQL's NULL, never JSON's null.
Json = JSON(none_as_null=True)


class Base(DeclarativeBase):
    """The base of all tables. A `str` without a length is `text`; a `float` is `double precision`."""

    type_annotation_map = {str: Text(), float: Double()}  # noqa: RUF012
