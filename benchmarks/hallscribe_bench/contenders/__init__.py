"""What somebody might use in place of parts of Hallscribe, on the same input in the same run."""
