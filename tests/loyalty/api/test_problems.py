"""No bytes make the API stumble, and every refusal is a problem document."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.loyalty.api.conftest import Caller

JSON = {"Content-Type": "application/json"}


def post(api: Caller, body: bytes, path: str = "/customers", **headers: str) -> Any:
    return api.post(path, data=body, headers={**JSON, **headers})


def problem(answer: Any) -> tuple[int, str]:
    assert answer.mimetype == "application/problem+json"
    document = answer.json
    assert document["status"] == answer.status_code
    assert {"type", "title", "code", "detail"} <= set(document)
    return answer.status_code, document["code"]


MALFORMED = [
    b"",
    b"{",
    b"nope",
    b'{"name": NaN}',
    b'{"name": Infinity}',
    b'{"name": 1e400}',
    b'{"name": "a", "name": "b"}',
    b"[" * 100_000,
    b'{"a":' * 60 + b"1" + b"}" * 60,
    '{"name": "Lan"}'.encode("utf-16"),
    b'\xef\xbb\xbf{"name": "Lan"}',
    b'{"name": "\xff\xfe"}',
    b'{"name": ' + b"9" * 5000 + b"}",
    b'{"name": "a\x00b"}',
    b'{"name": "Lan"} trailing',
]


def test_what_is_not_json_is_malformed(api: Caller) -> None:
    for body in MALFORMED:
        assert problem(post(api, body)) == (400, "malformed")


KINDS = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]


def test_another_kind_of_body_is_not_read(api: Caller) -> None:
    for kind in KINDS:
        answer = api.post("/customers", data=b'{"name": "Lan"}', headers={"Content-Type": kind})
        assert problem(answer) == (415, "unsupported_media_type")


FIELDS: list[tuple[bytes, str]] = [
    (b"[]", "body"),
    (b"null", "body"),
    (b'"Lan"', "body"),
    (b'{"name": "a\\u0000b"}', "name"),
    (b'{"name": "\\ud800"}', "name"),
    (b'{"\\ud800": 1}', "body"),
    (b'{"name": 5}', "name"),
    (b'{"name": true}', "name"),
    (b'{"name": "   "}', "name"),
    (b'{"name": "' + b"a" * 101 + b'"}', "name"),
    (b'{"phone": "12345"}', "phone"),
    (b'{"phone": 912345678}', "phone"),
    (b'{"name": "Lan", "email": "nobody"}', "email"),
    (b"{}", "body"),
    (b'{"name": null, "email": "lan@example.com"}', "body"),
    (b'{"joined": 1}', "joined"),
    (b'{"joined": "true"}', "joined"),
    (b'{"locale": "fr"}', "locale"),
    (b'{"surprise": 1}', "surprise"),
    (b'{"name": [{"a": ["b", "\\u0000"]}]}', "name.0.a.1"),
]


def test_a_field_that_cannot_be_is_named(api: Caller) -> None:
    for body, path in FIELDS:
        answer = post(api, body)
        assert problem(answer) == (422, "validation_failed")
        assert list(answer.json["errors"]) == [path]


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"total": 0}, "total"),
    ({"total": -1}, "total"),
    ({"total": 10**12 + 1}, "total"),
    ({"total": 2**63}, "total"),
    ({"total": 10**30}, "total"),
    ({"total": 1.5}, "total"),
    ({"total": 250000.0}, "total"),
    ({"total": "250000"}, "total"),
    ({"total": True}, "total"),
    ({"discount": -1}, "discount"),
    ({"purchased_at": "2026-11-22T09:00:00"}, "purchased_at"),
    ({"purchased_at": "2026-11-22"}, "purchased_at"),
    ({"purchased_at": "2026-02-30T09:00:00+07:00"}, "purchased_at"),
    ({"purchased_at": "9999-12-31T23:59:59-23:59"}, "purchased_at"),
    ({"purchased_at": "0001-01-01T00:00:00+23:59"}, "purchased_at"),
    ({"purchased_at": 5}, "purchased_at"),
    ({"customer": {}}, "customer"),
    ({"customer": {"id": "a", "phone": "0912345678"}}, "customer"),
    ({"customer": {"phone": "1"}}, "customer.phone"),
    ({"customer": {"name": "Lan"}}, "customer.name"),
    ({"customer": "0912345678"}, "customer"),
    ({"lines": {}}, "lines"),
    ({"lines": [{"name": "Latte", "quantity": 0}]}, "lines.0.quantity"),
    ({"lines": [{"name": "Latte"}, {"name": "Latte", "unit_price": 10**13}]}, "lines.1.unit_price"),
    ({"lines": [{"name": "x"}] * 501}, "lines"),
    ({"pay_points": 0}, "pay_points"),
    ({"source": ""}, "source"),
]


def test_numbers_times_and_references_are_strict(api: Caller) -> None:
    for change, path in CHANGES:
        bill = {"source": "pos", "reference": "HD1", "customer": {"phone": "0912345678"}, "total": 250_000}
        answer = api.post("/purchases", bill | change)
        assert problem(answer) == (422, "validation_failed")
        assert list(answer.json["errors"]) == [path]


def test_too_much_is_refused(api: Caller) -> None:
    assert problem(post(api, b'{"name": "' + b"a" * 1_100_000 + b'"}')) == (413, "too_large")


ADDRESSES = [
    ("GET", "/nothing", (404, "not_found")),
    ("GET", "/customers/%00", (404, "not_found")),
    ("GET", "/customers/a%2Fb", (404, "not_found")),
    ("GET", "/customers/" + "a" * 65, (404, "not_found")),
    ("GET", "/customers/unknown", (404, "customer_not_found")),
    ("GET", "/segments/unknown", (404, "segment_not_found")),
    ("GET", "/campaigns/unknown/report", (404, "campaign_not_found")),
    ("GET", "/purchases/unknown", (404, "purchase_not_found")),
    ("POST", "/ledger/999999999999999999/reversal", (404, "entry_not_found")),
    ("POST", "/ledger/9999999999999999999/reversal", (404, "not_found")),
    ("POST", "/ledger/-1/reversal", (404, "not_found")),
    ("DELETE", "/customers", (405, "method_not_allowed")),
    ("GET", "/customers?limit=0", (422, "validation_failed")),
    ("GET", "/customers?limit=201", (422, "validation_failed")),
    ("GET", "/customers?limit=9999999", (422, "validation_failed")),
    ("GET", "/customers?limit=ten", (422, "validation_failed")),
    ("GET", "/customers?limit=%D9%A3", (422, "validation_failed")),
    ("GET", "/customers?offset=10", (422, "validation_failed")),
    ("GET", "/customers?phone=1", (422, "validation_failed")),
    ("GET", "/customers?q=%00", (422, "validation_failed")),
    ("GET", "/customers?cursor=abc", (422, "validation_failed")),
    ("GET", "/customers?cursor=%F0%9F%92%A9", (422, "validation_failed")),
]


def test_addresses_that_lead_nowhere_say_so(api: Caller) -> None:
    for method, path, wanted in ADDRESSES:
        assert problem(api(method, path)) == wanted


def test_a_method_not_allowed_names_those_that_are(api: Caller) -> None:
    assert "GET" in api("DELETE", "/customers").headers["Allow"]


PATHS = (
    "/customers", "/purchases", "/segments", "/segments/preview", "/campaigns", "/simulations/accrual",
    "/campaigns/unknown/schedule", "/ledger/1/reversal",
)  # fmt: skip
NAMES = st.sampled_from(
    ["name", "phone", "rules", "all", "any", "not", "field", "op", "value", "customer", "id", "total", "source",
     "reference", "text", "segment_id", "at", "cron", "lines", "quantity", "purchased_at", "\ud800", "\0"]
)  # fmt: skip
ATOMS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20),
    st.sampled_from(["0912345678", "tier", "=", "{{ name }}", "* * * * *", "2026-11-22T09:00:00+07:00", "\ud800"]),
)  # fmt: skip
DOCUMENTS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=5)),
    max_leaves=12,
)


def test_no_document_makes_the_api_stumble(api: Caller) -> None:
    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(PATHS), DOCUMENTS)
    def holds(path: str, document: Any) -> None:
        assert api.post(path, document).status_code < 500

    holds()


def test_no_bytes_and_no_address_make_the_api_stumble(api: Caller) -> None:
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(PATHS), st.binary(max_size=60), st.binary(max_size=30))
    def holds(path: str, body: bytes, query: bytes) -> None:
        assert post(api, body, path).status_code < 500
        escaped = "".join(f"%{byte:02X}" for byte in query)
        assert api.get(f"/customers?q={escaped}").status_code < 500
        assert api.get(f"/customers?cursor={escaped}&phone={escaped}").status_code < 500
        keyed = api.post(f"{path}?{escaped}", {}, headers={"Idempotency-Key": escaped or "k"})
        assert keyed.status_code < 500

    holds()
