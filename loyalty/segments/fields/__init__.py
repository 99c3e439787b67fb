"""Every field rules may ask for, by its name. A new one is one declaration in the module of its family."""

from collections.abc import Mapping

from loyalty.segments.fields import bought, campaigns, chats, groups, money, points, profile, scores, times
from loyalty.segments.fields.field import FAMILIES, Family, Field

MODULES = (profile, money, scores, times, bought, points, chats, campaigns, groups)
ALL: Mapping[str, Field] = {field.name: field for module in MODULES for field in module.ALL}


def by_family() -> list[tuple[Family, list[Field]]]:
    """The fields as people look for them."""
    return [(family, [field for field in ALL.values() if field.family is family]) for family in FAMILIES]
