"""Hallscribe daemon: watches lectures at one frame per second and makes them searchable."""
