"""Forms: marshmallow schemas that read what people type, with each error beside its field in their own language."""

import secrets
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import marshmallow
from marshmallow import EXCLUDE, Schema, ValidationError
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage, MultiDict

from loyalty import shop
from loyalty.console import refusals
from loyalty.console.section import Refusal
from loyalty.errors import LoyaltyError
from loyalty.typed import digits, money, phones, strict_json
from loyalty.typed.money import MoneyUnclear
from loyalty.typed.phones import PhoneUnclear
from loyalty.words import Both

T = TypeVar("T")
MISSING = Both("Còn thiếu ô này.", "This is still missing.")


class FormSchema(Schema):
    """Fields of one form; anything else that is sent is left alone."""

    class Meta:
        unknown = EXCLUDE

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session  # times are read in the shop's zone


class Field(marshmallow.fields.Field[Any]):
    """A field whose empty text means «nothing»: None, or an error where something is required."""

    default_error_messages = {"required": MISSING, "null": MISSING}  # type: ignore[dict-item]  # noqa: RUF012  # said in two languages

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        if value is marshmallow.missing or (isinstance(value, str) and not value.strip()):
            if self.required:
                raise ValidationError(MISSING)  # type: ignore[arg-type]  # said in two languages
            return None
        return self.read(value)

    def read(self, value: Any) -> Any:
        """What was typed, understood. Raises ValidationError."""
        return value


def wrong(vi: str, en: str) -> ValidationError:
    """An error beside its field: what is wrong, with one right example."""
    return ValidationError(Both(vi, en))  # type: ignore[arg-type]  # said in two languages


