"""Goods that come back and movements undone: exactly what they gave goes back."""
