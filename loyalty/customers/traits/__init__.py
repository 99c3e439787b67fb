"""What a shop keeps of people beyond what every shop does: its own fields."""
