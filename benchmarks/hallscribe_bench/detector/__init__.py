"""How well boundaries are found: footage with known truth, a scorer, a sweep and a measurement on media."""
