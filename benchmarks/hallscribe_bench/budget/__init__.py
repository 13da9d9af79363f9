"""The budget, measured: scenarios drive a real daemon, and what they reach is held against ``benchmarks/budgets.toml``.

scenarios (data and drivers) -> raw records -> metrics (pure) -> verdicts -> report and plots
"""
