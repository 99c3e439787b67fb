"""The demo shop's people and their history: invented, the same every time."""
