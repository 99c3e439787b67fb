"""What came of a campaign as a picture, and the message it goes with: sums only, nobody's name.

Its address says which campaign in which language, and until when; the numbers are asked for when a platform fetches it.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from bots import drawing, media
from bots.drawing import Chart, Tile
from bots.texts import formats, text
from loyalty import shop
from loyalty.campaigns import lifecycle, results
from loyalty.campaigns.lifecycle import CampaignNotFound
from loyalty.campaigns.models import Campaign
from loyalty.campaigns.results import Results
from loyalty.typed import fold
from loyalty.typed.money import format_points

PURPOSE = "campaign"
LONGEST_NAME = 34


def address(session: Session, campaign: Campaign, locale: str, *, now: datetime) -> str:
    """Where the picture is, for a day; "" without a public address."""
    return media.address(session, f"{campaign.public_id}.{locale}", PURPOSE, until=now + media.HELD)


def png(session: Session, signed: str, *, now: datetime) -> bytes | None:
    """The picture an address was signed for; None for anything else, or when its time has passed."""
    if (what := media.named(session, signed, PURPOSE, now=now)) is None:
        return None
    public_id, locale = what
    try:
        campaign = lifecycle.get_public(session, public_id)
    except CampaignNotFound:
        return None
    return drawing.png(chart(session, campaign, locale, now=now))


def message(session: Session, campaign: Campaign, locale: str, *, now: datetime) -> str:
    """What is written with the picture, and alone where there is none."""
    found = results.of_campaign(session, campaign, now=now)
    facts = {
        "name": fold.quote(campaign.name, 60),
        "amount": formats.money(found.numbers.revenue, locale),
        "orders": format_points(found.numbers.orders, locale),
        "count": format_points(found.numbers.sent, locale),
        "link": f"{shop.of(session).base_url}/console/campaigns/{campaign.public_id}/results",
    }
    lines = [text("picture.campaign", locale, **facts), uplift(found, locale)]
    return "\n".join([*lines, text("picture.campaign_link", locale, **facts)])


def chart(session: Session, campaign: Campaign, locale: str, *, now: datetime) -> Chart:
    """Revenue, buyers and the verdict over the orders of each day after the message."""
    found = results.of_campaign(session, campaign, now=now)
    numbers, days = found.numbers, list(found.by_day)
    return Chart(
        title=fold.quote(campaign.name, LONGEST_NAME),
        span=text(
            "picture.campaign_span", locale, count=format_points(numbers.sent, locale), days=str(found.window_days)
        ),
        tiles=[
            Tile(text("picture.campaign_revenue", locale), formats.money(numbers.revenue, locale)),
            Tile(text("picture.campaign_buyers", locale), format_points(numbers.buyers, locale)),
            Tile(text("picture.campaign_orders", locale), format_points(numbers.orders, locale)),
        ],
        caption=text("picture.campaign_by_day", locale),
        labels=[str(day) for day in range(1, len(days) + 1)],
        now=days,
        before=[0] * len(days),
        top=format_points(max(days, default=0), locale),
        legend=(uplift(found, locale),),
    )


def uplift(found: Results, locale: str) -> str:
    """Whether the campaign made a difference, in a line."""
    if found.uplift is None:
        return text("picture.campaign_none", locale)
    percent = f"{abs(found.uplift.by) * 100:.1f}"
    return text(
        f"picture.campaign_{found.verdict}", locale, percent=percent.replace(".", ",") if locale == "vi" else percent
    )
