"""Speed as ratios to physical limits, measured in the same run on the same machine."""
