"""What the rules find wrong, beside the field it was typed in, in words, with one right example."""

import re
from collections.abc import Iterator, Mapping, Sequence

from loyalty.console.desk import Desk
from loyalty.console.programme.form.part import Ask, Part
from loyalty.programme.faults import Fault
from loyalty.words import Both

SAID: Mapping[str, Both] = {
    "missing": Both("Còn thiếu ô này", "This is still missing"),
    "one_of": Both("Còn thiếu ô này", "This is still missing"),
    "not_whole": Both("Cần một số nguyên từ {least}", "A whole number from {least} is needed"),
    "not_list": Both("Còn thiếu ô này", "This is still missing"),
    "not_code": Both("Chỉ dùng chữ thường không dấu, số và gạch nối", "Small plain letters, digits and dashes only"),
    "not_day": Both("«{typed}» không phải ngày nào cả", "“{typed}” is no day"),
    "not_hours": Both("«{typed}» không phải khung giờ", "“{typed}” is no span of hours"),
    "not_even": Both(
        "Không ra số tiền chẵn cho một điểm: {point_value}₫ chia {percent}%",
        "That gives no whole amount for a point: {point_value}₫ by {percent}%",
    ),
    "not_first": Both("Hạng thấp nhất phải là 0", "The lowest tier takes 0"),
    "not_ascending": Both("Phải nhiều hơn hạng trước nó", "It must be more than the tier before"),
    "never_ends_first": Both("Ngày kết thúc phải sau ngày bắt đầu", "The last day comes after the first one"),
    "never_over": Both("Ngày này đã qua", "That day is over"),
    "never_days": Both(
        "Không có ngày nào như vậy trong thời gian của quy tắc", "There is no such day in the time of the rule"
    ),
    "never_excluded": Both(
        "Không bao giờ áp dụng: quy tắc «{other}» loại mọi đơn", "Never applies: “{other}” excludes every bill"
    ),
    "only_with": Both("Loại quy tắc này không dùng được ô này", "This kind of rule does not take this"),
    "unknown_tier": Both("Còn quy tắc dùng hạng này; có: {known}", "A rule asks for this tier; there are: {known}"),
    "unknown_store": Both("Không có cửa hàng này; có: {known}", "No such store; there are: {known}"),
}
ELSEWHERE = Both("Không lưu được vì phần khác của quy tắc: {said}", "Not saved because of another part: {said}")


def beside(desk: Desk, part: Part, number: int, faults: Sequence[Fault]) -> dict[str, str]:
    """A sentence for each field the faults are about; under no name what is about none of them."""
    found: dict[str, str] = {}
    for fault in faults:
        ask = _ask(part, number, fault.place)
        said = _reason(desk, fault)
        if ask is None:
            found.setdefault("", ELSEWHERE.in_(desk.locale, said=said))
        else:
            found.setdefault(ask.name, _with_example(desk, said, ask))
    return found


def _reason(desk: Desk, fault: Fault) -> str:
    said = SAID.get(fault.code)
    return said.in_(desk.locale, **fault.facts) if said else fault.reason(desk.locale)


def _with_example(desk: Desk, said: str, ask: Ask) -> str:
    example = ask.example.in_(desk.locale)
    return f"{said}. {desk.t('Ví dụ đúng', 'Right')}: {example}" if example else said


def _ask(part: Part, number: int, place: str) -> Ask | None:
    table = part.place(number)
    if table and not place.startswith(f"{table}.") and place != table:
        return None
    inside = place.removeprefix(table).lstrip(".") if table else place
    near = list(_around(inside))
    return next((ask for path in near for ask in part.asks if ask.at == path and path), None)


def _around(place: str) -> Iterator[str]:
    """A path, then what is around it: `when.days[1]`, `when.days`, `when`."""
    metric = {"points": "spend", "orders": "spend"}
    while place:
        yield place
        if place in metric:
            yield metric[place]
        place = re.sub(r"(\[\d+\]|\.?[^.\[\]]+)$", "", place)
