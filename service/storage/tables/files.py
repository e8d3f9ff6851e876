"""Pictures and other files, ours or linked."""

from sqlalchemy import String
from sqlalchemy.dialects.postgresql import BIT, BitString
from sqlalchemy.orm import Mapped, mapped_column

from service.storage.tables.base import Base


class File(Base):
    """A picture or other file: stored here (`file_path`) or elsewhere (`source_url`)."""

    __tablename__ = "file"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_path: Mapped[str | None] = mapped_column(String(255))
    file_name: Mapped[str | None] = mapped_column(String(255))
    width: Mapped[int | None]
    height: Mapped[int | None]
    alt_text: Mapped[str | None] = mapped_column(String(1500))
    source_url: Mapped[str | None] = mapped_column(String(1024))
    thumbnail_path: Mapped[str | None] = mapped_column(String(255))
    thumbnail_width: Mapped[int | None]
    thumbnail_height: Mapped[int | None]
    hash: Mapped[BitString | None] = mapped_column(BIT(256), index=True)  # PDQ perceptual hash
