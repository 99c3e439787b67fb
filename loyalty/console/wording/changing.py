"""One sentence: reworded in either language, back to ours, undone."""

from flask import request, url_for
from werkzeug.datastructures import MultiDict

from loyalty.console.desk import Desk, Undo
from loyalty.console.forms import Form, FormSchema, Text
from loyalty.console.section import Answer
from loyalty.console.wording import showing
from loyalty.console.wording.here import catalogue, section
from loyalty.errors import LoyaltyError
from loyalty.staff.permissions import Right
from loyalty.wording import checking, overrides
from loyalty.wording.catalogue import LOCALES
from loyalty.wording.models import TextChange, TextOverride
from loyalty.words import Both

MOST_TYPED = 2000  # characters, places not filled
CHANGES = 20


class Words(FormSchema):
    """A sentence in one of its languages; the form sends only its own."""

    vi = Text(longest=MOST_TYPED, lines=True)
    en = Text(longest=MOST_TYPED, lines=True)


@section.get("/settings/wording/<key>", right=Right.SETTINGS)
def show(desk: Desk, key: str) -> Answer:
    """What a sentence says now, ours beside it, what its places mean, what was changed."""
    return _page(desk, key)


@section.post("/settings/wording/<key>/<locale>", right=Right.SETTINGS)
def save(desk: Desk, key: str, locale: str) -> Answer:
    """Say it in these words; nothing typed is ours again."""
    checking.find(catalogue(desk), key, locale)
    form = desk.form(Words)
    if form.read() is None:
        return _page(desk, key, **{locale: form}), 422
    try:
        with desk.session.begin_nested():
            change = _put(desk, key, locale, form[locale])
    except LoyaltyError as refused:
        form.refuse(locale, showing.explain(desk, refused))
        return _page(desk, key, **{locale: form}), 422
    return _done(desk, key, change, "wording_changed")


@section.post("/settings/wording/<key>/<locale>/default", right=Right.SETTINGS)
def restore(desk: Desk, key: str, locale: str) -> Answer:
    """Back to our wording."""
    return _done(desk, key, _put(desk, key, locale, ""), "wording_changed")


@section.post("/settings/wording/<key>/<locale>/preview", right=Right.SETTINGS, writes=False)
def preview(desk: Desk, key: str, locale: str) -> Answer:
    """What is being typed, as a customer would read it; nothing is kept."""
    sentence = checking.find(catalogue(desk), key, locale)
    typed = request.form.get(locale, "")[:MOST_TYPED]
    return desk.render("wording/preview.html", seen=showing.preview(desk, sentence, locale, typed))


@section.post("/settings/wording/changes/<int:number>/undo", right=Right.SETTINGS)
def undo(desk: Desk, number: int) -> Answer:
    """What was said before that change is said again."""
    by, number = desk.author.actor, min(number, 2**62)
    change = overrides.undo(desk.session, catalogue(desk), number, by=by, now=desk.now)
    return _done(desk, change.key if change else None, change, "wording_undone")


def _put(desk: Desk, key: str, locale: str, wording: str) -> TextChange | None:
    by = desk.author.actor
    return overrides.save(desk.session, catalogue(desk), key, locale, wording, by=by, now=desk.now)


def _done(desk: Desk, key: str | None, change: TextChange | None, action: str) -> Answer:
    home = url_for(".show", key=key) if key else url_for(".index")
    if change is None:
        return desk.done(desk.t("Không có gì thay đổi.", "Nothing has changed."), to=home)
    desk.note(action, f"text:{change.key}", locale=change.locale, change=change.id)
    back = Undo(url_for(".undo", number=change.id), desk.t("Hoàn tác", "Undo"))
    return desk.done(SAID[change.after is None].in_(desk.locale), to=home, undo=back)


SAID = {
    False: Both("Đã lưu. Từ giờ bot nói câu này.", "Saved. The bot says it from now on."),
    True: Both("Đã trở về câu mặc định.", "Back to our wording."),
}


def _page(desk: Desk, key: str, **sent: Form) -> str:
    known = catalogue(desk)
    sentence = checking.find(known, key, LOCALES[0])
    own = {locale: overrides.find(desk.session, key, locale) for locale in LOCALES}
    forms = {locale: sent.get(locale) or _fresh(desk, locale, own[locale]) for locale in LOCALES}
    return desk.render(
        "wording/show.html",
        sentence=sentence,
        situation=known.situations.get(sentence.situation, Both(key, key)).in_(desk.locale),
        languages=[(locale, showing.LANGUAGES[locale].in_(desk.locale)) for locale in _in_order(desk)],
        own=own,
        forms=forms,
        seen={locale: showing.preview(desk, sentence, locale, forms[locale][locale]) for locale in LOCALES},
        changes=showing.changes(desk, overrides.list_changes(desk.session, key=key, limit=CHANGES)),
    )


def _in_order(desk: Desk) -> list[str]:
    """The language of most customers first."""
    return sorted(LOCALES, key=lambda locale: locale != desk.shop.locale)


def _fresh(desk: Desk, locale: str, own: TextOverride | None) -> Form:
    """A form as it begins, also on a page that shows the other one with its errors."""
    begun = {locale: own.wording.strip() if own is not None else ""}
    return Form(Words, None, MultiDict(), begun, session=desk.session, locale=desk.locale, known=desk.known)
