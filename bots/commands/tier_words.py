"""Why somebody is in a tier, what the next one takes, and what a tier brings."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy.orm import Session

from bots.commands import Chat, Reply, buttons, people
from bots.texts import formats, text
from loyalty import shop
from loyalty.points.tiers import card
from loyalty.points.tiers.card import Card
from loyalty.points.tiers.holding import Amount
from loyalty.programme.document import Programme, Tier, in_locale
from loyalty.typed import fold
from loyalty.typed.money import format_points

MONTHS = 6  # shown one by one


def answer(session: Session, chat: Chat, asked: str) -> Reply:
    """`asked` is `held`, `why`, `reach` or `benefits`, and perhaps the name of a tier after it."""
    what, _, name = asked.partition(" ")
    today = shop.of(session).day(chat.now)
    found = card.of_customer(session, chat.person.customer_id, today)
    named = called(found.programme, name)
    if name and named is None:
        lines = [_unknown(found.programme, chat.locale)]
    elif what == "benefits":
        lines = list(_benefits(found.programme, named or found.held, chat.locale))
    elif what == "reach":
        lines = list(_reach(found, named, chat.locale))
    else:
        lines = list(_why(found, named, chat.locale, today))
    return Reply("\n".join(lines), buttons(chat.locale, "rewards", "history"))


def _why(found: Card, named: Tier | None, locale: str, today: date) -> Iterator[str]:
    """The tier, the months behind it, until when it is safe, and what the next one takes."""
    is_above = named is not None and found.programme.rank(named.code) > found.programme.rank(found.held.code)
    if named is not None and is_above:
        yield text("tier.not_yet", locale, tier=in_locale(named.names, locale))
    held = in_locale(found.held.names, locale)
    yield text("tier.held", locale, tier=held)
    if found.hand_until is not None:
        yield text("tier.by_hand", locale, day=formats.day(found.hand_until, locale, today))
    yield from _grounds(found, locale)
    if found.outlook is not None:
        day = formats.day(found.outlook.falls_on - timedelta(days=1), locale, today)
        yield text("tier.safe", locale, tier=held, day=day, more=people.more(found.outlook.missing, locale))
    yield from _missing(found, named if is_above else found.next, locale)


def _grounds(found: Card, locale: str) -> Iterator[str]:
    window = _window(found.programme, locale)
    if not found.months:
        yield people.capital(text("tier.nothing", locale, window=window))
        return
    is_by_hand = found.is_short and found.hand_until is not None
    key = "so_far" if not found.held.spend or is_by_hand else "short" if found.is_short else "why"
    facts = {"window": window, "amount": _number(found.counted, locale)}
    if key != "so_far":
        facts |= {"tier": in_locale(found.held.names, locale), "need": _need(found, locale)}
    yield people.capital(text(f"tier.{key}_{found.counted.metric}", locale, **facts))
    for month, amount in found.months[:MONTHS]:
        shown = _unit(Amount(found.counted.metric, amount), locale)
        yield text("tier.month", locale, month=formats.month(month, locale), amount=shown)
    if earlier := sum(amount for _month, amount in found.months[MONTHS:]):
        yield text("tier.earlier", locale, amount=_unit(Amount(found.counted.metric, earlier), locale))


def _reach(found: Card, named: Tier | None, locale: str) -> Iterator[str]:
    wanted = named or found.next
    if wanted is None:
        yield text("tier.held", locale, tier=in_locale(found.held.names, locale))
        return
    asks = text(f"tier.asks_{found.counted.metric}", locale, amount=_number(_needed(found, wanted), locale))
    name, window = in_locale(wanted.names, locale), _window(found.programme, locale)
    yield text("tier.reach", locale, tier=name, asks=asks, window=window)
    if found.programme.rank(wanted.code) <= found.programme.rank(found.held.code):
        yield text("tier.reached", locale, tier=name)
    yield from _missing(found, wanted, locale)
    yield from _benefits(found.programme, wanted, locale)


def _missing(found: Card, wanted: Tier | None, locale: str) -> Iterator[str]:
    if wanted is None or found.programme.rank(wanted.code) <= found.programme.rank(found.held.code):
        return
    more = people.more(found.missing(wanted), locale)
    yield people.capital(text("tier.missing", locale, more=more, tier=in_locale(wanted.names, locale)))


def _benefits(programme: Programme, tier: Tier, locale: str) -> Iterator[str]:
    times = formats.multiplier(tier.multiplier, locale)
    yield text("tier.benefits", locale, tier=in_locale(tier.names, locale), times=times)
    for said in in_locale(tier.benefits, locale) if tier.benefits else ():
        yield text("tier.benefit", locale, said=said)


def _unknown(programme: Programme, locale: str) -> str:
    names = [in_locale(tier.names, locale) for tier in programme.tiers]
    return text("tier.unknown", locale, tiers=", ".join(names), example=names[-1])


def called(programme: Programme, name: str) -> Tier | None:
    """The tier whose name in any language, or code, is written so, tone marks aside."""
    wanted = fold.fold(name)
    return next(
        (
            tier
            for tier in programme.tiers
            if wanted and wanted in [fold.fold(each) for each in (tier.code, *tier.names.values())]
        ),
        None,
    )


def _window(programme: Programme, locale: str) -> str:
    qualification = programme.qualification
    if qualification.window == "rolling":
        return text("tier.window_rolling", locale, months=qualification.months)
    return text(f"tier.window_{qualification.window}", locale)


def _needed(found: Card, tier: Tier) -> Amount:
    return Amount(found.counted.metric, tier.spend)


def _need(found: Card, locale: str) -> str:
    return _number(_needed(found, found.held), locale)


def _number(amount: Amount, locale: str) -> str:
    """`2.000.000đ`; points and orders without their word, which the sentence has."""
    return formats.money(amount.number, locale) if amount.metric == "spend" else format_points(amount.number, locale)


def _unit(amount: Amount, locale: str) -> str:
    if amount.metric == "points":
        return formats.points(amount.number, locale)
    shown = _number(amount, locale)
    return shown if amount.metric == "spend" else text("tier.bills", locale, number=shown)
