"""What there is once in every document: earning, how long points live, using them, returns, limits."""

from loyalty.console.programme.form.terms.earning import EARNING
from loyalty.console.programme.form.terms.limits import LIMIT
from loyalty.console.programme.form.terms.lives import EXPIRY
from loyalty.console.programme.form.terms.other import OTHER
from loyalty.console.programme.form.terms.spending import SPENDING
from loyalty.console.programme.form.terms.waiting import PENDING, RETURNS

__all__ = ["EARNING", "EXPIRY", "LIMIT", "OTHER", "PENDING", "RETURNS", "SPENDING"]
