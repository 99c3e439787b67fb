import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.customers import emails


@pytest.mark.parametrize(
    ("typed", "address", "key"),
    [
        ("lan@example.com", "lan@example.com", "lan@example.com"),
        ("  Lan.Nguyen+quen@Example.COM \n", "Lan.Nguyen+quen@example.com", "lan.nguyen+quen@example.com"),
        ("lan@ｅｘａｍｐｌｅ.com", "lan@example.com", "lan@example.com"),
        ("lan@Bücher.example", "lan@xn--bcher-kva.example", "lan@xn--bcher-kva.example"),
        ("l\u200ban@mail.example.vn", "lan@mail.example.vn", "lan@mail.example.vn"),
    ],
)
def test_an_address_has_one_form(typed: str, address: str, key: str) -> None:
    assert emails.parse(typed) == emails.Email(address, key)


def test_dots_and_plus_signs_tell_people_apart() -> None:
    keys = {emails.parse(text).key for text in ("lan.a@example.com", "lana@example.com", "lan+a@example.com")}
    assert len(keys) == 3


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "lan",
        "@example.com",
        "lan@",
        "lan@localhost",
        "lan@example",
        "lan@example.com.",
        "lan@-example.com",
        "lan@exam ple.com",
        "la n@example.com",
        "lan@@example.com",
        ".lan@example.com",
        "lan..a@example.com",
        '"lan"@example.com',
        "lân@example.com",
        "lan@127.0.0.1",
        "lan@[127.0.0.1]",
        "lan@exa\x00mple.com,hoa@example.com",
        "a" * 65 + "@example.com",
        "lan@" + "a" * 64 + ".com",
        "lan@" + "a.b" * 100 + ".com",
        "\ud800@example.com",
        "lan@\ud800",
        "x" * 100_000 + "@example.com",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(emails.NotAnEmail) as refusal:
        emails.parse(typed)
    assert refusal.value.facts["example"] == "lan@example.com"
    assert len(refusal.value.facts["typed"]) <= 60


@given(st.one_of(st.text(), st.tuples(st.text(), st.text()).map("@".join), st.emails()))
def test_every_text_is_an_address_or_refused_and_an_address_is_its_own_form(typed: str) -> None:
    try:
        email = emails.parse(typed)
    except emails.NotAnEmail:
        return
    assert emails.parse(email.address) == email
    assert emails.parse(email.key).key == email.key
