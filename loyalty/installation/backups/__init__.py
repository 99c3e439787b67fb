"""Encrypted backups of the whole database, portable between engines, and the way back."""
