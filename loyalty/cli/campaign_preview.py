"""What `loyalty campaign preview` prints: who would get it and who would not, the cost, the time, the overlaps."""

from typing import Any

from loyalty.campaigns.overview import Overview
from loyalty.cli import common
from loyalty.cli.common import Both
from loyalty.console.campaigns import here
from loyalty.messaging import way_words
from loyalty.typed.money import format_money

RECEIVE = Both(
    vi="{name}: {number} người sẽ nhận trong {all} người của nhóm, tốn {cost}, xong sớm nhất {at}.",
    en="{name}: {number} people would get it, of {all} in the segment, for {cost}, through at {at} at the earliest.",
)
HELD = Both(vi="Đang giờ yên tĩnh: tin đi từ {at}.", en="Quiet hours: messages leave from {at}.")
UNPAID = Both(
    vi="Ngân sách riêng không đủ cho {number} người: chiến dịch sẽ tự dừng ở đó.",
    en="Its own budget does not last for {number} people: it would pause there.",
)
WHO = Both(vi="Người|Vì sao|Như là", en="People|Why|Such as")
GETS = Both(vi="sẽ nhận", en="will get it")
WAYS = Both(vi="Cách|Kênh|Người|Chi phí|Mẫu tin còn", en="Way|Channel|People|Cost|Templates left")
BOTH = Both(
    vi="{number} người cũng có trong «{name}»: {who} gửi.", en="{number} people are also in “{name}”: {who} writes."
)
AT = Both(vi="Từ {at}: {number} người, giờ tốt nhất của họ.", en="From {at}: {number} people, at their best hour.")
OTHER, THIS = Both(vi="chiến dịch kia", en="that one"), Both(vi="chiến dịch này", en="this one")


def document(campaign_id: str, found: Overview) -> dict[str, Any]:
    """For programs."""
    seen = found.seen
    return {
        "id": campaign_id,
        "count": seen.count,
        "would_receive": seen.would_receive,
        "no_chat": seen.no_chat,
        "reasons": dict(seen.reasons),
        "people": {
            why: [{"id": each.public_id, "name": each.name} for each in people] for why, people in found.named.items()
        },
        "cost": seen.cost,
        "unpaid": seen.unpaid,
        "routes": [
            {name: getattr(each, name) for name in ("route", "kind", "people", "price", "cost", "quota_left")}
            for each in found.routes
        ],
        "finishes_at": found.finishes_at,
        "held_until": found.held_until,
        "overlaps": [
            {"campaign": each.campaign.public_id, "people": each.people, "wins": each.wins} for each in found.overlaps
        ],
        "hours": [{"at": each.at, "people": each.people, "own": each.own} for each in found.hours],
    }


def picture(name: str, found: Overview) -> str:
    """For people."""
    seen, locale = found.seen, common.locale()
    facts = {"number": common.whole(seen.would_receive - seen.unpaid), "all": common.whole(seen.count + seen.no_chat)}
    lines = [
        RECEIVE(name=name, **facts, cost=format_money(seen.cost, locale), at=common.moment(found.finishes_at)),
        *([HELD(at=common.moment(found.held_until))] if found.held_until else []),
        *([UNPAID(number=common.whole(seen.unpaid))] if seen.unpaid else []),
        "",
        common.table(WHO().split("|"), _reasons(found, locale)),
    ]
    if found.routes:
        lines += ["", common.table(WAYS().split("|"), _routes(found, locale))]
    lines += [AT(at=common.moment(each.at), number=common.whole(each.people)) for each in found.hours]
    for each in found.overlaps:
        who = (OTHER if each.wins else THIS)()
        lines.append(BOTH(number=common.whole(each.people), name=each.campaign.name, who=who))
    return "\n".join(lines)


def _reasons(found: Overview, locale: str) -> list[list[str]]:
    seen = found.seen
    numbers = {**seen.reasons, **({"no_chat": seen.no_chat} if seen.no_chat else {})}
    rows = [("", seen.would_receive, GETS())]
    rows += [
        (why, number, here.reason(why, locale)) for why, number in sorted(numbers.items(), key=lambda one: -one[1])
    ]
    return [
        [common.whole(number), words, ", ".join(each.name or "–" for each in found.named.get(why, ()))]
        for why, number, words in rows
    ]


def _routes(found: Overview, locale: str) -> list[list[str]]:
    words = {str(route): named.in_(locale) for route, named in way_words.ROUTES.items()}
    return [
        [
            words[each.route],
            each.kind,
            common.whole(each.people),
            format_money(each.cost, locale),
            "–" if each.quota_left is None else common.whole(each.quota_left),
        ]
        for each in found.routes
    ]
