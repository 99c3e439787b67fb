"""Lines of staff in the order people speak: «khách 0912345678 vừa trả 350k, tích giúp em» is `/tich 0912345678 350k`.

Each reading knows every word that may stand in it, tone marks aside; one it does not know, such as «đừng» or «chưa»,
makes it none. Nothing is done by it: the line is shown to whoever wrote it.
"""

import re
from collections.abc import Collection, Iterator

from bots.commands import STAFF, Command, registry, slots, words
from bots.commands.words import is_in, listed
from loyalty.errors import LoyaltyError
from loyalty.typed import award, codes, fold, money, phones, returned

_AROUND = """
cho khách kh quen hàng số sdt sđt dt đt giúp giùm dùm hộ nha nhé ạ với em e đi to for please of chị anh cô bác chú ơi
vâng ok oke này nè đọc nói đơn hd hđ hóa bill tổng mua tiền là hết vừa mới toán thanh mặt luôn shop bạn và vào vô
trị giá của mã điện thoại trả mình
"""
MARKED = listed(_AROUND)  # a mark that was typed counts: «quên» is no «quen»
AROUND = frozenset(MARKED) - {"tra"}
PAID = frozenset({"tra"})
TITLES = frozenset({"chi", "anh", "co", "chu", "bac", "em", "ban", "khach", "ten"})  # a name may follow
AWARDING = re.compile(
    r"\b(?:tich|tick|(?<!tong )cong)(?: diem)?\b(?! (?:ty|no|tien|so|them))"
    r"|\b(?:tinh|ghi) diem\b|\bghi nhan\b|\bnhap(?= (?:don|bill|hoa don)\b)"
)
DONE = re.compile(
    r"\b(?:vua|moi)(?: moi)? (?:tich|cong|nhap|ghi nhan)\b|\b(?:da|roi|xong)\b"
)  # «đã tích …», «em tích … rồi» only tells
ASKED = re.compile(r"\?|(?<!\w)(?:à|hả|hở|nhỉ|chưa|không|ko|sao|chua|khong)[\W]*$", re.IGNORECASE)
NOT_YET = re.compile(r"\bchua (?:tich|cong)(?: diem)?(?=.*\b(?:tich|cong)\b)")  # «chưa tích, tích giúp em»
TRYING = re.compile(
    r"\b(?:tinh thu|thu tinh|xem thu|thu xem|thu|neu|gia su|thi)\b|\b(?:dung|khoi|chua) (?:cong|tich)\b"
)
HOW_MANY = re.compile(
    r"\b(?:duoc|dc)(?: cong| tich)? (?:bao nhieu|bn|may|nhieu|nhiu) (?:diem|d)\b(?: (?:vay|z|a|nhi|ta|ha)\b)*"
)
POINTS = re.compile(r"\b(\d[\d.,]*) ?(?:diem|points?)\b")
_ABOUT = """
tra check chek ktra kiem coi xem tim do diem hang gi nao con bao nhieu bn nhiu may truoc lan uu dai ko khong k the duoc
ten ai thong tin lich su hien dang vay sinh nhat han z voucher phieu thu
"""
ABOUT = frozenset(_ABOUT.split()) | {"roi", "r", "v", "j", "lai", "kt", "co"}
WORTH = re.compile(r"\b(voucher|phieu|ma) \d+k\b")  # «voucher 50k» names one
OWN = re.compile(r"\b(?:so|sdt)(?: dien thoai)?(?: cua)? (?:em|minh|toi|tui|my)\b")
_HANDING = """
doi giao nhan lay qua ma dua phan thuong xac voucher cai mon muon code
"""
HANDING = frozenset(_HANDING.split())
HANDED = frozenset({"doi", "giao", "nhan", "lay"})
RETURNING = re.compile(r"\b(?:tra (?:lai|hang|nguyen)|(?:mang|dem) tra|hoan (?:hang|tien|lai)|doi tra)\b")
_RETURNED = """
tra lai hang hoan nguyen loi hu hong bi ve doi mang dem
"""
BROUGHT = re.compile(
    r"^khach (?:(?:vua|da|moi) )?(?:dem|mang)\b|\broi$"
)  # what the customer did is still to be written
RETURNED = frozenset(_RETURNED.split())
MISSED = re.compile(
    r"\bchua (?:thay|co|duoc|dc|len|nhan|vao)\b|\bda\b.*\bchua\b|\b(?:tich|cong)(?: diem)? chua\b"
    r"|\b(?:khong|ko|k|kg) (?:thay|co|duoc|dc|len)\b"
)
SUMS = re.compile(r"\b\d[\d.,]*(?:k|tr|trieu|d|dong|nghin|ngan)\d?\b")
_MISSING = """
chua da co thay len cong tich duoc dc nhan vao mua diem noi bao keu la ma hom qua nay sang chieu trua toi hoi nay
bua truoc khach sao xem thu
gium giup bill don hd tong tien thanh toan roi vua moi van u
"""
MISSING = frozenset(_MISSING.split())
REFUSED = re.compile(r"\b(?:khong|ko|k|dung|đừng|chua|khoi)\b")
LEAVING = re.compile(
    r"(?:.*\b)?(?:thoat|huy lien ket)(?: khoi)?(?: (?:tai khoan|acc|vai tro|quyen))? nhan vien"
    r"(?: (?:giup|gium|dum|nha|nhe|a|em|e|minh|voi|di))*"
)
GIVING = re.compile(r"\b(?:bu|den bu|den|tang)\b")
WHY = re.compile(r"(?<!\w)(?:lý do|lí do|ly do|vì|vi|do|tại|tai):?\s+", re.IGNORECASE)
NOTING = frozenset({"ghi", "chu", "note"})
ADDING = frozenset({"them", "tao"})
NO_NAMES = frozenset({"khong", "dung", "chua", "khoi", "huy", "sai", "nham", "tich", "cong", "tra"})
RECEIPT = re.compile(r"#\s*[\w-]+|(?<!\w)hd[-_]?\d[\w-]*")
PHONE = re.compile(
    r"(?<![\w#])(?:(?:\+?84|0)[ .-]?[35789](?:[ .-]?\d){8}|01[2689]\d(?:[ .-]?\d){7})(?!\w)", re.ASCII
)  # of eleven digits until 2018
CODE = re.compile(r"(?<![\w#])[a-z0-9]{4}-?[a-z0-9]{4}(?!\w)", re.ASCII)
_NUMBER = (
    r"(?:giao dich |gd |lan |so |yeu cau |don |cai |ch[oờ] |giup |gium |dum |ho |em |e |minh |lenh |phieu )*#?(\d{1,9})"
)
_SLIPPED = r"(?:(?:em|e|minh) )?(?:(?:lo )?(?:nhap|bam|go|ghi|tich) (?:nham|sai|lon)(?: roi)? )?"
_POLITE = r"nha|nhe|di|a|em|chi|anh|giup|gium|dum"
_BECAUSE = (
    r"(?:(?: (?:em|e|minh|toi))? (?:vi|lo|do|nhap|bam|sai|nham|go|bill|don)\b"
    r"(?!.*(?:\d|\b(?:chua|khong|ko|duoc|sao|thi)\b)).*)?"
)
NUMBERED = (
    (re.compile(rf"(?:tu choi|(?:khong|ko|k|hong|dung|khoi) duyet) {_NUMBER}(?: (?:{_POLITE}))*{_BECAUSE}"), "/tuchoi"),
    (re.compile(rf"(?:(?:ok|oke|da|vang) )*duyet {_NUMBER}(?: (?:{_POLITE}))*"), "/duyet"),
    (re.compile(rf"{_SLIPPED}huy {_NUMBER}(?: (?:{_POLITE}))*{_BECAUSE}"), "/huy"),
)
PERIODS = {"hom nay": "hôm nay", "tuan nay": "tuần này", "thang nay": "tháng này"}
_WHEN = r"hom nay|tuan nay|thang nay"
_MUCH = r"bao nhieu|bn|nhieu|may|the nao|sao"
SOLD = re.compile(
    rf"(?:(?:shop|quan|minh|tiem|{_WHEN}) )*(?:ban (?:duoc |dc )?(?:{_MUCH})"
    rf"|doanh (?:thu|so)(?: duoc| la)?(?: (?:{_MUCH}))?)(?: (?:{_WHEN}|{_MUCH}|tien|roi|vay|z|a|em|chi|anh|nhi|ha))*"
)


