"""What staff do with points, who may, and what waits for a second person."""
