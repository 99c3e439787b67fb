"""What numbers of the form are counted in."""

from loyalty.words import Both

DAYS, POINTS, MONEY = Both("ngày", "days"), Both("điểm", "points"), Both("₫", "₫")