def line(text: str) -> str | None:
    """The command with its slash that somebody of staff says, where one reading fits every word."""
    plain = fold.plain(text)
    said = _said(plain)
    return next((found for found in _readings(plain, said) if found is not None), None)


def _readings(plain: str, said: str) -> Iterator[str | None]:
    is_asked = ASKED.search(plain) is not None
    yield "/thoat" if LEAVING.fullmatch(said) and not REFUSED.search(said) and not is_asked else None
    yield _numbered(said) if not is_asked else None
    yield _report(fold.fold(said))
    if not any(map(str.isdigit, said)):
        return
    yield _trial(said)
    if not is_asked:
        yield _award(said)
        yield _return(said)
        yield _gift(plain)
        yield _handing(said)
        yield _before_the_phone(plain, NOTING, "/ghichu")
        yield _before_the_phone(plain, ADDING, "/them")
    yield _look(fold.fold(said))
    yield _missed(fold.fold(said))


def _said(plain: str) -> str:
    """The words as folded, without what parts them and without a name after «chị», «khách»."""
    said: list[str] = []
    is_named = False
    for typed in plain.split():
        word = _bare(typed.strip(",;:.!?"))
        is_named = _is_name(typed, word, plain) and (is_named or (bool(said) and said[-1] in TITLES))
        if word and not is_named:
            said.append(word)
    return " ".join(said)


def _bare(typed: str) -> str:
    """As folded; but with its marks where they make another word of what may stand around."""
    word = fold.fold(typed)
    if word in MARKED and word.isalpha() and not is_in(words.word(typed.casefold()), MARKED):
        return "" if typed.casefold() == "dạ" else typed.casefold()
    return word


