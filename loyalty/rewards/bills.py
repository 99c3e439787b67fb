"""The bill a voucher is used with: some hold only from an amount on."""

from loyalty.errors import RuleViolation
from loyalty.rewards.models import Reward


class BillNeeded(RuleViolation):
    """The voucher holds for bills from `minimum` ₫ on, and no bill was named."""

    code = "bill_needed"


class BillTooSmall(RuleViolation):
    """`missing` ₫ are lacking between this `bill` and the `minimum` of the voucher."""

    code = "bill_too_small"


def check(reward: Reward, bill: int | None) -> None:
    """Whether the reward may be used with a bill of so many ₫. Raises BillNeeded, BillTooSmall."""
    least = reward.minimum_bill
    if bill is None and least:
        raise BillNeeded(minimum=least)
    if bill is not None and bill < least:
        raise BillTooSmall(minimum=least, bill=bill, missing=least - bill)
