"""What the demo shop sells, and what somebody of a certain taste takes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from loyalty.purchases.bills import Line


@dataclass(frozen=True, slots=True)
class Product:
    """`price` in whole ₫."""

    sku: str
    name: str
    category: str
    price: int


MENU = {
    product.sku: product
    for product in (
        Product("CF01", "Cà phê sữa đá", "Cà phê", 35_000),
        Product("CF02", "Bạc xỉu", "Cà phê", 39_000),
        Product("CF03", "Latte đá", "Cà phê", 55_000),
        Product("CF04", "Cappuccino", "Cà phê", 55_000),
        Product("CF05", "Americano", "Cà phê", 45_000),
        Product("CF06", "Cold brew cam", "Cà phê", 59_000),
        Product("TR01", "Trà đào cam sả", "Trà", 49_000),
        Product("TR02", "Trà sen vàng", "Trà", 52_000),
        Product("TR03", "Matcha đá xay", "Trà", 62_000),
        Product("BM01", "Croissant bơ", "Bánh", 38_000),
        Product("BM02", "Bánh mì chà bông", "Bánh", 32_000),
        Product("BM03", "Croissant hạnh nhân", "Bánh", 48_000),
        Product("BM04", "Tiramisu", "Bánh", 58_000),
        Product("BM05", "Cheesecake chanh dây", "Bánh", 62_000),
        Product("BD01", "Bánh sinh nhật 16 cm", "Bánh đặt", 320_000),
        Product("BD02", "Bánh sinh nhật 20 cm", "Bánh đặt", 480_000),
        Product("BD03", "Hộp bánh quà 12 chiếc", "Bánh đặt", 360_000),
        Product("MV01", "Cà phê hạt Cầu Đất 250 g", "Mang về", 165_000),
        Product("MV02", "Hộp quà phin và cà phê", "Mang về", 240_000),
    )
}
COFFEE = ("CF01", "CF02", "CF03", "CF04", "CF05", "CF06")
TEA = ("TR01", "TR02", "TR03")
PASTRY = ("BM01", "BM02", "BM03")
CAKE = ("BM04", "BM05")
ORDERED = ("BD01", "BD02", "BD03")
TASTES: Mapping[str, Sequence[tuple[Sequence[str], int, int]]] = {  # from what, at least, at most
    "morning": ((COFFEE, 1, 2), (PASTRY, 0, 1)),
    "friends": ((COFFEE + TEA, 2, 4), (CAKE, 1, 2)),
    "office": ((COFFEE + TEA, 4, 8), (PASTRY, 2, 4)),
    "family": ((TEA, 1, 2), (CAKE + ORDERED, 1, 1)),
}


def pick(chance: Random, taste: str) -> str:
    """SKUs with spaces between, of what this taste takes this time."""
    parts = (chance.choices(pool, k=chance.randint(least, most)) for pool, least, most in TASTES[taste])
    return " ".join(sku for part in parts for sku in part)


def lines(skus: str) -> tuple[Line, ...]:
    """The lines of a bill; a SKU that stands twice is two pieces."""
    return tuple(_line(MENU[sku], quantity) for sku, quantity in Counter(skus.split()).items())


def worth(bill: Iterable[Line]) -> int:
    """Whole ₫ before anything is taken off."""
    return sum(line.quantity * line.unit_price for line in bill)


def _line(product: Product, quantity: int) -> Line:
    return Line(product.name, quantity, product.price, sku=product.sku, category=product.category)
