"""What `loyalty serve` says about signing in: a one-time link into a demo shop, else where the door is."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.installation import opening
from loyalty.settings import Settings
from loyalty.staff import accounts, audit, invitations
from loyalty.staff.invitations import Kind
from loyalty.staff.models import Role, StaffMember

DEMO = "  Bảng điều khiển, vào với tên {name}, dùng một lần / staff console as {name}, once:  {link}"
DOOR = "  Bảng điều khiển / staff console:  {address}/console/"
NOBODY = "  Bảng điều khiển: thêm chủ cửa hàng trước / staff console: first add an owner:  {command}"
FIRST = ".venv/bin/loyalty staff add 'Tên' --role owner"


def signpost(chosen: Settings, address: str) -> str:
    """The line to print. The owner of a demo shop gets a new link that signs them in; the one of before ends."""
    database = opening.open_database(chosen)
    try:
        with database.transaction() as session:
            owner = next((each for each in accounts.list_all(session) if each.role == Role.OWNER), None)
            if owner is None:
                return NOBODY.format(command=FIRST)
            return _link(session, owner, address) if shop.of(session).demo else DOOR.format(address=address)
    finally:
        database.close()


def _link(session: Session, owner: StaffMember, address: str) -> str:
    token = invitations.issue(session, owner.id, Kind.SIGN_IN, by=audit.CLI, now=datetime.now(UTC))
    name = accounts.name_of(session, owner)
    return DEMO.format(name=name, link=invitations.address(address, token))
