"""What staff write without its slash, as the line with the slash that they meant.

Nothing is ever done by it: the bot shows the line, and whoever wants it sends it.
"""

import re

from bots.commands import STAFF, Command, registry, spoken
from bots.commands.taken import Understood
from bots.commands.understanding import named, understand
from loyalty.errors import LoyaltyError
from loyalty.typed import award, codes, fold, money

TRY = re.compile(r"(?:thử|thu|try|simulate)\b[\s:]*", re.IGNORECASE)
SHAPES = (6, 7, 8, 9)  # signs of what was meant as a code

_SIGN = re.compile(r"([+\-−–])\s*(?=\d)(?!84\d{9})")
_HOW_MANY = re.compile(
    r"(?:\b(?:tích|tich|cộng|cong|thì|thi)\s+)*\b(?:được|duoc|đc|dc)\s+(?:bao nhiêu|bao nhieu|bn|mấy|may|nhiêu|nhieu)"
    r"\s+(?:điểm|diem|đ)\b\W*(?:\b(?:vậy|vay|z|ạ|nhỉ|nhi|ta|ha|hả)\W*)*$",
    re.IGNORECASE,
)  # «0912345678 250k được bao nhiêu điểm» wants to know, not to award
_VERB = re.compile(r"^(?:tích|tich|cộng|cong)\b", re.IGNORECASE)
_POINTS = re.compile(r"(?<![\w.,])(\d{1,3}(?:[.,]\d{3})+|\d{1,7})\s*(?:điểm|diem|points?)(?!\w)", re.IGNORECASE)
_REASON = re.compile(r"(?<!\w)(?:lý do|ly do|lí do|li do|vì|do|tại|reason)\s*:?\s+(?=\S)", re.IGNORECASE)
_RECEIPT = re.compile(
    r"(?<![\w#])(?:(?:bill|đơn|don|hóa đơn|hoa don|receipt)\s+#?)?((?:hd|hđ)[-_]?\d[\w-]*)", re.IGNORECASE
)
_AROUND = re.compile(
    r"(?<![\w#])(?:cho|của|cua|khách|khach|kh|số|so|sđt|sdt|giúp|giup|nha|nhé|nhe|ạ|với|voi|em|đi|di|to|for|please|of"
    r"|chị|chi|anh|ơi|oi|cô|bác|dạ|này|nè|đọc|doc|nói|noi|hóa đơn|hoa don|bill|đơn|don|tổng|tong|mua|tiền|tien)(?!\w)",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"(?<!\w)(?:giao dịch|giao dich|lần|lan|số|so|giúp|giup|nha|nhé|nhe|ạ|với|voi"
    r"|đi|di|em|cái|cai|yêu cầu|yeu cau)(?!\w)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"#?\d{1,9}", re.ASCII)
_PHONE = re.compile(r"\d(?:[\s.-]?\d){7,}", re.ASCII)
_MONEY = re.compile(r"\d\s?(?:k|tr|triệu|trieu|nghìn|nghin|ngàn|ngan|đ)(?!\w)", re.IGNORECASE)
_BILL = re.compile(r"[^\W\d_]+\d|\d[^\W\d_]|#", re.IGNORECASE)
_FEW = re.compile(r"(?:(?:số|so|no)\s+)?#?\w{1,12}(?:[\s,]+#?\d{1,12})*", re.IGNORECASE)

NUMBERED = frozenset({"undo", "approve", "reject", "unnote", "withdraw"})
ALONE = frozenset({"customer_report", "segments", "skip", "leave_practice"})  # nothing follows their names
BARE = frozenset(
    {"undo", "approve", "reject", "redeem", "return", "award", "find", "report", "leave", "add", "note", "staff"}
    | {"release", "withdraw", "unadd", "practice"}
    | ALONE
)


def find(text: str) -> Understood | None:
    """What a line of staff would be with its slash; None where it is clearly none. `is_marked` is of that line."""
    line = meant(text)
    if line is None:
        return None
    found = understand(line, staff=True)
    return found if found.command is None or _is_meant(found.command, found) else None


def suggest(text: str) -> str | None:
    """The line to send, where it would be read without a doubt."""
    found = find(text)
    return meant(text) if found is not None and found.command is not None and found.refusal is None else None


def meant(text: str) -> str | None:
    """The line with its slash: `tich cho khach 0909123456 350k hd1` is `/tich 0909123456 350k #hd1`."""
    plain = fold.plain(text)
    if sign := _SIGN.match(plain):
        return _signed(sign[1], plain[sign.end() :])
    if (said := spoken.line(plain)) is not None:
        return said
    if trying := TRY.match(plain):
        return (
            f"/thu {_tidied('award', plain[trying.end() :])}" if _PHONE.search(plain) or _MONEY.search(plain) else None
        )
    if (asked := _HOW_MANY.search(plain)) and _PHONE.search(plain):
        return f"/thu {_tidied('try', _VERB.sub('', plain[: asked.start()]))}"
    if (found := named(plain)) is None:
        return None
    phrase, args = found
    if (
        phrase.command.key in ("adjust", "deduct")
        and _MONEY.search(_before_reason(args)[0])
        and not _POINTS.search(args)
    ):
        return f"{registry()[STAFF, 'award'].name} {_tidied('award', args)}"
    return f"{_name(phrase.command)} {_tidied(phrase.command.key, args)}".strip()


def _name(command: Command) -> str:
    """The name as its help writes it: `/baocao khách` is read more easily than `/baocaokhach`."""
    is_all = fold.fold(command.help).replace(" ", "") == command.name
    return command.help if is_all else command.name


def _signed(sign: str, rest: str) -> str | None:
    """`+350k 0909…` is a bill, `+35 điểm 0909… lý do` points by hand."""
    if not _PHONE.search(rest) and not any(map(codes.is_member_code, rest.split())):
        return None
    if _POINTS.match(rest):
        name = registry()[STAFF, "adjust" if sign == "+" else "deduct"].name
        return f"{name} {_tidied('adjust', rest)}"
    return f"{registry()[STAFF, 'award'].name} {_tidied('award', rest)}" if sign == "+" else None


def _tidied(key: str, args: str) -> str:
    if key in ("award", "try"):
        args = _AROUND.sub(" ", _RECEIPT.sub(r" #\1 ", args))
    elif key in ("adjust", "deduct"):
        head, reason = _before_reason(_POINTS.sub(r"\1", args))
        args = f"{_AROUND.sub(' ', head)} {reason}"
    elif key in NUMBERED:
        bare = _ASIDE.sub(" ", args).strip(" .!")
        args = bare if _NUMBER.fullmatch(bare) else args
    elif key in ("find", "redeem", "report"):
        args = _AROUND.sub(" ", re.sub(r"(?<!\w)(?:mã|ma)(?!\w)", " ", args))
    return " ".join(args.split())


def is_half(text: str) -> bool:
    """An amount, or a customer and an amount, with no word for what should be done with them."""
    return money.looks_like_money(text) or half(text) is not None


def half(text: str) -> str | None:
    """The customer and the amount of a line without its verb: `0912345678 250k` of «khách 0912345678 mua 250k»."""
    line = _tidied("award", fold.plain(text))
    try:
        award.parse_award(line)
    except LoyaltyError:
        return spoken.half(text)
    return line


def _before_reason(args: str) -> tuple[str, str]:
    found = _REASON.search(args)
    return (args[: found.start()], args[found.end() :]) if found else (args, "")


def _is_meant(command: Command, found: Understood) -> bool:
    """Whether what follows the name is what such a command takes, or nearly: «hủy đơn bàn 5» undoes nothing."""
    args, is_clear = found.args, found.refusal is None
    if command.key in ("redeem", "staff"):
        return (
            not args or _is_like_code(args) or (command.key == "redeem" and is_clear and found.value.bill is not None)
        )
    if not args or command.key in ALONE:
        return not args and command.key in BARE
    if command.key in NUMBERED:
        return is_clear or (bool(_FEW.fullmatch(args)) and any(map(str.isdigit, args)))
    if command.key in ("return", "release"):
        return is_clear or bool(_BILL.search(args)) or bool(_PHONE.search(args))
    if command.key == "award":
        return is_clear or bool(_PHONE.search(args)) or bool(_MONEY.search(args))
    return is_clear if command.key in ("report", "help", "leave", "practice") else bool(_PHONE.search(args)) or is_clear


def _is_like_code(args: str) -> bool:
    code = codes.normalise_code(args.lstrip("# "))
    is_shaped = len(code) in SHAPES and code.isascii() and code.isalnum() and any(map(str.isdigit, code))
    return is_shaped and not money.looks_like_money(code)