def _is_name(typed: str, word: str, plain: str) -> bool:
    return typed.istitle() and word.isalpha() and not plain.isupper() and word not in NO_NAMES


def _rest(said: str, *known: Collection[str]) -> str:
    return " ".join(word for word in said.split() if not any(word in words for words in known))


def _bill(name: str, said: str) -> str | None:
    """The command with a customer, an amount and a receipt, and nothing else."""
    receipts = [f"#{each.lstrip('# ')}" for each in RECEIPT.findall(said)]
    left = " ".join([_rest(RECEIPT.sub(" ", said), AROUND, PAID), *receipts])
    try:
        found = award.parse_award(left)
    except LoyaltyError:
        return None
    who = phones.national(found.phone) if found.phone else found.code
    parts = [name, who, money.write_short(found.amount), f"#{found.receipt}" if found.receipt else ""]
    return " ".join(part for part in parts if part) if found.pay_points is None else None


def half(text: str) -> str | None:
    """A customer and an amount, and no word for what should be done with them."""
    return _bill("", _said(fold.plain(text)))


def _award(said: str) -> str | None:
    said = NOT_YET.sub(" ", said)
    is_told = not AWARDING.search(said) or DONE.search(said) or POINTS.search(said)
    return None if is_told else _bill("/tich", AWARDING.sub(" ", said))


def _trial(said: str) -> str | None:
    if not (HOW_MANY.search(said) or re.search(r"\bthu\b", said)):
        return None
    return _bill("/thu", AWARDING.sub(" ", TRYING.sub(" ", HOW_MANY.sub(" ", said))))


def _return(said: str) -> str | None:
    said = BROUGHT.sub(" ", said) if len(BROUGHT.findall(said)) > 1 else said
    receipts = RECEIPT.findall(said)
    if not RETURNING.search(said) or len(receipts) != 1:
        return None
    left = f"{receipts[0].upper()} {_rest(RECEIPT.sub(' ', said), AROUND, RETURNED)}".strip()
    try:
        found = returned.parse_return(left)
    except LoyaltyError:
        return None
    return None if found.why else f"/trahang {left}"


def _gift(plain: str) -> str | None:
    """«bù cho khách … 40 điểm vì …»."""
    if (why := WHY.search(plain)) is None:
        return None
    said = _said(plain[: why.start()])
    found, points = PHONE.search(said), POINTS.search(said)
    if not (GIVING.match(said) and found and points) or PHONE.search(plain, why.end()):
        return None
    left = _rest(GIVING.sub(" ", PHONE.sub(" ", POINTS.sub(" ", said))), AROUND)
    return f"/cong {found[0]} {points[1]} {plain[why.end() :]}" if not left else None


def _handing(said: str) -> str | None:
    shaped = [
        each for each in CODE.findall(said) if slots.is_shaped(codes.normalise_code(each), 8) and re.search(r"\d", each)
    ]
    left = CODE.sub(" ", said)
    is_handed = len(shaped) == 1 and not HANDED.isdisjoint(left.split())
    return f"/doi {shaped[0].upper()}" if is_handed and not _rest(left, AROUND, HANDING) else None


def _before_the_phone(plain: str, verbs: Collection[str], name: str) -> str | None:
    """`/ghichu 0912345678 không đường` of «ghi chú khách 0912345678 không đường»."""
    found = PHONE.search(plain)
    begun = fold.fold(plain[: found.start()]).split() if found else []
    after = re.sub(r"^[\s,:;.-]*(?:(?:tên|ten)(?: là| la)?\s)?", "", plain[found.end() :]) if found else ""
    is_read = after and begun and begun[0] in verbs and not _rest(" ".join(begun), AROUND, verbs)
    return f"{name} {found[0]} {after}" if found and is_read else None


def _look(said: str) -> str | None:
    found = PHONE.findall(said)
    if len(found) != 1 or OWN.search(said):
        return None
    try:
        phones.parse_phone(found[0])
    except phones.PhoneUnclear:
        return None
    return None if _rest(WORTH.sub(r"\1", PHONE.sub(" ", said)), AROUND, ABOUT) else f"/tra {found[0]}"


def _missed(said: str) -> str | None:
    """«khách 0912345678 nói mua 500k mà chưa thấy điểm»: whoever reads it looks that customer up."""
    if not MISSED.search(said) or len(found := PHONE.findall(said)) != 1 or OWN.search(said):
        return None
    left = _rest(SUMS.sub(" ", PHONE.sub(" ", said)), AROUND, ABOUT, MISSING)
    return f"/tra {found[0]}" if not left else None


def _numbered(said: str) -> str | None:
    return next((f"{name} {found[1]}" for form, name in NUMBERED if (found := form.fullmatch(said))), None)


def _report(said: str) -> str | None:
    if not SOLD.fullmatch(said):
        return None
    return f"/baocao {next((typed for bare, typed in PERIODS.items() if bare in said), 'hôm nay')}"


def meant(text: str) -> Command | None:
    """The command of that line."""
    found = line(text)
    name = found.split()[0] if found else ""
    return next((each for (audience, _), each in registry().items() if audience is STAFF and each.name == name), None)
