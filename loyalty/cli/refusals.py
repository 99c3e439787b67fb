"""Every refusal as one line that names the cure; a bug as its class and place, never its words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from loyalty import logs
from loyalty.cli.common import Both, Refused
from loyalty.errors import LoyaltyError
from loyalty.settings import SettingsError

SENTENCES = {
    "channel_refused": Both(
        vi="Nền tảng không nhận ({reason}). Tra mã đó trong README của kênh, sửa rồi chạy lại.",
        en="The platform refused ({reason}). Look the code up in the channel's README, mend it, then run this again.",
    ),
    "programme_not_to_come": Both(
        vi="Quy tắc mới chỉ bắt đầu từ 0 giờ một ngày sắp tới. Sớm nhất: --from {earliest}",
        en="New rules begin at a midnight to come. The earliest: --from {earliest}",
    ),
    "programme_day_taken": Both(
        vi="Ngày {day} đã có bản {version} bắt đầu. Chọn ngày khác, hoặc rút bản đó trước: loyalty programme rollback",
        en="Version {version} begins on {day}. Choose another day, or withdraw it first: loyalty programme rollback",
    ),
    "programme_same": Both(
        vi="Tệp này giống hệt bản {version} đang áp dụng cho ngày {day}; không cần làm gì.",
        en="This is, letter for letter, version {version}, which holds on {day}; there is nothing to do.",
    ),
    "programme_version_not_found": Both(
        vi="Không có bản {version}. Xem các bản: loyalty programme show",
        en="There is no version {version}. See which there are: loyalty programme show",
    ),
    "programme_nothing_before": Both(
        vi="Trước bản đang áp dụng không có bản nào để quay về.", en="There are no rules before these to go back to."
    ),
    "replay_day": Both(
        vi="Tính lại được từ {first} (ngày đầu có ghi chép) đến hôm nay, {today}; ngày {typed} thì không. "
        "Ví dụ: loyalty replay --as-of {first}",
        en="A replay goes from {first}, the day of the first record, to today, {today}; not to {typed}. "
        "Example: loyalty replay --as-of {first}",
    ),
    "import_not_found": Both(
        vi="Không có lô «{typed}». Xem danh sách: loyalty import list",
        en="There is no import “{typed}”. See the list: loyalty import list",
    ),
    "import_state": Both(
        vi="Lô {batch} đang ở trạng thái «{state}» nên chưa làm được việc này. Xem: loyalty import list",
        en="The import {batch} is “{state}”, where this cannot be done. See: loyalty import list",
    ),
    "reason_missing": Both(
        vi="Cần lý do từ {shortest} ký tự, ví dụ: --reason 'gửi kế toán đối chiếu tháng 11'",
        en="A reason of {shortest} characters or more is needed: --reason 'for the accountant, November'",
    ),
    "nothing_to_export": Both(vi="Danh sách này chưa có khách nào.", en="Nobody is in this list."),
    "export_limit": Both(
        vi="Mỗi người ({role}) xuất nhiều nhất {limit} dòng một ngày, hôm nay còn {left}; danh sách này nhiều hơn. "
        "Xuất từng nhóm khách nhỏ hơn: --segment ID",
        en="One {role} takes out at most {limit} rows a day, {left} are left today; this list has more. "
        "Take smaller segments: --segment ID",
    ),
    "campaign_cron": Both(
        vi="Lịch lặp chưa đúng ({problem}). Năm phần: phút, giờ, ngày, tháng, thứ. Ví dụ: --cron '{example}'",
        en="These repeats cannot be ({problem}). Minute, hour, day, month, weekday. Example: --cron '{example}'",
    ),
    "campaign_schedule": Both(
        vi="Lần gửi này chưa đúng ({problem}). --at là một lúc sắp tới, trong hai năm; --cron là lịch có ngày đến. "
        "Ví dụ: --cron '0 9 * * mon'",
        en="This start cannot be ({problem}). --at is to come, within two years; --cron is a rule that comes round. "
        "Example: --cron '0 9 * * mon'",
    ),
    "staff_not_found": Both(
        vi="Không có nhân viên nào tên «{typed}». Xem danh sách: loyalty staff list",
        en="Nobody called “{typed}” works here. See who does: loyalty staff list",
    ),
    "staff_name_taken": Both(
        vi="Đã có nhân viên tên «{name}» (không phân biệt dấu và chữ hoa). Thêm họ hoặc biệt danh cho khác nhau.",
        en="Somebody called “{name}” works here already (accents and case aside). Add a surname to tell them apart.",
    ),
    "staff_name_unclear": Both(
        vi="Tên phải có chữ và dài nhất {limit} ký tự. Ví dụ: loyalty staff add '{example}' --role cashier",
        en="A name has letters and at most {limit} characters. Example: loyalty staff add '{example}' --role cashier",
    ),
    "last_owner": Both(
        vi="Đây là chủ cửa hàng duy nhất. Thêm một chủ khác trước: loyalty staff add 'Tên' --role owner",
        en="This is the only owner. Add another first: loyalty staff add 'Name' --role owner",
    ),
    "store_not_found": Both(
        vi="Không có cửa hàng mã «{typed}». Các mã hiện có: {known}",
        en="There is no store “{typed}”. The codes there are: {known}",
    ),
    "api_key_not_found": Both(
        vi="Không có khóa nào đang dùng tên hoặc mã «{typed}». Xem danh sách: loyalty apikey list",
        en="No key in force has the name or id “{typed}”. See the list: loyalty apikey list",
    ),
    "api_key_name_taken": Both(
        vi="Đã có khóa tên «{name}» đang dùng. Đặt tên khác, hoặc thu hồi trước: loyalty apikey revoke '{name}'",
        en="A key called “{name}” is in force. Choose another name, or first: loyalty apikey revoke '{name}'",
    ),
    "api_key_name_unclear": Both(
        vi="Tên khóa phải có chữ và dài nhất {limit} ký tự, ví dụ: {example}",
        en="A key's name has letters and at most {limit} characters, for example: {example}",
    ),
}
UNREACHABLE = (OperationalError, InterfaceError, DatabaseError)  # exactly these: their descendants quote rows
OTHER = Both(vi="Không làm được ({code}): {message}", en="Not done ({code}): {message}")
NO_DATABASE = Both(
    vi="Không mở được cơ sở dữ liệu ({reason}). Kiểm tra LOYALTY_DATABASE_URL, hoặc chạy: loyalty migrate",
    en="The database cannot be opened ({reason}). Check LOYALTY_DATABASE_URL, or run: loyalty migrate",
)
NO_FILE = Both(
    vi="Không đọc hoặc ghi được {path} ({reason}). Kiểm tra đường dẫn, quyền truy cập và chỗ trống trên đĩa.",
    en="{path} cannot be read or written ({reason}). Check the path, its permissions and the space on the disk.",
)
BUG = Both(
    vi="Lỗi của chương trình, không phải của bạn: {name} tại {place}. Xin báo lại dòng này cho người phát triển.",
    en="A fault of the program, not yours: {name} at {place}. Please report this line to the developers.",
)


@contextmanager
def told() -> Iterator[None]:
    """Turn whatever a command raises into `Refused`; click's own exceptions pass."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        raise Refused(_line(error)) from None


def _line(error: Exception) -> str:
    if isinstance(error, SettingsError):
        return str(error)
    if isinstance(error, LoyaltyError):
        return sentence(error)
    if isinstance(error, DBAPIError) and type(error) in UNREACHABLE:
        return NO_DATABASE(reason=_first_line(error.orig))
    if isinstance(error, OSError) and error.filename is not None:
        return NO_FILE(path=error.filename, reason=error.strerror)
    place = (logs.places(error) or ["?"])[-1]
    return BUG(name=type(error).__name__, place=place)


def sentence(error: LoyaltyError) -> str:
    """What a refusal of the domain means to an operator."""
    if error.spoken:
        return str(error)
    known = SENTENCES.get(error.code)
    if known is None:
        return OTHER(code=error.code, message=error)
    return known(**{name: _listed(value) for name, value in error.facts.items()})


def _listed(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value


def _first_line(error: BaseException | None) -> str:
    return (str(error).strip().splitlines() or ["?"])[0]
