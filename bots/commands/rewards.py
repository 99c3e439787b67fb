"""What one gets for points: seen, redeemed, shown again, given back."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bots import media, reward_picture
from bots.commands import CUSTOMER, Chat, Reply, buttons, command, get, refusals, reward_words
from bots.commands.faults import NotMeant, NumberUnclear, read_number
from bots.texts import formats, text
from loyalty import shop
from loyalty.customers import questions
from loyalty.customers.models import CustomerStats
from loyalty.messaging.contents import MessageButton, MessageCard
from loyalty.pictures import gallery
from loyalty.points import ledger
from loyalty.points.spending import InsufficientPoints
from loyalty.rewards import catalogue, codes, redemptions, visibility, vouchers, wishes
from loyalty.rewards.catalogue import OutOfStock
from loyalty.rewards.models import Redemption
from loyalty.rewards.visibility import Choice
from loyalty.typed import fold
from loyalty.typed.numerals import with_digits

MOST = 10  # rewards of one answer
NEXT = 2  # of those one cannot afford yet
BUTTONS = 2  # rewards with a button of their own


def _in_words(args: str) -> int:
    """«số ba», «thứ hai». Raises NotMeant."""
    typed = fold.fold(args)
    if not typed.startswith(("so ", "thu ")):
        raise NotMeant(args)
    try:
        return read_number(with_digits(typed.removeprefix("thu ")))
    except NumberUnclear:
        raise NotMeant(args) from None


def read_choice(args: str) -> int | None:
    """The number of a reward, None where none is named. Raises NotMeant for words that are about something else."""
    try:
        return read_number(args) if args.strip() else None
    except NumberUnclear:
        return _in_words(args)


@command("quà", "rewards", for_=CUSTOMER, help="quà", loose=True, details=True, reads=read_choice)
def show_rewards(session: Session, chat: Chat, number: int | None) -> Reply:
    """What one can have now by its number, then what comes next; of one that is named, what it is and why not.

    After the list a number alone chooses from it, for as long as `asked.LISTED_FOR`.
    """
    customer = session.get_one(CustomerStats, chat.person.customer_id)
    if number is not None:
        return _about(session, chat, customer, number)
    found = visibility.choices(session, customer, now=chat.now)
    ready = [choice for choice in found if choice.obstacle is None][:MOST]
    to_come = [choice for choice in found if isinstance(choice.obstacle, InsufficientPoints)][:NEXT]
    lead, rest = _lead(session, chat, customer, ready), [_missing(chat, choice) for choice in to_come]
    if ready:
        rest.append(text("rewards.how", chat.locale, number=ready[0].reward.number))
    if ready or to_come:
        questions.ask(session, chat.person, questions.LISTED, now=chat.now)
    return Reply(
        "\n".join([lead, *reward_words.rows(ready, chat.locale), *rest]),
        (*_offers(chat, ready), *buttons(chat.locale, "points")),
        cards=_cards(session, chat, ready),
        beside="\n".join([lead, *rest]),
    )


@command("đổi", "redeem", for_=CUSTOMER, help="đổi 3", details=True, reads=read_choice)
def redeem_reward(session: Session, chat: Chat, number: int | None) -> Reply:
    """`đổi 3` burns the price of catalogue number 3; a webhook delivered twice burns it once.

    Raises RewardNotFound, NotForYou, NotNow, LimitReached, OutOfStock, BalanceTooLow, InsufficientPoints.
    """
    if number is None:
        return show_rewards(session, chat, None)
    reward = catalogue.get_by_number(session, number)
    done = redemptions.redeem(
        session, chat.person.customer_id, reward.id, key=chat.event_key, actor=redemptions.CUSTOMER, now=chat.now
    )
    questions.close_kind(session, chat.person.id, questions.LISTED, now=chat.now)  # «3» once more is a slip, not a wish
    facts = {
        "points": formats.points(done.redemption.price, chat.locale),
        "reward": catalogue.name_of(reward, chat.locale),
        "balance": formats.points(ledger.balance(session, chat.person.customer_id), chat.locale),
    }
    lines = [text("rewards.done", chat.locale, **facts), _handing(session, chat, done.redemption)]
    if voucher := vouchers.of(session, done.redemption):
        lines[1] = text("rewards.voucher", chat.locale, code=voucher, **_until(session, chat, done.redemption))
        return Reply("\n".join(lines), buttons(chat.locale, "rewards"))
    return Reply("\n".join(lines), buttons(chat.locale, "unredeem", "rewards"), _picture(session, done.redemption))


@command("hủy đổi quà", "unredeem", for_=CUSTOMER, help="hủy đổi quà", words=True)
def give_back(session: Session, chat: Chat, code: str) -> Reply:
    """The newest unused code, or the one named, gives its points back. Raises NothingToCancel, AlreadyFulfilled."""
    customer_id = chat.person.customer_id
    given = redemptions.give_up(session, customer_id, code=code or None, key=chat.event_key, now=chat.now)
    facts = {
        "reward": catalogue.name_of(catalogue.get(session, given.reward_id), chat.locale),
        "points": formats.points(given.price, chat.locale),
        "balance": formats.points(ledger.balance(session, customer_id), chat.locale),
    }
    return Reply(text("rewards.given_back", chat.locale, **facts), buttons(chat.locale, "rewards", "points"))


@command("ưu đãi", "offers", for_=CUSTOMER, help="ưu đãi", loose=True)
def show_offers(session: Session, chat: Chat, _: str) -> Reply:
    """The codes one holds, those that end first before the others; of a single one the picture too."""
    customer_id = chat.person.customer_id
    held = redemptions.list_open(session, customer_id, now=chat.now)
    given = vouchers.list_valid(session, customer_id, today=shop.of(session).day(chat.now))
    if not held and not given:
        return Reply(text("offers.none", chat.locale), buttons(chat.locale, "rewards", "points"))
    lines = [text("offers.title", chat.locale)]
    lines += [_row(session, chat, each, codes.write(redemptions.code_of(session, each))) for each in held]
    lines += [_row(session, chat, each, code) for each, code in given]
    if held:
        lines.append(text("offers.how", chat.locale))
    picture = _picture(session, held[0]) if len(held) == 1 else ""
    return Reply("\n".join(lines), buttons(chat.locale, *(["unredeem"] if held else []), "rewards"), picture)


@command("báo em khi có", "wish", for_=CUSTOMER, details=True, reads=read_choice)
def wish(session: Session, chat: Chat, number: int | None) -> Reply:
    """«báo em khi có 4»: told once when it is there again; without a number, of everything that is gone now."""
    customer = session.get_one(CustomerStats, chat.person.customer_id)
    wanted = wishes.wanted(session, customer, number, now=chat.now)
    if not wanted:
        return Reply(text("rewards.is_there", chat.locale), buttons(chat.locale, "rewards"))
    for reward in wanted:
        wishes.add(session, customer.customer_id, reward, now=chat.now)
    names = ", ".join(catalogue.name_of(reward, chat.locale) for reward in wanted)
    return Reply(text("rewards.wished", chat.locale, rewards=names), buttons(chat.locale, "rewards"))


def _about(session: Session, chat: Chat, customer: CustomerStats, number: int) -> Reply:
    reward = catalogue.get_by_number(session, number)
    why = visibility.obstacle(session, reward, customer, now=chat.now)
    lines = [reward_words.row(reward, chat.locale), catalogue.about(reward, chat.locale)]
    lines += [reward_words.terms(session, reward, chat.locale)]
    photo = gallery.name_of(session, reward.picture_id)
    if why is None:
        lines.append(text("rewards.how", chat.locale, number=number))
        taps = (_offer(chat, number), *buttons(chat.locale, "rewards"))
        return Reply("\n".join(filter(None, lines)), taps, picture=photo)
    lines.append(refusals.explain(session, chat, why, get(CUSTOMER, "rewards")).text)
    extra = (_wish(chat, number),) if isinstance(why, OutOfStock) else ()
    taps = (*extra, *buttons(chat.locale, "rewards", "points"))
    return Reply("\n".join(filter(None, lines)), taps, picture=photo)


def _lead(session: Session, chat: Chat, customer: CustomerStats, ready: Sequence[Choice]) -> str:
    balance = formats.points(customer.points, chat.locale)
    if ready:
        return text("rewards.ready", chat.locale, balance=balance)
    if not catalogue.list_offered(session):
        return text("rewards.empty", chat.locale, shop=shop.of(session).name, balance=balance)
    return text("rewards.none_yet", chat.locale, balance=balance)


def _missing(chat: Chat, choice: Choice) -> str:
    assert isinstance(choice.obstacle, InsufficientPoints)
    facts = choice.obstacle.facts
    missing = formats.points(facts["needed"] - facts["available"], chat.locale)
    return text("rewards.missing", chat.locale, row=reward_words.row(choice.reward, chat.locale), missing=missing)


def _handing(session: Session, chat: Chat, redemption: Redemption) -> str:
    code = codes.write(redemptions.code_of(session, redemption))
    return text("rewards.hand_over", chat.locale, code=code, **_until(session, chat, redemption))


def _row(session: Session, chat: Chat, redemption: Redemption, code: str) -> str:
    reward = catalogue.name_of(catalogue.get(session, redemption.reward_id), chat.locale)
    return text("offers.row", chat.locale, code=code, reward=reward, **_until(session, chat, redemption))


def _until(session: Session, chat: Chat, redemption: Redemption) -> dict[str, str]:
    return {"day": formats.day(redemption.valid_on, chat.locale, shop.of(session).day(chat.now))}


def _picture(session: Session, redemption: Redemption) -> str:
    """The QR code of a code that is held, for as long as it holds; "" where the platforms could not fetch it."""
    until = redemptions.ends_at(session, redemption)
    return media.qr_address(session, redemptions.ticket_text(session, redemption), until=until)


def _cards(session: Session, chat: Chat, ready: Sequence[Choice]) -> tuple[MessageCard, ...]:
    """Each reward with its picture and its taps; none while the shop has no address a platform can fetch them from."""
    shown = []
    for reward in (choice.reward for choice in ready):
        picture = reward_picture.address(session, reward, chat.locale, now=chat.now)
        looking = MessageButton(
            text("ask.look.label", chat.locale, number=reward.number),
            f"{get(CUSTOMER, 'rewards').word(chat.locale)} {reward.number}",
        )
        about = catalogue.about(reward, chat.locale)
        taps = (_offer(chat, reward.number), looking)
        shown.append(MessageCard(reward_words.row(reward, chat.locale), about, picture, taps))
    return tuple(shown) if all(card.image_url for card in shown) else ()


def _offers(chat: Chat, ready: Sequence[Choice]) -> tuple[MessageButton, ...]:
    return tuple(_offer(chat, choice.reward.number) for choice in ready[:BUTTONS])


def _offer(chat: Chat, number: int) -> MessageButton:
    word = get(CUSTOMER, "redeem").word(chat.locale)
    return MessageButton(text("rewards.button", chat.locale, number=number), f"{word} {number}")


def _wish(chat: Chat, number: int) -> MessageButton:
    word = get(CUSTOMER, "wish").word(chat.locale)
    return MessageButton(text("rewards.wish_button", chat.locale), f"{word} {number}")
