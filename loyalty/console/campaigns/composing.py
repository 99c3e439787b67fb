"""Writing a campaign: for whom, what, how it will look, and when; on one page that shows itself while one writes."""

from typing import Any

from flask import request, url_for

from loyalty.campaigns import content, lifecycle, preview, stopping
from loyalty.campaigns.content import BadText
from loyalty.campaigns.judging import Mailing
from loyalty.campaigns.models import Campaign
from loyalty.console import persons, pictured
from loyalty.console.campaigns import extras, here, picture, starts, terms_form
from loyalty.console.campaigns.extras import Extras
from loyalty.console.campaigns.here import section
from loyalty.console.campaigns.starts import StartForm
from loyalty.console.campaigns.terms_form import OTHERS, TermsForm
from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Form, Many, Text
from loyalty.console.section import Answer
from loyalty.customers import profiles
from loyalty.errors import NotFound
from loyalty.segments import advice, saved
from loyalty.segments.models import Segment
from loyalty.staff.permissions import Right
from loyalty.words import Both

OFFERED = 200  # segments in the choice, newest first
PEOPLE = 50
REVIEW = "review"
INSERTED = Both('{{{{ name | "bạn" }}}}', '{{{{ name | "friend" }}}}')


class Several(Many):
    """Several values, whatever they are."""

    def __init__(self) -> None:
        super().__init__(())

    def read(self, value: str) -> str:
        return value


class Words(Extras, TermsForm):
    """What is written, and to whom."""

    name = Text(required=True, longest=100)
    segment = Text(required=True, longest=64)
    text = Text(required=True, longest=content.LONGEST, lines=True)


class LetterForm(Words, StartForm):
    """All that is needed to send it."""


class DraftForm(Words):
    """A draft needs no start yet: what stands in those fields stays there unread."""

    weekdays = Several()


@section.get("/campaigns/new", right=Right.CAMPAIGN)
def begin(desk: Desk) -> Answer:
    """An empty page, or one for the segment named in the address."""
    return _page(
        desk, desk.form(LetterForm, segment=desk.args.get("segment", ""), text=_starter(desk), when="now"), None
    )


@section.post("/campaigns/new", right=Right.CAMPAIGN, ahead=pictured.unpack)
def create(desk: Desk) -> Answer:
    """Keep a draft, and go on to look at it once more when that is asked for."""
    form = desk.form(_asked())
    if not _is_written(desk, form) or not form.carry_out(lambda given: _create(desk, given)):
        return _page(desk, form, None), 422
    campaign: Campaign = form.result
    desk.note("campaign_created", f"campaign:{campaign.public_id}")
    return _kept(desk, form, campaign)


@section.post("/campaigns/look", right=Right.CAMPAIGN, writes=False)
def look(desk: Desk) -> Answer:
    """The page once more with its picture drawn anew; nothing is kept."""
    named = request.form.get("campaign", "")
    campaign = lifecycle.get_public(desk.session, named) if named else None
    return _page(desk, desk.form(LetterForm), campaign)


@section.post("/campaigns/picture", right=Right.CAMPAIGN, writes=False)
def take_picture(desk: Desk) -> Answer:
    """The page's field with the file just chosen; no campaign shows it yet."""
    return pictured.upload(desk, url_for("console.campaigns.take_picture"), desk.t("Ảnh", "Picture"))


@section.post("/campaigns/look/people", right=Right.CAMPAIGN, writes=False)
def look_people(desk: Desk) -> Answer:
    """Who stands behind a number of a picture that is not kept yet: the first of them."""
    form = desk.form(LetterForm)
    segment = saved.get_public(desk.session, str(form["segment"]))
    letter = extras.letter_of(desk, form, str(form["text"]).replace("\r\n", "\n"))
    return _people(desk, segment, Mailing.plain(desk.session, letter), request.form.get("why", ""), None)


@section.get("/campaigns/<public_id>/edit", right=Right.CAMPAIGN)
def edit(desk: Desk, public_id: str) -> Answer:
    """The page of a draft."""
    campaign = lifecycle.get_public(desk.session, public_id)
    if campaign.state != "draft":
        return desk.go(url_for("console.campaigns.show", public_id=public_id))
    segment = desk.session.get_one(Segment, campaign.segment_id)
    written = {"name": campaign.name, "segment": segment.public_id, "text": campaign.text}
    written |= extras.fields_of(desk, campaign) | terms_form.of_campaign(desk, campaign)
    form = desk.form(LetterForm, **written, **starts.in_address(starts.from_address(desk)))
    return _page(desk, form, campaign)


@section.post("/campaigns/<public_id>/edit", right=Right.CAMPAIGN, ahead=pictured.unpack)
def change(desk: Desk, public_id: str) -> Answer:
    """Keep the draft as it is now."""
    campaign = lifecycle.get_public(desk.session, public_id)
    form = desk.form(_asked())
    if not _is_written(desk, form) or not form.carry_out(lambda given: _change(desk, campaign, given)):
        return _page(desk, form, campaign), 422
    desk.note("campaign_changed", f"campaign:{public_id}")
    return _kept(desk, form, campaign)


@section.get("/campaigns/<public_id>/people", right=Right.CAMPAIGN)
def people(desk: Desk, public_id: str) -> Answer:
    """Who stands behind a number of a draft's picture, page by page."""
    campaign = lifecycle.get_public(desk.session, public_id)
    segment = desk.session.get_one(Segment, campaign.segment_id)
    return _people(desk, segment, Mailing.of(desk.session, campaign), desk.args.get("why", ""), campaign)


