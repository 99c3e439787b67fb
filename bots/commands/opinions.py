"""A judgement of the shop that says not what to do with it: «bánh hôm nay khô quá». It is only offered to be kept."""

import re

from bots.commands.words import Word, split
from loyalty.typed import fold

FEWEST_WORDS = 5
LONGEST = 500  # characters that fit a button on every channel
_JUDGED = """
ngon dở tệ khô nguội mặn nhạt lạt thiu ôi hư hỏng dơ bẩn chán kém lỗi rách xù bung phai bể móp dày êm xịn ưng tuyệt đỉnh
bong tróc đẹp xấu kỹ kĩ chậm trễ cọc gắt cáu quạu hỗn hôi ồn
friendly rude cold dirty slow delicious tasty yummy great amazing awful terrible horrible loved lovely stale
disappointed disappointing unhappy excellent polite helpful noisy
"""
JUDGED = frozenset(split(_JUDGED))  # as they are written: «em» is no «êm»
PAIRS = re.compile(
    r"\b(?:de thuong|nhiet tinh|than thien|chu dao|vui ve|thai do|that vong|loi lom|hai long|chat luong|bat lich su"
    r"|qua te|lau qua|cho lau|doi lau|kho chiu|cau tha|an can|rat thich|thich lam|not happy|not good|so good|so bad"
    r"|bi (?:chua|nut|vo|gay|dut|hu|hong|moc|tanh|loang|chay nuoc|ri|lem|tray|xuoc|bong|troc)"
    r"|(?:ngot|loang|nhao|cay) (?:qua|lam|ghe|khung)|co (?:toc|ruoi|gian|kien|sau)"
    r"|[1-5] sao|five stars?)\b"
)
COMPLAINTS = re.compile(
    r"\b(?:(?:khong|ko|k|kg|hong|hok|chua|chang) (?:he |duoc |may )?hai long(?: (?:chut|ti) nao)?"
    r"|lam an (?:(?:kieu|cai) gi|nhu (?:the|vay|v)|chan|that duc)"
    r"|(?:very|really|so) disappointed with|not satisfied|unacceptable|(?:terrible|awful) service)\b"
)  # of the shop, whatever it is about
_OF_SHOP = """
bánh nước ly món quán tiệm trà cơm bún phở áo quần váy giày túi bàn phòng ghế thợ hàng đồ cam trái cây rau thịt kem sữa
ly tô hộp dây kính ốp nón mũ son móng hoa massage spa đợi chờ mua giặt ăn uống dán
staff coffee tea table food service place cake drink drinks meal waiter waitress barista shop room
"""
OF_SHOP = frozenset(split(_OF_SHOP))
SERVED = re.compile(
    r"\b(?:nhan vien|phuc vu|dich vu|chat luong|bao ve|thu ngan|ca phe|cua hang|cat toc|lam toc|lam mong)\b"
)
ASKED = re.compile(
    r"\?|\b(?:bao nhieu|may gio|khi nao|(?<!khong )(?<!ko )bao gio"
    r"|(?<!goi )(?<!bat )(?<!lan )(?<!dung )dau|the nao|lam sao|tai sao|(?<!\d )sao|nao|gi|ai"
    r"|(?:khong|ko|chua) (?:a|shop)|what|when|where|how|which|can i|could|do you|is there|are there)\b"
    r"|\b(?:khong|ko|k|chua|hong)$"
)
WANTED = re.compile(
    r"\b(?:cho (?:em|chi|anh|minh|co|toi|tui|\d|mot|hai|ba)|lay (?:cho|em|chi)|dat (?:ban|hang|mon)"
    r"|muon (?:mua|dat|doi)|giao|ship|them|order|i want|give me|see you)\b"
)
ELSEWHERE = re.compile(
    r"\b(?:me|chong|vo|ny|nguoi yeu|(?:nha|ba|bo|ma|con) (?:em|toi|minh|tui|chi|anh)|(?:shop|quan|tiem|ben) khac|phim"
    r"|cong viec|truong|song|mother|mom|home|school|work)\b"
)  # not of this shop


def is_one(text: str) -> bool:
    """Whether it judges something of the shop, and asks and wants nothing."""
    said, words = fold.fold(text), split(text)
    asked = COMPLAINTS.sub("", said.rstrip(" .!"))
    if len(words) < FEWEST_WORDS or len(text) > LONGEST or ASKED.search(asked):
        return False
    if WANTED.search(said) or ELSEWHERE.search(said):
        return False
    if COMPLAINTS.search(said):
        return True
    is_judged = not JUDGED.isdisjoint(words) or PAIRS.search(said)
    return bool(is_judged and (not _named(text).isdisjoint(OF_SHOP) or SERVED.search(said)))


def _named(text: str) -> frozenset[Word]:
    """The words; of who types no marks at all, with every mark they may have."""
    words = split(text)
    bare = {word.bare for word in words} if text.isascii() else ()
    return frozenset((*words, *(word for word in OF_SHOP if word.bare in bare)))
