"""What stands beside a phone: the writer's own name, that they have a new one, or whose phone it is instead."""

import re
from collections.abc import Sequence

from bots.commands.words import is_in, listed, word
from loyalty.typed import fold, phones

_OTHERS = """
mẹ má mệ u ba bố tía bà ông bạn chồng vợ chị anh em cô chú bác con cháu bé dì cậu mợ thím dượng ngoại nội nhà sếp thầy
người shop quán tiệm ship shipper hotline zalo số khách đơn hàng giao nhận lấy gửi đặt gọi hủy mua trả tiền bill order
hôm ngày trưa chiều tối bàn phòng mới cũ mom mum dad wife husband friend boss driver delivery mother father
sister brother son daughter office
"""
OTHERS = listed(_OTHERS)  # no names: «0912345678 Mẹ», «0912345678 Giao Hàng»
_NAMES_TOO = """
duong hang giao mo tien nhan son noi bo u phong dat huy nha chau
"""
NAMES_TOO = frozenset(_NAMES_TOO.split())  # without a tone: «Dương», «Hang»
ERRANDS = re.compile(
    r"\b(?:(?:giao|nhan|lay|dat|don|mua|gui) (?:hang|tien|do|com|banh|nuoc)|tien (?:hang|nha|coc)|cong ty"
    r"|ke toan|bao ve|tai xe|le tan|(?:hom|sang|chieu|trua|toi) (?:qua|nay|mai)|nguoi (?:nhan|yeu|nha)"
    r"|my (?:mom|mum|dad|wife|husband|friend|boss|mother|father|sister|brother|son|daughter))\b"
)

ANOTHERS = re.compile(
    r"\b(?:ban|con|chau)(?: cua)? (?:em|e|minh|mk|toi|tui|anh|chi)\b"
    r"|\b(?:ho|giup|gium|dum|cho) (?:khach|ban be)\b(?! hang)"
)  # «đăng ký cho bạn em 0912345678»
CHANGED = re.compile(
    r"^(?:(?:em|e|mình|mk|tôi|tui|anh|chị|cô|chú|bác)\s)?(?:(?:mới|vừa|đã)\s)?(?:đổi|thay|doi)\s(?:sim|số|so|sđt|sdt)\b"
    r"(?:\s(?:rồi|roi|điện thoại|mới))*(?:\sạ)?[\s,.;]*",
    re.IGNORECASE,
)  # «em đổi sim rồi, số mới là …»
_NAMES = r"[^\W\d_]+(?: [^\W\d_]+){0,4}"
_MY_NAME_IS = r"(?:(?:tên|ten)(?: (?:em|e|mình|mk|tôi|tui|anh|chị|cô|chú|bác))?(?: (?:là|la))?|là|la|name is|i am|i'm)"
_NAMED = re.compile(
    rf"(?:\b{_MY_NAME_IS} (?P<told>{_NAMES}?)[ ,;.–-]+"
    rf"(?=(?:sđt|sdt|đt|dt|điện thoại|số|so|phone|[+(\d])))"
    rf"|(?P<phone>[+(\d][\d .()-]{{7,20}})[ ,;–-]+(?P<after>{_NAMES})$",
    re.IGNORECASE,
)


def _is_kin(names: Sequence[str]) -> bool:
    """Whether it is somebody of the family, a trade or an errand, and so no name."""
    first = word(names[0].casefold())
    is_kin = is_in(first, OTHERS) and (bool(first.tone) or first.bare not in NAMES_TOO)
    return is_kin or ERRANDS.search(fold.fold(" ".join(names))) is not None


def is_of_another(plain: str) -> bool:
    """Whether a message says that its phone is somebody else's."""
    return ANOTHERS.search(fold.fold(plain)) is not None


def unnamed(plain: str) -> str:
    """The message without the writer's name: «em là Hoa, sđt 0912345678», `0912345678 Lan Anh`; nothing for another."""
    found = _found(plain)
    return f"{plain[: found.start()]} {found['phone'] or ''} {plain[found.end() :]}" if found else ""


def told(text: str) -> str | None:
    """The writer's own name, where they say that it is: «em tên Hạnh, sđt 0912345678»; not a name just beside it."""
    plain = fold.plain(text)
    found = None if is_of_another(plain) else _found(plain)
    return found["told"] if found else None


def _found(plain: str) -> re.Match[str] | None:
    found = _NAMED.search(plain) if len(plain) <= phones.LONGEST_MESSAGE else None
    if found is None:
        return None
    names = (found["told"] or found["after"]).split()
    return found if all(name[0].isupper() for name in names) and not _is_kin(names) else None
