"""What ``verify`` checks, one module for each kind of question."""
