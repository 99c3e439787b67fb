"""Tiers: which is held, what counts towards it, and when it is looked at again."""
