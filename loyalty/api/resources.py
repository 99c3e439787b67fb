"""The resources there are: every module of this package that has a `blueprint`. There is no list of them."""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import lru_cache

from loyalty import api
from loyalty.api.blueprints import Blueprint


@lru_cache(maxsize=1)
def blueprints() -> Sequence[Blueprint]:
    """Every group of addresses, by its `order`, then its name."""
    modules = (importlib.import_module(f"{api.__name__}.{found.name}") for found in pkgutil.iter_modules(api.__path__))
    declared = [module.blueprint for module in modules if isinstance(getattr(module, "blueprint", None), Blueprint)]
    return sorted(declared, key=lambda blueprint: (blueprint.order, blueprint.name))
