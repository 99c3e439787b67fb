"""Every field rules may ask for, by its name. A new one is one declaration in the module of its family.

What a shop defined for itself is added by its database: `known` and `find` tell of those too.
"""

from collections.abc import Mapping

from loyalty.segments.fields import bought, campaigns, chats, custom, groups, money, points, profile, scores, times
from loyalty.segments.fields.field import FAMILIES, Family, Field
from loyalty.segments.frame import Frame

MODULES = (profile, money, scores, times, bought, points, chats, campaigns, groups)
ALL: Mapping[str, Field] = {field.name: field for module in MODULES for field in module.ALL}


def find(name: str, frame: Frame) -> Field | None:
    """A field by its name, of every shop or of this one."""
    return ALL.get(name) or custom.find(name, frame)


def known(frame: Frame) -> Mapping[str, Field]:
    """Every field there is in this shop."""
    return {**ALL, **{field.name: field for field in custom.list_all(frame)}}


def by_family(frame: Frame | None = None) -> list[tuple[Family, list[Field]]]:
    """The fields as people look for them; without a frame, those of every shop."""
    fields = list(ALL.values()) if frame is None else list(known(frame).values())
    found = [(family, [field for field in fields if field.family is family]) for family in FAMILIES]
    return [(family, members) for family, members in found if members]