@section.post("/campaigns/<public_id>/duplicate", right=Right.CAMPAIGN)
def duplicate(desk: Desk, public_id: str) -> Answer:
    """The same words for the same segment, to be changed and sent again."""
    first = lifecycle.get_public(desk.session, public_id)
    name = desk.t(f"{first.name} (bản sao)", f"{first.name} (copy)")[:100]
    copy = lifecycle.duplicate(desk.session, first, name, key=desk.key, now=desk.now)
    desk.note("campaign_created", f"campaign:{copy.public_id}", copied=public_id)
    undo = Undo(url_for("console.campaigns.archive", public_id=copy.public_id), desk.t("Cất đi", "Put it away"))
    text = desk.t("Đã chép thành bản nháp mới.", "Copied into a new draft.")
    return desk.done(text, to=url_for("console.campaigns.edit", public_id=copy.public_id), undo=undo)


def _create(desk: Desk, given: dict[str, Any]) -> Campaign:
    segment = saved.get_public(desk.session, given["segment"])
    stated, words = terms_form.stated(given), (given["name"], segment.id, given["text"])
    made = lifecycle.create(desk.session, *words, stated=stated, key=desk.key, now=desk.now)
    lifecycle.furnish(desk.session, made, extras.draft_of(desk, given), now=desk.now)
    return made


def _change(desk: Desk, campaign: Campaign, given: dict[str, Any]) -> None:
    segment = saved.get_public(desk.session, given["segment"])
    words = {"name": given["name"], "text": given["text"]}
    lifecycle.edit(desk.session, campaign, **words, segment_id=segment.id, stated=terms_form.stated(given))
    lifecycle.furnish(desk.session, campaign, extras.draft_of(desk, given), now=desk.now)


def _asked() -> type[Words]:
    """What the pressed button needs of the form."""
    return LetterForm if request.form.get("do") == REVIEW else DraftForm


def _is_written(desk: Desk, form: Form) -> bool:
    """Whether the words can be used, and, where one goes on to send them, the start as well."""
    if request.form.get("do") == REVIEW:
        starts.read(desk, form)
    try:
        content.parse(str(form["text"]).replace("\r\n", "\n"))
    except BadText as bad:
        form.refuse("text", here.fault(bad, desk.locale))
    extras.check(desk, form)
    terms_form.check(desk, form)
    return not form.errors


def _kept(desk: Desk, form: Form, campaign: Campaign) -> Answer:
    if request.form.get("do") == REVIEW:
        chosen = starts.in_address(form)
        return desk.go(url_for("console.campaigns.review", public_id=campaign.public_id, **chosen))
    to = url_for("console.campaigns.show", public_id=campaign.public_id)
    return desk.done(desk.t("Đã lưu nháp. Chưa gửi cho ai cả.", "The draft is kept. Nothing was sent."), to=to)


def _page(desk: Desk, form: Form, campaign: Campaign | None) -> str:
    segment, text = _segment(desk, str(form["segment"])), str(form["text"]).replace("\r\n", "\n")
    has_both = any(form[name] for name, key, _label in extras.wordings(desk) if "." in key)
    has_extras = any(form[name] for name in Extras._declared_fields if name not in ("offer", "window"))
    return desk.render(
        "campaigns/_look.html" if desk.is_partial else "campaigns/compose.html",
        form=form,
        campaign=campaign,
        segment=segment,
        segments=saved.list_newest(desk.session, limit=OFFERED),
        picture=picture.draw_form(desk, segment, form, text),
        **extras.vocabulary(desk) | {"has_extras": has_extras or form["offer"] not in ("", "none")},
        has_both=has_both,
        longest=content.LONGEST,
        ways=starts.WAYS,
        weekdays=[(code, words.in_(desk.locale)) for code, words in starts.WEEKDAYS.items()],
        others=OTHERS,
        limits=stopping.DEFAULTS,
        insert=INSERTED.in_(desk.locale),
        here=here,
        cases=picture.CASES,
        is_everybody=segment is not None and picture.is_everybody(desk, segment),
    )


def _starter(desk: Desk) -> str:
    """The text one may begin with for the ready segment `starter` names."""
    code = desk.args.get("starter", "")
    return advice.starter_text(code, desk.shop.name, desk.shop.locale) if code in advice.ACTIONS else ""


def _segment(desk: Desk, public_id: str) -> Segment | None:
    try:
        return saved.get_public(desk.session, public_id)
    except NotFound:
        return None


def _people(desk: Desk, segment: Segment, mailing: Mailing, why: str, campaign: Campaign | None) -> Answer:
    last = desk.args.get("after", "")
    before = profiles.get_public(desk.session, last).id if last else None
    found = preview.list_people(
        desk.session, segment, mailing, why or None, before=before, limit=PEOPLE + 1, now=desk.now
    )
    shown, more = found[:PEOPLE], ""
    if campaign is not None and len(found) > PEOPLE:
        more = url_for(
            "console.campaigns.people", public_id=campaign.public_id, why=why or None, after=shown[-1].public_id
        )
    return desk.render(
        "campaigns/people.html",
        campaign=campaign,
        segment=segment,
        why=here.reason(why, desk.locale) if why else "",
        people=persons.show_all(desk.session, shown),
        more=more,
        is_cut=campaign is None and len(found) > PEOPLE,
    )
