"""The long proofs: `make drills`. Each prints its seed, and the same seed draws the same plan again."""
