"""What stands beside a phone where a name may: the writer's own, or whose phone it is instead."""

import re
from collections.abc import Sequence

from bots.commands.words import is_in, listed, word
from loyalty.typed import fold

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


def of_another(names: Sequence[str]) -> bool:
    """Whether it is somebody of the family, a trade or an errand, and so no name."""
    first = word(names[0].casefold())
    is_kin = is_in(first, OTHERS) and (bool(first.tone) or first.bare not in NAMES_TOO)
    return is_kin or ERRANDS.search(fold.fold(" ".join(names))) is not None
