"""What the installation knows of itself."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loyalty.db import Base


class Installation(Base):
    """One row. In a demo shop everybody created is a demo person and may be removed without a trace."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    demo: Mapped[bool]
