"""What a bill earns: the rules, what they look at, and what they come to."""
