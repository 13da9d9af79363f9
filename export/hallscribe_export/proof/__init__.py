"""Proves the exporter at true size, on checkpoints of the exact architecture with random weights."""
