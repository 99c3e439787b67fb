"""Campaigns to more people, or for more money, than one person alone may decide."""

from bots.sends import Words

words = Words("campaign")
