"""The rules as a form: questions whose answers change single values of the one draft, never its other words."""

from loyalty.console.programme.form import pages

__all__ = ["pages"]
