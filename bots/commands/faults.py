"""What a message itself can get wrong, before and beside the domain's own refusals."""

import re
from typing import NamedTuple

from loyalty.errors import Conflict, NotFound, Unreadable
from loyalty.typed import codes, fold, phones


class Newcomer(NamedTuple):
    """A customer to add; the phone is E.164."""

    phone: str
    name: str


class Link(NamedTuple):
    """A chat, by the member code it showed, and the phone it is to be proven for (E.164)."""

    phone: str
    code: str


class NotMeant(Unreadable):
    """What stands after a customer's command makes it another sentence: nobody gave the command."""

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed))


class NumberUnclear(Unreadable):
    """No number of a movement or request; `typed` is what stood there."""

    code = "number_unclear"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed))


class NumberMissing(Unreadable):
    """A command that takes a number, without one."""

    code = "number_missing"


class NameMissing(Unreadable):
    """A customer's phone without their name."""

    code = "name_missing"

    def __init__(self, phone: str) -> None:
        super().__init__(phone=phone)


class LinkUnclear(Unreadable):
    """Not one phone and one member code."""

    code = "link_unclear"

    def __init__(self, typed: str) -> None:
        super().__init__(typed=fold.quote(typed))


class StaffCodeMissing(Unreadable):
    """`/nv` with nothing after it."""

    code = "staff_code_missing"


class NobodyThere(NotFound):
    """No customer has this phone."""

    code = "nobody_there"

    def __init__(self, phone: str) -> None:
        super().__init__(phone=phone)


class PhoneKnown(Conflict):
    """A customer with this `phone` is there already: `customer_id`, for staff to be told who."""

    code = "phone_known"

    def __init__(self, phone: str, customer_id: int) -> None:
        super().__init__(phone=phone, customer_id=customer_id)


def read_number(args: str) -> int:
    """`1042` of `1042`, `#1042`, `số 1042`. Raises NumberUnclear."""
    found = re.fullmatch(r"(?:so |no\.? ?)?#? ?([0-9]{1,18})", fold.fold(args))
    if found is None or int(found[1]) == 0:
        raise NumberUnclear(args) if args.strip() else NumberMissing
    return int(found[1])


def read_newcomer(args: str) -> Newcomer:
    """A phone in E.164 and the name beside it, either first. Raises PhoneUnclear, NameMissing."""
    phone, name = phones.split_phone(args, may_trail=True)
    if not fold.tokens(name):
        raise NameMissing(phone)
    return Newcomer(phone, name)


def read_link(args: str) -> Link:
    """A phone in E.164 and a member code, either first. Raises PhoneUnclear, LinkUnclear."""
    if not args.strip():
        raise LinkUnclear(args)
    phone, rest = phones.split_phone(args, may_trail=True)
    if not codes.is_member_code(rest.lstrip("# ")):
        raise LinkUnclear(args)
    return Link(phone, codes.normalise_code(rest.lstrip("# ")))


def read_staff_code(args: str) -> str:
    """A chat code as typed, whatever it is: guesses are counted where they are compared. Raises StaffCodeMissing."""
    code = codes.normalise_code(args.lstrip("# "))
    if not code:
        raise StaffCodeMissing
    return code
