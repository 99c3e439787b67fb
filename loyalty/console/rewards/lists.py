"""Unique codes of a reward: looked at in a file first, then put among the others."""

from collections.abc import Iterator

from flask import request, url_for
from werkzeug.datastructures import FileStorage

from loyalty.console.desk import Desk
from loyalty.console.forms import File, Form, FormSchema, Text, WholeNumber
from loyalty.console.rewards.here import section
from loyalty.console.section import Answer
from loyalty.exchange import packing, sentences, sheets
from loyalty.exchange.sheets import BadFile
from loyalty.rewards import catalogue, vouchers
from loyalty.rewards.models import Reward
from loyalty.rewards.vouchers import Batch
from loyalty.staff.permissions import Right

SHOWN = 5
HEADS = frozenset({"code", "codes", "mã", "ma", "mã quà", "voucher", "coupon"})


class CodesForm(FormSchema):
    """A file, or codes typed one a line."""

    file = File()
    typed = Text(longest=200_000, lines=True)


class Making(FormSchema):
    count = WholeNumber(low=1, high=vouchers.MOST, required=True)


@section.get("/rewards/<public_id>/codes", right=Right.REWARDS)
def codes(desk: Desk, public_id: str) -> Answer:
    """Where codes come from."""
    return _page(desk, catalogue.get_public(desk.session, public_id), desk.form(CodesForm), desk.form(Making))


@section.post("/rewards/<public_id>/codes/look", right=Right.REWARDS, writes=False)
def look(desk: Desk, public_id: str) -> Answer:
    """What adding these would do; nothing is written yet."""
    reward, form = catalogue.get_public(desk.session, public_id), desk.form(CodesForm)
    given = form.read()
    if given is None:
        return _page(desk, reward, form, desk.form(Making)), 422
    try:
        file: FileStorage | None = given.get("file")
        typed = _codes_in(file) if file is not None else (given.get("typed") or "").split("\n")
    except BadFile as bad:
        facts = {name: value for name, value in bad.facts.items() if name != "reason"}
        form.refuse("file", sentences.of_file(bad.reason, desk.locale, **facts))
        return _page(desk, reward, form, desk.form(Making)), 422
    return _page(desk, reward, form, desk.form(Making), vouchers.look(desk.session, reward, typed))


@section.post("/rewards/<public_id>/codes", right=Right.REWARDS)
def add(desk: Desk, public_id: str) -> Answer:
    """Put what was looked at among the reward's codes; the same ones again add none."""
    reward = catalogue.get_public(desk.session, public_id)
    batch = vouchers.add(desk.session, reward, request.form.get("codes", "").split("\n"), now=desk.now)
    return _added(desk, reward, batch)


@section.post("/rewards/<public_id>/codes/make", right=Right.REWARDS)
def generate(desk: Desk, public_id: str) -> Answer:
    """So many codes of our own making."""
    reward, form = catalogue.get_public(desk.session, public_id), desk.form(Making)
    if not form.carry_out(lambda given: vouchers.generate(desk.session, reward, given["count"], now=desk.now)):
        return _page(desk, reward, desk.form(CodesForm), form), 422
    return _added(desk, reward, form.result)


def _added(desk: Desk, reward: Reward, batch: Batch) -> Answer:
    desk.note("reward_codes_added", f"reward:{reward.public_id}", codes=len(batch.fresh))
    text = desk.t(f"Đã thêm {len(batch.fresh)} mã.", f"{len(batch.fresh)} codes were added.")
    return desk.done(text, to=url_for(".show", public_id=reward.public_id))


def _codes_in(file: FileStorage) -> list[str]:
    """The first column of a file, without its head. Raises BadFile."""
    return list(_first_cells(file.stream.read(sheets.MOST_BYTES + 1)))


def _first_cells(data: bytes) -> Iterator[str]:
    for chunk in sheets.read(data).chunks:
        for line in packing.unpack(chunk):
            first = next((str(cell).strip() for cell in line.cells if cell not in (None, "")), "")
            if first and first.lower() not in HEADS:
                yield first


def _page(desk: Desk, reward: Reward, form: Form, making: Form, batch: Batch | None = None) -> str:
    return desk.render(
        "rewards/codes.html",
        reward=reward,
        name=catalogue.name_of(reward, desk.locale),
        form=form,
        making=making,
        batch=batch,
        free=vouchers.count_free(desk.session, reward.id),
        sample=batch.fresh[:SHOWN] if batch else (),
    )
