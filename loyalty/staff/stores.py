"""The places one buys at."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.errors import NotFound
from loyalty.staff.models import Store
from loyalty.typed import fold


class StoreNotFound(NotFound):
    """No store is called that; `known` are the codes there are."""

    code = "store_not_found"

    def __init__(self, typed: str, known: Sequence[str]) -> None:
        super().__init__(f"no store {typed!r}", typed=fold.quote(typed), known=list(known))


def default(session: Session) -> Store:
    """The first store, there from the beginning."""
    return session.scalars(select(Store).order_by(Store.id).limit(1)).one()


def get_by_code(session: Session, code: str) -> Store:
    """A store by its code in any case. Raises StoreNotFound."""
    store = session.scalar(select(Store).where(Store.code == fold.plain(code).upper()))
    if store is None:
        raise StoreNotFound(code, [known.code for known in list_all(session)])
    return store


def list_all(session: Session) -> Sequence[Store]:
    return session.scalars(select(Store).order_by(Store.code)).all()
