"""Ways to a smaller and faster encoder: made and measured, each in a process of its own, the best one chosen."""
