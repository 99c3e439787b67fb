"""What is wrong with a document of rules: every fault with its place, its line, the reason and one right example."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loyalty.errors import RuleViolation
from loyalty.words import Both

SENTENCES: Mapping[str, Both] = {
    "not_toml": Both("không phải TOML: {detail}", "not TOML: {detail}"),
    "too_long": Both("dài quá {most} ký tự", "over {most} characters"),
    "unknown_key": Both("không có mục này; gần nhất: {near}", "no such key; the nearest is {near}"),
    "unknown_key_alone": Both("không có mục này", "no such key"),
    "missing": Both("còn thiếu", "is missing"),
    "not_table": Both("phải là một nhóm mục", "must be a table"),
    "not_tables": Both("phải là danh sách các nhóm mục", "must be a list of tables"),
    "not_list": Both("phải là danh sách có ít nhất một giá trị", "must be a list of one value or more"),
    "not_whole": Both("phải là số nguyên từ {least} đến {most}", "must be a whole number from {least} to {most}"),
    "not_decimal": Both(
        "phải là số thập phân viết trong ngoặc kép, lớn hơn 0 và không quá {most}",
        "must be a decimal number written as text, above 0 and at most {most}",
    ),
    "not_text": Both("phải là chữ trong ngoặc kép", "must be a text"),
    "not_flag": Both("phải là true hoặc false", "must be true or false"),
    "not_code": Both(
        "phải là mã gồm chữ thường không dấu, số, gạch nối hoặc gạch dưới",
        "must be a code of plain small letters, digits, dashes or underscores",
    ),
    "not_choice": Both("phải là một trong: {choices}", "must be one of {choices}"),
    "not_names": Both("phải có tên theo ngôn ngữ", "must give a name by language"),
    "not_date": Both("phải là ngày có trong lịch", "must be a day of the calendar"),
    "not_day": Both("«{typed}» không phải là ngày nào cả", "“{typed}” is no day"),
    "not_hours": Both("«{typed}» không phải khung giờ", "“{typed}” is no span of hours"),
    "taken": Both("trùng với {other}", "is the same as {other}"),
    "not_first": Both("hạng đầu tiên không đòi hỏi gì", "the first tier asks for nothing"),
    "not_ascending": Both("phải đòi hỏi nhiều hơn hạng trước", "each asks for more than the one before"),
    "no_tiers": Both("cần ít nhất một hạng", "at least one is needed"),
    "one_of": Both("chỉ viết đúng một trong các mục: {choices}", "exactly one of these is written: {choices}"),
    "only_with": Both("chỉ dùng được khi {condition}", "is only for {condition}"),
    "not_even": Both(
        "không ra số ₫ chẵn cho một điểm: {point_value} ₫ chia {percent} %",
        "gives no whole ₫ for a point: {point_value} ₫ by {percent} %",
    ),
    "not_from_zero": Both("mức đầu tiên bắt đầu từ 0 ₫", "the first band begins at 0 ₫"),
    "never_ends_first": Both(
        "quy tắc không bao giờ áp dụng: kết thúc {until} trước khi bắt đầu {since}",
        "the rule never applies: it ends {until} before it begins {since}",
    ),
    "never_over": Both(
        "quy tắc không bao giờ áp dụng: đã hết từ {until}", "the rule never applies: over since {until}"
    ),
    "never_days": Both(
        "quy tắc không bao giờ áp dụng: không có ngày nào như vậy trong thời gian của nó",
        "the rule never applies: there is no such day in its time",
    ),
    "never_excluded": Both(
        "quy tắc không bao giờ áp dụng: «{other}» luôn loại trừ các đơn này",
        "the rule never applies: “{other}” always excludes its bills",
    ),
    "unknown_tier": Both("không có hạng này; có: {known}", "no such tier; there are {known}"),
    "unknown_store": Both("không có cửa hàng này; có: {known}", "no such store; there are {known}"),
    "unknown_segment": Both(
        "không có nhóm khách «{typed}»; đang có: {known}", "no segment is “{typed}”; there are: {known}"
    ),
    "shared_segment": Both(
        "nhiều nhóm khách cùng tên «{typed}»; viết id của nhóm", "several segments are “{typed}”; write the id of one"
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `place` is the path (`rules[2].multiplier`), `line` counts from 1, `example` is a right line."""

    place: str
    line: int
    code: str
    example: str
    facts: Mapping[str, Any]

    def reason(self, locale: str) -> str:
        return SENTENCES[self.code].in_(locale, **self.facts)

    def sentence(self, locale: str) -> str:
        """`rules[2].multiplier: must be …, for example multiplier = "1.5"`."""
        said = f"{self.place}: {self.reason(locale)}" if self.place else self.reason(locale)
        like = "for example" if locale == "en" else "ví dụ"
        return f"{said}; {like} {self.example}" if self.example else said


class BadProgramme(RuleViolation):
    """A document that is no programme: all its `faults`, in the order of their lines."""

    code = "bad_programme"

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.sentence("en") for fault in faults[:3]))
        self.faults = tuple(faults)
