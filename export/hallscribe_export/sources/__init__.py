"""Where checkpoints come from, and how their files are read."""
