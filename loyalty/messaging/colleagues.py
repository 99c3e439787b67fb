"""What happens to somebody's place in the shop: they hear of it in chat, and their work goes on without them."""

from datetime import datetime

from sqlalchemy.orm import Session

from loyalty import shop
from loyalty.channels import accounts as channels
from loyalty.customers import casework
from loyalty.customers.casework import Worker
from loyalty.messaging import notices
from loyalty.staff import accounts, binding, invitations, leaving
from loyalty.staff.audit import Author
from loyalty.staff.invitations import Kind
from loyalty.staff.models import StaffMember
from loyalty.words import Both

LINK_MADE = Both(
    "Lúc {at}, một đường dẫn đặt lại mật khẩu bảng điều khiển của bạn vừa được tạo. "
    "Không phải bạn nhờ? Báo ngay cho chủ cửa hàng.",
    "At {at} a link to choose a new password for your place at the console was made. "
    "Did you not ask for it? Tell the owner at once.",
)


def invite(session: Session, member: StaffMember, *, anew: bool = False, by: Author, now: datetime) -> str:
    """The token of a link to choose a password with; who has one already is told in their own chat.

    `anew`: their second factor is lost, and every way in ends. Raises StaffNotFound, OnlyAtTheMachine.
    """
    is_news = invitations.has_password(session, member)
    if anew:
        token = invitations.begin_anew(session, member.id, by=by, now=now)
    else:
        token = invitations.issue(session, member.id, Kind.PASSWORD, by=by, now=now)
    if is_news:
        _tell(session, member, now)
    return token


def dismiss(session: Session, staff_id: int, *, by: Author, now: datetime) -> tuple[StaffMember, int]:
    """Somebody stops working here; how many cases of theirs wait for somebody to take them. Conversations follow.

    Raises StaffNotFound, also for somebody who left before; LastOwner.
    """
    member = accounts.lock_leaver(session, staff_id)  # nobody gives them a case from here on
    cases = let_go(session, member, by=by, now=now)
    leaving.remove(session, staff_id, by=by, now=now, left={"cases": cases} if cases else {})
    return member, cases


def let_go(session: Session, leaver: StaffMember, *, by: Author, now: datetime) -> int:
    """Whatever they had not closed is on the list nobody has taken; how many cases that were."""
    worker, cases = Worker(by.actor, f"leaves:{leaver.public_id}:{now.isoformat()}", now), 0
    while some := casework.hand_over(session, leaver, None, worker):
        cases += some
    return cases


def _tell(session: Session, member: StaffMember, now: datetime) -> None:
    here = shop.of(session)
    told = LINK_MADE.in_(here.locale, at=f"{now.astimezone(here.timezone):%H:%M %d/%m}")
    for chat in binding.chats_of_member(session, member.id):
        closes = channels.window_end(chat.account, chat.last_interaction_at)
        if closes is not None and now < closes:
            key = f"password_link:{member.public_id}:{now.isoformat()}:{chat.account.id}"
            notices.tell_chat(session, chat.account.id, chat.user_id, key, told, now=now)
