"""Which role may do what. A right nobody was given is nobody's."""

from collections.abc import Mapping
from enum import StrEnum

from loyalty.errors import Forbidden
from loyalty.staff.models import Role, StaffMember


class Right(StrEnum):
    FIND = "find"
    AWARD = "award"
    AWARD_ANY_AMOUNT = "award_any_amount"  # without it, a large bill waits for a second person
    PREVIEW = "preview"  # what an award would give, nothing written
    RETURN = "return"  # goods taken back, whoever sold them and whenever
    UNDO_OWN = "undo_own"  # within 24 hours
    UNDO_ANY = "undo_any"
    REDEEM = "redeem"  # hand a reward over
    ADJUST = "adjust"  # give or take points by hand
    SET_TIER = "set_tier"  # hold somebody in a tier by hand, until a day
    ADD_CUSTOMER = "add_customer"
    LINK = "link"
    NOTE = "note"
    APPROVE = "approve"
    REPORT = "report"
    EDIT_NAME = "edit_name"
    EDIT_CONTACT = "edit_contact"  # phone, e-mail
    REVEAL = "reveal"  # a phone or an e-mail unmasked, each time written down
    CONVERSE = "converse"  # read threads, answer, hand back to the bot
    SEGMENT = "segment"
    CAMPAIGN = "campaign"
    REWARDS = "rewards"  # the catalogue
    IMPORT = "import"
    EXPORT = "export"
    AUDIT = "audit"
    PROGRAMME = "programme"  # read the rules of points and what they would cost; who has SETTINGS changes them
    CHANNELS = "channels"  # health, parked events, messages of unknown fate
    STOP_SENDING = "stop_sending"
    STAFF = "staff"  # who works here, and where
    SETTINGS = "settings"
    KEYS = "keys"  # API keys and webhooks out
    PRIVACY = "privacy"  # requests about one's own data; erasing
    WATCH = "watch"  # what is worth a second look; whoever may be its subject does not judge it


COUNTER = frozenset(
    {
        Right.FIND,
        Right.AWARD,
        Right.PREVIEW,
        Right.RETURN,
        Right.UNDO_OWN,
        Right.REDEEM,
        Right.ADD_CUSTOMER,
        Right.LINK,
        Right.NOTE,
        Right.EDIT_NAME,
    }
)
MARKETING = frozenset({Right.FIND, Right.REPORT, Right.CONVERSE, Right.SEGMENT, Right.CAMPAIGN, Right.REWARDS})
CHARGE = (
    COUNTER
    | MARKETING
    | {
        Right.AWARD_ANY_AMOUNT,
        Right.UNDO_ANY,
        Right.ADJUST,
        Right.SET_TIER,
        Right.APPROVE,
        Right.EDIT_CONTACT,
        Right.REVEAL,
        Right.IMPORT,
        Right.EXPORT,
        Right.AUDIT,
        Right.PROGRAMME,
        Right.CHANNELS,
        Right.STOP_SENDING,
    }
)
GRANTED: Mapping[Role, frozenset[Right]] = {
    Role.CASHIER: COUNTER,
    Role.MANAGER: CHARGE,
    Role.MARKETER: MARKETING,
    Role.OWNER: CHARGE | {Right.STAFF, Right.SETTINGS, Right.KEYS, Right.PRIVACY, Right.WATCH},
}


class NotAllowed(Forbidden):
    """A known member of staff whose role does not have the right."""

    code = "not_allowed"

    def __init__(self, role: str, right: Right) -> None:
        super().__init__(f"{role} may not {right}", role=role, right=right)


def may(role: str, right: Right) -> bool:
    return right in GRANTED[Role(role)]


def rights_of(role: str) -> frozenset[Right]:
    return GRANTED[Role(role)]


def require(member: StaffMember, right: Right) -> None:
    """Raises NotAllowed."""
    if not may(member.role, right):
        raise NotAllowed(member.role, right)
