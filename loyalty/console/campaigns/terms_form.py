"""What a campaign states beside its words, as one fills it in: other texts to try, who is held out, money, lateness."""

from typing import Any

from loyalty.campaigns import content, terms
from loyalty.campaigns.content import BadText
from loyalty.campaigns.models import Campaign
from loyalty.console.campaigns import here
from loyalty.console.desk import Desk
from loyalty.console.forms import Flag, Form, FormSchema, Money, Text, WholeNumber
from loyalty.typed.money import format_points

OTHERS = ("b", "c", "d")


class TermsForm(FormSchema):
    """Texts beside the first one, each with its share in per cent: none stated, all get equal parts."""

    text_b, text_c, text_d = (Text(longest=content.LONGEST, lines=True) for _ in OTHERS)
    share_b, share_c, share_d = (WholeNumber(low=1, high=97) for _ in OTHERS)
    holdout = WholeNumber(low=0, high=terms.MOST_HOLDOUT)
    priority = WholeNumber(low=0, high=terms.MOST_PRIORITY)
    budget = Money()
    late_hours = WholeNumber(low=0, high=terms.MOST_LATE)
    best_hour = Flag()


def check(desk: Desk, form: Form) -> None:
    """Say beside its field what is wrong with another text, or with the shares."""
    for each in OTHERS:
        written = str(form[f"text_{each}"]).replace("\r\n", "\n")
        if written.strip():
            try:
                content.parse(written)
            except BadText as bad:
                form.refuse(f"text_{each}", here.fault(bad, desk.locale))
        elif str(form[f"share_{each}"]).strip():
            form.refuse(f"text_{each}", desk.t("Còn thiếu nội dung này.", "These words are missing."))
    given = form.read()
    if given is not None and not form.errors and sum(_shares(given)) > 99:
        form.refuse("share_b", desk.t("Tổng phải dưới 100%: tin A giữ phần còn lại.", "A keeps the rest: under 100%."))


def stated(given: dict[str, Any]) -> dict[str, Any]:
    """`terms.FIELDS` out of what was read of a form."""
    texts = [given[f"text_{each}"] for each in OTHERS if given.get(f"text_{each}")]
    shares = _shares(given)
    first = {"text": given["text"], "share": 100 - sum(shares)}
    others = [{"text": text, "share": share} for text, share in zip(texts, shares, strict=True)]
    found: dict[str, Any] = {"variants": [first, *others] if others else None, "budget": given.get("budget")}
    found["best_hour"] = bool(given.get("best_hour"))
    found |= {name: given.get(name) or 0 for name in ("holdout", "priority")}
    return found | ({} if given.get("late_hours") is None else {"late_hours": given["late_hours"]})


def of_campaign(desk: Desk, campaign: Campaign) -> dict[str, str]:
    """The fields as they begin for a draft."""
    known = terms.of(desk.session, campaign)
    found = {name: str(known[name] or "") for name in ("holdout", "priority")}
    found["late_hours"] = str(known["late_hours"])
    found["best_hour"] = "yes" if known["best_hour"] else ""
    found["budget"] = "" if known["budget"] is None else format_points(known["budget"], desk.locale)
    for each, variant in zip(OTHERS, (known["variants"] or [None])[1:], strict=False):
        found |= {f"text_{each}": variant["text"], f"share_{each}": str(variant["share"])}
    return found


def _shares(given: dict[str, Any]) -> list[int]:
    """Per cent of each other text that is written; those not stated get what an equal part would be."""
    written = [each for each in OTHERS if given.get(f"text_{each}")]
    return [given.get(f"share_{each}") or 100 // (len(written) + 1) for each in written]
