"""Models described once and written for each runtime."""
