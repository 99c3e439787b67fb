"""What the pages say of a customer's data: rules of entry, what looks wrong about a name, where somebody came from."""

from collections.abc import Mapping, Sequence

from loyalty.console.desk import Desk
from loyalty.customers import birthdays, emails, quality
from loyalty.customers.corrections import Field
from loyalty.customers.quality import Hint
from loyalty.typed import phones
from loyalty.words import Both

ENTRY_RULES: Sequence[Both] = (
    Both(
        "Tên: họ tên đầy đủ, viết hoa chữ đầu, có dấu: «Nguyễn Thị Lan». Không viết tắt, không biệt danh, không số.",
        "Name: in full, capitals first, with tone marks: “Nguyễn Thị Lan”. No abbreviation, nickname or digits.",
    ),
    Both(
        "Điện thoại: số di động Việt Nam, viết kiểu nào cũng được; được lưu về một dạng duy nhất.",
        "Phone: a Vietnamese mobile, written in any way; it is kept in one form.",
    ),
    Both("E-mail: một địa chỉ, ví dụ lan@example.com.", "E-mail: one address, such as lan@example.com."),
    Both(
        "Điều cần nhớ khi phục vụ thì ghi vào Ghi chú, đừng ghi vào tên.",
        "What to remember when serving goes into a note, not into the name.",
    ),
)
HINTS: Mapping[Hint, Both] = {
    Hint.DIGITS: Both("«{part}»: tên có chữ số", "“{part}”: digits in a name"),
    Hint.SYMBOLS: Both("«{part}»: tên có ký hiệu", "“{part}”: signs in a name"),
    Hint.ABBREVIATION: Both("«{part}»: trông như viết tắt", "“{part}” looks like an abbreviation"),
    Hint.TITLE: Both("«{part}»: cách xưng hô, không phải tên", "“{part}” is a form of address, no name"),
    Hint.NICKNAME: Both("«{part}»: trông như biệt danh hay ghi chú", "“{part}” looks like a nickname or a note"),
    Hint.CAPITALS: Both("«{part}»: viết hoa chữ đầu của mỗi từ thôi", "“{part}”: only first letters are capitals"),
    Hint.REPEATED: Both("«{part}»: lặp lại", "“{part}” repeats itself"),
}
FIELDS: Mapping[Field, Both] = {
    Field.NAME: Both("Tên", "Name"),
    Field.PHONE: Both("Điện thoại", "Phone"),
    Field.EMAIL: Both("E-mail", "E-mail"),
    Field.LOCALE: Both("Ngôn ngữ", "Language"),
    Field.BIRTHDAY: Both("Ngày sinh", "Birthday"),
}
LOCALES: Mapping[str, Both] = {"vi": Both("Tiếng Việt", "Vietnamese"), "en": Both("Tiếng Anh", "English")}
BOUGHT_AT: Mapping[str, Both] = {"counter": Both("tại quầy", "at the counter")}
FIRST_TOUCH: Mapping[str, Both] = {
    "zalo": Both("nhắn Zalo", "wrote on Zalo"),
    "messenger": Both("nhắn Messenger", "wrote on Messenger"),
    "staff": Both("nhân viên thêm", "added by staff"),
    "counter": Both("mua tại quầy", "bought at the counter"),
    "api": Both("phần mềm khác gửi sang", "came from another system"),
    "import": Both("bảng tính nhập vào", "came with a spreadsheet"),
    "demo": Both("dữ liệu mẫu", "demo data"),
}
PROOFS: Mapping[str | None, Both] = {
    "shared": Both("nền tảng xác nhận", "attested by the platform"),
    "staff": Both("nhân viên xác nhận", "confirmed by staff"),
    "claimed": Both("khách tự gõ, chưa xác nhận", "typed by themselves, not confirmed"),
    "none": Both("chưa gắn số", "not linked to the phone"),
    None: Both("đọc tại quầy, chưa xác nhận", "given at the counter, not confirmed"),
}


def doubts(desk: Desk, name: str) -> list[str]:
    """What looks wrong about a name, in words."""
    return [HINTS[doubt.hint].in_(desk.locale, part=doubt.part) for doubt in quality.doubts(name)]


def birthday(kept: str) -> str:
    """`20/11/1990`, `20/11`."""
    born = birthdays.read(kept)
    return f"{born.day:02}/{born.month:02}" + (f"/{born.year}" if born.year else "")


def value(desk: Desk, field: Field, kept: str | None, *, is_typed: bool = False) -> str:
    """A value as the page may show it: a phone or an address nobody has just typed stays masked."""
    if kept is None:
        return "–"
    if field is Field.LOCALE:
        return LOCALES[kept].in_(desk.locale) if kept in LOCALES else kept
    if field is Field.BIRTHDAY:
        return birthday(kept)
    if field is Field.PHONE:
        return phones.spaced(kept) if is_typed else phones.mask(kept)
    return emails.mask(kept) if field is Field.EMAIL and not is_typed else kept
