"""Client library of Hallscribe."""
