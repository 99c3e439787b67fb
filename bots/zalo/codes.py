"""Zalo's error codes: what each means and what it asks of the sender.

From Zalo's tables of the OA and the ZNS/ZBS interface as they stood in 2026-11. -100 means different things in the two.
"""

from datetime import datetime, time, timedelta, timezone
from typing import NamedTuple

from bots.channel import Action


class Remedy(NamedTuple):
    action: Action
    wait: timedelta | None = None  # before the next try
    is_night: bool = False  # the wait lasts until the morning, see `until_morning`


AGAIN = Remedy(Action.RETRY)
BUSY = Remedy(Action.RETRY, timedelta(minutes=1))  # limits are counted per minute
LATER = Remedy(Action.RETRY, timedelta(hours=1))  # a quota
MORNING = Remedy(Action.RETRY, is_night=True)
TOKEN = Remedy(Action.REFRESH)
SETUP = Remedy(Action.STOP)
MESSAGE = Remedy(Action.CONTENT)
PERSON = Remedy(Action.PERSON)
WINDOW = Remedy(Action.WINDOW)

OA: dict[int, tuple[Remedy, str]] = {
    -32: (BUSY, "too many requests in this minute"),
    -100: (MESSAGE, "the attachment is too old"),
    -200: (AGAIN, "sending failed"),
    -201: (MESSAGE, "a parameter is invalid"),
    -202: (SETUP, "the MAC is wrong"),
    -204: (SETUP, "the OA was deleted"),
    -205: (SETUP, "no such OA"),
    -207: (SETUP, "the app is no third party of the OA"),
    -208: (SETUP, "the OA has no secret key"),
    -209: (SETUP, "the app is not activated"),
    -210: (MESSAGE, "a parameter is out of range"),
    -211: (LATER, "the quota is used up"),
    -212: (SETUP, "the OA has not registered this API"),
    -213: (WINDOW, "the person does not follow the OA"),
    -214: (AGAIN, "the article is still being processed"),
    -215: (SETUP, "the app id is wrong"),
    -216: (TOKEN, "the access token is invalid"),
    -217: (PERSON, "the person refuses invitations"),
    -218: (LATER, "the person can receive no more for now"),
    -219: (SETUP, "the app was removed"),
    -220: (TOKEN, "the access token expired or was removed"),
    -221: (SETUP, "the OA is not verified"),
    -222: (PERSON, "the account is locked or idle for more than 45 days"),
    -223: (SETUP, "the OA has not granted this to the app"),
    -224: (SETUP, "the OA has no service package"),
    -227: (PERSON, "the account is locked or idle for more than 45 days"),
    -230: (WINDOW, "no interaction in the last 7 days"),
    -232: (WINDOW, "the interaction is too old"),
    -233: (MESSAGE, "this type of message is not supported"),
    -234: (MORNING, "not at night"),
    -235: (SETUP, "this type of OA cannot do it"),
    -237: (SETUP, "the group or asset cannot be used"),
    -238: (SETUP, "the group or asset cannot be used"),
    -240: (SETUP, "this way of sending was shut down"),
    -241: (SETUP, "the group or asset cannot be used"),
    -242: (SETUP, "the app secret proof is wrong"),
    -244: (PERSON, "the person turned this type of message off"),
    -248: (MESSAGE, "the message breaks Zalo's rules"),
    -249: (MESSAGE, "this template cannot be sent by user id"),
    -305: (WINDOW, "more than 48 hours since the last interaction"),
    -311: (LATER, "the answers of this conversation are used up"),
    -320: (SETUP, "no Zalo Cloud account is linked"),
    -321: (SETUP, "the Zalo Cloud account has no money"),
    -403: (SETUP, "the group or asset cannot be used"),
}

_ZNS_TEXT: dict[int, str] = {
    -100: "unknown error",
    -108: "the phone number is invalid",
    -110: "the person's Zalo is too old",
    -114: "the person cannot receive it",
    -115: "the balance is used up",
    -118: "nobody has Zalo at this number",
    -119: "the person cannot receive it",
    -124: "the access token is invalid",
    -126: "the development wallet is used up",
    -127: "a test template goes to administrators only",
    -133: "not at night",
    -139: "the person refused this type of message",
    -140: "the person may not get this message",
    -141: "the person refused messages of this OA",
    -144: "the OA's quota of the day is used up",
    -147: "the template's quota of the day is used up",
    -1241: "the app secret proof is wrong",
}

_ZNS_CODES: dict[Remedy, tuple[int, ...]] = {
    AGAIN: (-100,),
    BUSY: (-32,),
    LATER: (-144, -147, -1441, -1471, -1472),
    MORNING: (-133,),
    TOKEN: (-124,),
    PERSON: (-108, -110, -114, -118, -119, -139, -140, -141),
    SETUP: (
        *(-101, -102, -103, -104, -105, -106, -115, -117, -120, -125, -126, -127, -128, -129, -131, -135, -136, -137),
        *(-138, -142, -143, -145, -146, -152, -1201, -1202, -1241, -1351, -1381),
    ),
    MESSAGE: (
        *(-107, -109, -111, -112, -113, -116, -121, -122, -123, -130, -132, -148, -149, -150, -151, -153, -161, -162),
        *(-1121, -1122, -1123, -1124, -1131, -1491),
    ),
}

ZNS: dict[int, tuple[Remedy, str]] = {
    code: (remedy, _ZNS_TEXT.get(code, "")) for remedy, codes in _ZNS_CODES.items() for code in codes
}

NIGHT_ENDS = time(6, 5)  # Zalo's night is 22:00 to 06:00; of which time zone no page says, so the country's
SPREAD = 10  # minutes the first messages of the morning are spread over
VIETNAM = timezone(timedelta(hours=7))


def remedy(table: dict[int, tuple[Remedy, str]], code: object, message: str = "") -> Remedy:
    """What `code` asks for; an unknown one is taken for a fault of the message. Some are overloaded: see `message`."""
    found, _ = table.get(code, (MESSAGE, "")) if isinstance(code, int) else (MESSAGE, "")
    if table is not OA:
        return found
    words = message.casefold()
    if code == -201 and "user_id" in words:
        return PERSON  # Zalo names the invalid parameter: nobody has this id
    if code in (-32, -223) and any(word in words for word in ("quota", "daily", "per day")):
        return LATER  # the older meaning of both: a quota is used up, not a minute's calls or a missing right
    return found


def is_known(table: dict[int, tuple[Remedy, str]], code: object) -> bool:
    return isinstance(code, int) and not isinstance(code, bool) and code in table


def until_morning(now: datetime, spread: int) -> timedelta:
    """How long until templates may go again: 06:05 in Vietnam and up to `SPREAD` minutes, by any number."""
    here = now.astimezone(VIETNAM)
    morning = datetime.combine(here.date(), NIGHT_ENDS, VIETNAM)
    morning += timedelta(days=1) if morning <= here else timedelta()
    return morning + timedelta(minutes=spread % SPREAD) - here