class Text(Field):
    """Text of at most `longest` characters, NFC, without blank ends; `lines` allows several lines."""

    def __init__(self, *, longest: int = 200, lines: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.longest, self.lines = longest, lines

    def read(self, value: str) -> str:
        kept = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
        if not strict_json.is_storable(kept) or any(self._is_strange(char) for char in kept):
            raise wrong("Có ký tự không lưu được. Gõ lại bằng chữ thường.", "It holds characters that cannot be kept.")
        if len(kept) > self.longest:
            raise wrong(f"Dài nhất {self.longest} ký tự.", f"At most {self.longest} characters.")
        return kept

    def _is_strange(self, char: str) -> bool:
        return unicodedata.category(char) == "Cc" and not (self.lines and char in "\n\t")


class Money(Field):
    """Whole ₫ as people write it: 250k, 1tr2, 250.000."""

    def read(self, value: str) -> int:
        try:
            return money.parse_money(value)
        except MoneyUnclear as unclear:
            raise wrong(
                f"Chưa đọc được số tiền «{unclear.facts.get('typed', '')}». Ví dụ đúng: 250k hoặc 250.000",
                f"“{unclear.facts.get('typed', '')}” is no amount. Right: 250k or 250,000",
            ) from None


class Phone(Field):
    """A phone in every form people write it → E.164."""

    def read(self, value: str) -> str:
        try:
            return phones.parse_phone(value)
        except PhoneUnclear as unclear:
            raise wrong(
                f"Chưa đọc được số «{unclear.facts.get('typed', '')}». Ví dụ đúng: 0912 345 678",
                f"“{unclear.facts.get('typed', '')}” is no phone number. Right: 0912 345 678",
            ) from None


class WholeNumber(Field):
    """A whole number within bounds; dots, commas or spaces may group its digits by threes."""

    def __init__(self, *, low: int = 0, high: int = 10**12, **options: Any) -> None:
        super().__init__(**options)
        self.low, self.high = low, high

    def read(self, value: str) -> int:
        number = digits.whole(value)
        if number is None:
            raise wrong("Cần một số nguyên, ví dụ: 30", "A whole number is needed, for example: 30")
        if not self.low <= number <= self.high:
            raise wrong(f"Phải từ {self.low} đến {self.high}.", f"Must be {self.low} to {self.high}.")
        return number


class Choice(Field):
    """One of the values offered."""

    def __init__(self, offered: Mapping[str, Any] | list[str] | tuple[str, ...], **options: Any) -> None:
        super().__init__(**options)
        self.offered = frozenset(offered)

    def read(self, value: str) -> str:
        if value not in self.offered:
            raise wrong("Chọn một trong các mục có sẵn.", "Choose one of those offered.")
        return value


class Many(Choice):
    """Several of the values offered; none is an empty list."""

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        given = [] if value is marshmallow.missing else value if isinstance(value, list) else [value]
        return [self.read(each) for each in given if each]


class Flag(Field):
    """A box that is ticked or not."""

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> bool:
        return value is not marshmallow.missing and value not in ("", "0", "false")


class Day(Field):
    """A calendar day, as the browser's date field sends it or as people write it: 31/12/2026."""

    def read(self, value: str) -> date:
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                return datetime.strptime(value.strip(), form).date()  # noqa: DTZ007  # a day has no zone
            except ValueError:
                continue
        raise wrong("Chưa đọc được ngày. Ví dụ đúng: 31/12/2026", "That is no day. Right: 31/12/2026")


class Moment(Field):
    """A time at the shop, as the browser's datetime-local field sends it → an aware UTC instant."""

    def read(self, value: str) -> datetime:
        try:
            local = datetime.fromisoformat(value.strip())
        except ValueError:
            raise wrong(
                "Chưa đọc được giờ. Ví dụ: 31/12/2026 09:30", "That is no time. Right: 2026-12-31 09:30"
            ) from None
        assert isinstance(self.root, FormSchema)
        return local.replace(tzinfo=shop.of(self.root.session).timezone).astimezone(UTC)


class File(Field):
    """An uploaded file, not read yet."""

    def read(self, value: FileStorage) -> FileStorage:
        return value


class Form:
    """What was typed into a form, what is wrong with it, and what came of it."""

    def __init__(
        self,
        schema: type[FormSchema],
        sent: MultiDict[str, str] | None,
        files: MultiDict[str, FileStorage],
        initial: Mapping[str, Any],
        *,
        session: Session,
        locale: str,
        known: Mapping[str, Refusal],
        note: Callable[[LoyaltyError], None] = lambda refused: None,
    ) -> None:
        self.schema, self._sent, self._files, self._initial = schema(session), sent, files, initial
        self._session, self._locale, self._known, self._note = session, locale, known, note
        self.errors: dict[str, str] = {}
        self.result: Any = None
        self.key = (sent.get("form_key") if sent is not None else None) or secrets.token_urlsafe(12)

    def __getitem__(self, name: str) -> Any:
        """What stands in a field: as typed, or as it begins."""
        if self._sent is None:
            return self._initial.get(name, "")
        return self._sent.getlist(name) if isinstance(self.schema.fields.get(name), Many) else self._sent.get(name, "")

    @property
    def is_sent(self) -> bool:
        return self._sent is not None

    def read(self) -> dict[str, Any] | None:
        """The values understood; None, and `errors` says why, when a field is wrong."""
        try:
            return dict(self.schema.load(self._raw()))
        except ValidationError as found:
            messages = found.messages if isinstance(found.messages, dict) else {"": found.messages}
            self.errors |= {name: self._say(message) for name, message in messages.items()}
            return None

    def carry_out(self, act: Callable[[dict[str, Any]], Any]) -> bool:
        """Do it with the values, in a savepoint: whatever the domain refuses is undone and stands beside its field."""
        given = self.read()
        if given is None:
            return False
        try:
            with self._session.begin_nested():
                self.result = act(given)
                self._session.flush()
        except LoyaltyError as refused:
            self._note(refused)
            self.refuse_with(refused)
        return not self.errors

    def refuse(self, name: str, text: str) -> None:
        """Put an error beside a field; an empty name puts it above the form."""
        self.errors[name] = text

    def refuse_with(self, error: LoyaltyError) -> None:
        place = refusals.find(error, self._known).field
        self.refuse(place if place in self.schema.fields else "", refusals.in_words(error, self._known, self._locale))

    def _raw(self) -> dict[str, Any]:
        sent = self._sent if self._sent is not None else MultiDict()
        raw: dict[str, Any] = {}
        for name, kind in self.schema.fields.items():
            if isinstance(kind, File):
                raw |= {name: self._files[name]} if self._files.get(name) else {}
            elif name in sent:
                raw[name] = sent.getlist(name) if isinstance(kind, Many) else sent[name]
        return raw

    def _say(self, message: Any) -> str:
        while isinstance(message, (list, tuple)) and message:
            message = message[0]
        return message.in_(self._locale) if isinstance(message, Both) else str(message)
