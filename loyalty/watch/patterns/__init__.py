"""The patterns a night looks for: each is a module here with a `PATTERN`; there is no list of them."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import lru_cache

from loyalty.watch.clues import Pattern


@lru_cache(maxsize=1)
def known() -> Mapping[str, Pattern]:
    """Every pattern by its code, in the order of their files."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return {module.PATTERN.code: module.PATTERN for module in modules}
