"""Who lives in the demo shop. The seed makes them customers and staff; the simulator lets anybody speak as them."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["customer", "cashier", "manager", "marketer", "owner"]


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person. Ids and phones are fixed, so that a restart finds the same chats.

    `tier` and, where a story tells them, `points` are what the seed brings about. `is_seeded_chat` False: the shop
    knows the phone only, the person's first message comes as a stranger's. `silent_days`: how long ago they last wrote.
    """

    key: str  # in addresses and in the simulator's store
    name: str
    role: Role
    zalo: str | None = None  # user id at the demo OA
    psid: str | None = None  # user id at the demo page
    phone: str | None = None  # E.164
    locale: Literal["vi", "en"] = "vi"
    tier: str | None = None  # code in the demo programme; None: has not joined
    points: int | None = None
    promotion: bool | None = None  # agreed, withdrew, was never asked
    silent_days: int = 0
    is_seeded_chat: bool = True
    story: str = ""
    story_en: str = ""


CUSTOMERS = (
    Person(
        key="lan",
        name="Lan",
        role="customer",
        zalo="5500000000000000101",
        psid="24500000000000101",
        phone="+84903215748",
        tier="gold",
        promotion=True,
        story="Khách ruột hạng Vàng, ghé gần như mỗi sáng. Nhắn cả trên Zalo lẫn Messenger.",
        story_en="A Gold regular who drops in most mornings. Writes on both Zalo and Messenger.",
    ),
    Person(
        key="minh",
        name="Minh",
        role="customer",
        psid="24500000000000102",
        phone="+84938462507",
        tier="member",
        points=40,
        promotion=True,
        story="Mới tham gia qua Messenger, có 40 điểm.",
        story_en="Joined on Messenger a little while ago and has 40 points.",
    ),
    Person(
        key="hoa",
        name="Hoa",
        role="customer",
        zalo="5500000000000000103",
        phone="+84977340186",
        tier="silver",
        promotion=False,
        story="Hạng Bạc, đã nhắn «dừng»: vẫn tích điểm nhưng không nhận ưu đãi.",
        story_en="Silver. Wrote «dừng»: still collects points, gets no offers.",
    ),
    Person(
        key="an",
        name="An",
        role="customer",
        zalo="5500000000000000104",
        story="Mới quan tâm OA, chưa cho số điện thoại nên chưa có điểm.",
        story_en="Follows the account but never gave a phone, so has no points yet.",
    ),
    Person(
        key="vy",
        name="Vy",
        role="customer",
        psid="24500000000000105",
        phone="+84869513274",
        tier="silver",
        promotion=True,
        story="Hạng Bạc, chỉ còn một đơn lớn nữa là lên Vàng. Đã tắt «chọn riêng»: ưu đãi không chọn theo lịch sử mua.",
        story_en="Silver, one big bill away from Gold. Switched personal choice off: is not chosen by what she buys.",
    ),
    Person(
        key="tuan",
        name="Tuấn",
        role="customer",
        zalo="5500000000000000106",
        phone="+84915608243",
        tier="member",
        points=64,
        is_seeded_chat=False,
        story="Đã tích 64 điểm ở quầy bằng số điện thoại, chưa từng nhắn. Gõ số thì chưa đủ: hãy chia sẻ liên hệ.",
        story_en="Has 64 points from the counter, never wrote. Typing the phone proves nothing: share the contact.",
    ),
    Person(
        key="emma",
        name="Emma",
        role="customer",
        psid="24500000000000107",
        phone="+84705284619",
        locale="en",
        tier="member",
        points=12,
        promotion=None,
        story="Khách nước ngoài, trò chuyện bằng tiếng Anh.",
        story_en="Lives here, chats in English.",
    ),
    Person(
        key="binh",
        name="Bình",
        role="customer",
        zalo="5500000000000000108",
        phone="+84356917420",
        tier="member",
        points=90,
        promotion=True,
        silent_days=60,
        story="Hai tháng chưa ghé, cũng chưa nhắn: ngoài giờ trả lời miễn phí nên ưu đãi không tới được.",
        story_en="Silent for two months: outside the free window, so no offer can reach them.",
    ),
)

STAFF = (
    Person(
        key="thu",
        name="Thu",
        role="cashier",
        zalo="5500000000000000201",
        story="Thu ngân: tích điểm, tìm khách, hủy dòng mình vừa ghi.",
        story_en="Cashier: awards points, finds customers, undoes own entries.",
    ),
    Person(
        key="hung",
        name="Hùng",
        role="manager",
        zalo="5500000000000000202",
        story="Quản lý: duyệt đơn lớn, hủy dòng của mọi người.",
        story_en="Manager: approves big bills, undoes anybody's entries.",
    ),
    Person(
        key="mai",
        name="Mai",
        role="owner",
        zalo="5500000000000000203",
        story="Chủ quán: được báo khi có việc cần biết.",
        story_en="Owner: is told whatever she must know.",
    ),
    Person(
        key="quyen",
        name="Quyên",
        role="marketer",
        zalo="5500000000000000204",
        story="Tiếp thị: chia nhóm khách, soạn chiến dịch, trả lời trò chuyện, không tích điểm.",
        story_en="Marketer: makes segments and campaigns, answers chats, awards nothing.",
    ),
)

PEOPLE = CUSTOMERS + STAFF
