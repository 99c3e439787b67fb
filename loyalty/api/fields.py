"""The fields of requests and answers: strict about types, tolerant of nothing a database could not hold."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from loyalty.typed import phones, strict_json
from loyalty.typed.phones import PhoneUnclear

MONEY_MOST = 10**12  # ₫; a slip of the keyboard, and far below what a column holds
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Text(fields.String):
    """A text of so many characters, NFC, without blank ends; `lines` allows line breaks.

    The `example` of a field, here as elsewhere, is what the documentation page fills in.
    """

    def __init__(
        self, low: int = 1, high: int = 200, *, lines: bool = False, example: str | None = None, **options: Any
    ) -> None:
        super().__init__(validate=validate.Length(low, high), **_shown(options, example))
        self.lines = lines

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **options)
        if not strict_json.is_storable(text):
            raise ValidationError("Holds characters that cannot be kept.")
        kept = unicodedata.normalize("NFC", text).strip()
        if any(unicodedata.category(char) == "Cc" and not (self.lines and char in "\n\r\t") for char in kept):
            raise ValidationError("Holds control characters.")
        return kept


class Whole(fields.Integer):
    """A whole number within bounds; neither text nor a boolean nor 1.0 is one."""

    def __init__(self, low: int, high: int, *, example: int | None = None, **options: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(low, high), **_shown(options, example, format="int64"))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return value


class WholeOr(fields.Raw):
    """A whole number within bounds, or one word."""

    def __init__(self, low: int, high: int, word: str, *, example: int | str | None = None, **options: Any) -> None:
        kinds = [{"type": "integer", "minimum": low, "maximum": high}, {"type": "string", "enum": [word]}]
        super().__init__(**_shown(options, example, oneOf=kinds))
        self.low, self.high, self.word = low, high, word

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> int | str:
        if value == self.word and isinstance(value, str):
            return self.word
        if type(value) is int and self.low <= value <= self.high:
            return value
        raise ValidationError(f"A whole number from {self.low} to {self.high}, or “{self.word}”.")


class Limit(fields.Integer):
    """How many of a list, from its text in an address."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> int:
        if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19):
            raise self.make_error("invalid", input=value)
        return int(value)


class Flag(fields.Boolean):
    """true or false, nothing that looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> bool:
        if type(value) is not bool:
            raise self.make_error("invalid", input=value)
        return value


class Instant(fields.AwareDateTime):
    """RFC 3339 with an offset, of this century; an aware UTC instant inside."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> datetime:
        if not isinstance(value, str) or not _RFC3339.fullmatch(value):
            raise ValidationError("Not a time as in RFC 3339, with its offset, such as 2026-11-22T09:00:00+07:00.")
        try:
            read = datetime.fromisoformat(value.upper())
        except ValueError:
            raise ValidationError("Not a time there is.") from None
        if not 2000 <= read.year < 2100:
            raise ValidationError("Must lie between 2000 and 2100.")
        return read.astimezone(UTC)


class Day(fields.Date):
    """A calendar day of the shop, 2026-11-24."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> date:
        if not isinstance(value, str) or not _DAY.fullmatch(value) or not "2000" <= value < "2100":
            raise ValidationError("Not a day such as 2026-11-24.")
        return super()._deserialize(value, attr, data, **options)


class Phone(fields.String):
    """A Vietnamese mobile in any form; E.164 inside."""

    def __init__(self, *, example: str | None = None, **options: Any) -> None:
        super().__init__(**_shown(options, example))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> str:
        try:
            return phones.parse_phone(super()._deserialize(value, attr, data, **options))
        except PhoneUnclear as unclear:
            hint = unclear.facts.get("suggestion") or unclear.facts["example"]
            raise ValidationError(f"Not a Vietnamese mobile ({unclear.facts['reason']}); such as {hint}.") from None


class Body(Schema):
    """What a request may hold: nothing unknown."""

    may_be_empty = False  # an empty body stands for {}


class NoBody(Body):
    """Nothing is needed; `{}` or no body at all."""

    may_be_empty = True


def _shown(options: dict[str, Any], example: object, **more: object) -> dict[str, Any]:
    """The options of a field with what the specification says about it."""
    told = more if example is None else {**more, "example": example}
    return options | {"metadata": {**told, **options.get("metadata", {})}}


class CustomerRef(Body):
    """`{"id": …}` or `{"phone": …}`, one of them."""

    id = Text(1, 64)
    phone = Phone(example="0912345678")

    def load(self, data: Any, **options: Any) -> Any:
        loaded = super().load(data, **options)
        if len(loaded) != 1:
            raise ValidationError("Give either id or phone.")
        return loaded
