"""Portraits: what the people of a segment, or of the whole shop, are like and buy; taken by a worker and kept."""
