"""Recency, frequency, money: 1 to 5 against the shop's own quintiles."""

from loyalty.segments.fields.field import Family, Field, Kind
from loyalty.segments.fields.sources import Total
from loyalty.words import Both

FIFTHS = Both(
    "5 là một phần năm cao nhất của cửa hàng, 1 là thấp nhất. Ai chưa mua lần nào thì không tính.",
    "5 is the best fifth of the shop's customers, 1 the lowest. Who never bought is left out.",
)


def _score(name: str, column: str, label: Both, said: Both) -> Field:
    source = Total(column, may_lack=True)
    return Field(name, Family.MONEY, Kind.NUMBER, source, label=label, said=said, help=FIFTHS, example=4)


ALL = (
    _score(
        "rfm.recency",
        "rfm_r",
        Both("Điểm mới mua (R)", "Recency score (R)"),
        Both("điểm mới mua {}", "recency score {}"),
    ),
    _score(
        "rfm.frequency",
        "rfm_f",
        Both("Điểm mua thường xuyên (F)", "Frequency score (F)"),
        Both("điểm mua thường xuyên {}", "frequency score {}"),
    ),
    _score(
        "rfm.monetary",
        "rfm_m",
        Both("Điểm chi tiêu (M)", "Money score (M)"),
        Both("điểm chi tiêu {}", "money score {}"),
    ),
)
