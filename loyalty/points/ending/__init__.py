"""The ends of points: when they come, whom to warn, and what moves them."""
