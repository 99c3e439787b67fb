"""What became of a file and of each row, in words: on the page, on the terminal and in the report."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from loyalty.exchange.columns import Field
from loyalty.exchange.models import Fate, ImportRow, Outcome
from loyalty.words import Both

FIELDS: Mapping[str, Both] = {
    Field.PHONE: Both("Số điện thoại", "Phone"),
    Field.NAME: Both("Họ tên", "Name"),
    Field.EMAIL: Both("Email", "E-mail"),
    Field.JOINED_ON: Both("Ngày tham gia", "Joined on"),
    Field.MEMBER: Both("Đã tham gia", "Member"),
    Field.POINTS: Both("Điểm", "Points"),
    Field.EXPIRES_ON: Both("Hạn dùng điểm", "Points expire on"),
    Field.NOTE: Both("Ghi chú", "Note"),
    Field.OWN: Both("Ô riêng", "Own fields"),
}
OUTCOMES: Mapping[str, Both] = {
    Outcome.NEW: Both("Khách mới", "New"),
    Outcome.KNOWN: Both("Đã có", "Known"),
    Outcome.DUPLICATE: Both("Trùng trong tệp", "Doubled in the file"),
    Outcome.REFUSED: Both("Không nhận", "Refused"),
}
FATES: Mapping[str, Both] = {
    Fate.PLANNED: Both("Chưa ghi", "Not written"),
    Fate.WRITTEN: Both("Đã ghi", "Written"),
    Fate.UNDONE: Both("Đã hoàn tác", "Undone"),
    Fate.KEPT: Both("Giữ lại", "Kept"),
}
REASONS: Mapping[str, Both] = {
    "phone_missing": Both("Thiếu số điện thoại. Ví dụ: 0912345678", "The phone is missing. Example: 0912345678"),
    "phone_empty": Both("Thiếu số điện thoại. Ví dụ: 0912345678", "The phone is missing. Example: 0912345678"),
    "phone_scientific": Both(
        "Excel đã rút gọn số thành dạng 9,12E+08 nên mất chữ số. Định dạng cột là Văn bản rồi gõ lại: 0912345678",
        "Excel shortened the number to 9.12E+08: digits are gone. Format the column as Text and type: 0912345678",
    ),
    "phone_unclear": Both("Chưa đọc được số điện thoại. Ví dụ: 0912345678", "This is no phone. Example: 0912345678"),
    "phone_two_phones": Both(
        "Một ô chỉ ghi một số. Ví dụ: 0912345678", "One number in a cell, please. Example: 0912345678"
    ),
    "phone_too_short": Both("Số điện thoại thiếu chữ số. Ví dụ: 0912345678", "Digits are missing. Example: 0912345678"),
    "phone_too_long": Both(
        "Số điện thoại thừa chữ số, hoặc ô có hai số. Ví dụ: 0912345678",
        "Too many digits, or two numbers in one cell. Example: 0912345678",
    ),
    "phone_landline": Both(
        "Đây là số máy bàn. Cần số di động, ví dụ 0912345678", "A landline. A mobile is needed, as 0912345678"
    ),
    "phone_not_mobile": Both(
        "Đầu số này không phải di động Việt Nam. Ví dụ: 0912345678", "No Vietnamese mobile. Example: 0912345678"
    ),
    "phone_foreign": Both("Số nước ngoài chưa nhận được. Ví dụ: 0912345678", "A foreign number. Example: 0912345678"),
    "phone_placeholder": Both(
        "Số này là số giả. Ví dụ số thật: 0912345678", "A made-up number. A real one: 0912345678"
    ),
    "phone_missing_zero": Both(
        "Số thiếu số 0 đầu và chưa rõ. Ví dụ: 0912345678", "The leading zero is missing. Example: 0912345678"
    ),
    "phone_busy": Both(
        "Có người vừa dùng số này. Nhập lại dòng này sau.", "Somebody just used this number. Bring the row in later."
    ),
    "points_missing": Both("Thiếu số điểm. Ví dụ: 1250", "The points are missing. Example: 1250"),
    "points_unclear": Both("Chưa đọc được số điểm. Ví dụ: 1250", "This is no number of points. Example: 1250"),
    "points_negative": Both("Điểm không được âm. Ví dụ: 1250", "Points cannot be below 0. Example: 1250"),
    "points_fraction": Both("Điểm phải là số nguyên. Ví dụ: 1250", "Points are whole numbers. Example: 1250"),
    "points_too_many": Both("Số điểm quá lớn. Nhiều nhất 100.000.000", "Too many points. At most 100,000,000"),
    "expires_unclear": Both("Chưa đọc được hạn dùng. Ví dụ: 31/12/2027", "This is no day. Example: 31/12/2027"),
    "expired": Both(
        "Điểm đã hết hạn trước hôm nay. Ví dụ hạn: 31/12/2027", "The points have expired. Example: 31/12/2027"
    ),
    "joined_unclear": Both("Chưa đọc được ngày tham gia. Ví dụ: 20/11/2024", "This is no day. Example: 20/11/2024"),
    "joined_out_of_range": Both(
        "Ngày tham gia phải từ 1990 đến hôm nay. Ví dụ: 20/11/2024",
        "Joined between 1990 and today. Example: 20/11/2024",
    ),
    "member_unclear": Both("Chưa hiểu ô này. Ghi «có» hoặc «không»", "Not understood. Write “yes” or “no”"),
    "same_phone": Both("Trùng với dòng {of}; giữ dòng {of}", "The same as row {of}, which is kept"),
    "unknown_customer": Both(
        "Chưa có khách nào dùng số này. Nhập danh sách khách trước, hoặc chọn «tạo khách còn thiếu»",
        "Nobody has this number. Bring the customers in first, or choose “create the missing ones”",
    ),
    "already_opened": Both(
        "Khách đã có điểm mở đầu từ một lần nhập khác. Hoàn tác lần đó trước nếu muốn thay",
        "They have opening points from another import. Undo that one first to replace them",
    ),
    "points_spent": Both("Khách đã dùng bớt điểm này", "Some of these points are spent"),
    "already_undone": Both("Điểm này đã được hủy trước đó", "These points were taken back before"),
    "in_use": Both(
        "Khách đã nhắn tin, mua hàng hoặc có ghi chú từ đó đến nay", "They have written, bought or have notes since"
    ),
    "changed_since": Both("Thông tin đã được sửa từ đó đến nay", "It was changed since"),
}
NOTICES: Mapping[str, Both] = {
    "zero_restored": Both("Đã thêm số 0 mà Excel bỏ mất", "The zero Excel dropped is back"),
    "renumbered": Both("Đã đổi số 11 chữ số sang 10 chữ số", "Eleven old digits became ten"),
    "name_digits": Both("Tên có chữ số, nên xem lại", "There are digits in the name"),
    "name_symbols": Both("Tên có ký hiệu lạ, nên xem lại", "There are signs in the name"),
    "name_abbreviation": Both("Tên viết tắt, nên ghi đủ", "The name is abbreviated"),
    "name_title": Both("Tên kèm xưng hô, nên chỉ ghi tên", "A title stands before the name"),
    "name_nickname": Both("Tên giống biệt danh, nên xem lại", "The name looks like a nickname"),
    "name_capitals": Both("Tên toàn chữ hoa hoặc chữ thường", "The name is all capitals or all small letters"),
    "name_repeated": Both("Tên lặp chữ, nên xem lại", "The name repeats itself"),
    "email_unclear": Both("Bỏ email vì không đúng dạng", "The e-mail is left out: it is none"),
    "own_unclear": Both("Một ô riêng chưa đọc được nên bỏ trống", "One of the shop's own fields could not be read"),
    "email_taken": Both("Bỏ email vì đã thuộc về khách khác", "The e-mail is left out: it is another customer's"),
}
FILES: Mapping[str, Both] = {
    "empty": Both(
        "Tệp không có dòng nào. Cần một dòng tiêu đề, ví dụ: Họ tên, SĐT, Điểm",
        "The file has no rows. It needs a row of heads, for example: Name, Phone, Points",
    ),
    "only_head": Both(
        "Tệp chỉ có dòng tiêu đề. Thêm ít nhất một dòng bên dưới, ví dụ: Nguyễn An, 0912345678, 50",
        "The file has a row of heads and nothing below it. Add a row, for example: Nguyễn An, 0912345678, 50",
    ),
    "too_large": Both(
        "Tệp lớn hơn {megabytes} MB. Chia thành nhiều tệp, mỗi tệp dưới {rows} dòng.",
        "The file is larger than {megabytes} MB. Split it into files of less than {rows} rows.",
    ),
    "too_many_rows": Both(
        "Tệp có hơn {rows} dòng. Chia thành nhiều tệp rồi nhập lần lượt.",
        "The file has more than {rows} rows. Split it and bring the parts in one by one.",
    ),
    "too_heavy": Both(
        "Tệp này phình quá lớn khi mở ra. Sao chép các dòng cần nhập sang một tệp mới rồi lưu lại.",
        "The file swells beyond measure when opened. Copy the rows into a new file and save that.",
    ),
    "password": Both(
        "Tệp có mật khẩu. Mở bằng Excel, bỏ mật khẩu rồi lưu lại.",
        "The file has a password. Open it in Excel, take the password off, and save it.",
    ),
    "corrupt": Both(
        "Tệp bị hỏng hoặc dở dang. Mở bằng Excel rồi lưu lại thành .xlsx hoặc CSV UTF-8.",
        "The file is damaged. Open it in Excel and save it again as .xlsx or CSV UTF-8.",
    ),
    "unknown_kind": Both(
        "Tệp này không phải bảng tính, hoặc đã hỏng. Nhận .xlsx, .xls, .ods và .csv, ví dụ: khach-hang.xlsx",
        "This is no spreadsheet, or it is damaged. Right are .xlsx, .xls, .ods and .csv, such as customers.xlsx",
    ),
}
WORDS = {
    "adds": Both("thêm {fields}", "adds {fields}"),
    "differs": Both("khác {fields}, giữ như đang có", "different {fields}, kept as it is"),
    "points": Both("{points} điểm mở đầu", "{points} opening points"),
    "column": Both("Cột {field}: {reason}", "Column {field}: {reason}"),
}


def of_file(reason: str, locale: str, **facts: Any) -> str:
    """Why nothing can be taken from a file."""
    return FILES[reason].in_(locale, **{name: _grouped(value, locale) for name, value in facts.items()})


def of_row(row: ImportRow, locale: str) -> str:
    """Everything to be said about a row beside its outcome, on one line."""
    return " · ".join(_parts(row, locale))


def _parts(row: ImportRow, locale: str) -> Iterator[str]:
    if row.reason is not None:
        yield _reason(row, locale)
    for name in ("adds", "differs"):
        if fields := row.detail.get(name):
            yield WORDS[name].in_(locale, fields=_named(fields, locale))
    if points := row.detail.get("points"):
        yield WORDS["points"].in_(locale, points=_grouped(points, locale))
    yield from (NOTICES[notice].in_(locale) for notice in row.detail.get("notices", ()) if notice in NOTICES)


def _reason(row: ImportRow, locale: str) -> str:
    known = REASONS.get(row.reason or "")
    said = known.in_(locale, of=row.detail.get("of", "?")) if known is not None else str(row.reason)
    column = row.detail.get("column")
    if column is None or row.outcome != Outcome.REFUSED:
        return said
    return WORDS["column"].in_(locale, field=FIELDS[column].in_(locale), reason=said)


def _named(fields: Sequence[str], locale: str) -> str:
    return ", ".join(FIELDS[field].in_(locale).lower() for field in fields)


def _grouped(value: Any, locale: str) -> Any:
    if not isinstance(value, int):
        return value
    return f"{value:,}" if locale == "en" else f"{value:,}".replace(",", ".")
