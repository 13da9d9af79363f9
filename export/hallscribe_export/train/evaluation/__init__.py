"""What a starter model is worth: its figures on lectures that it never saw, beside simpler ways to get them."""
