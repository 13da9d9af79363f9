"""Generated from proto/hallscribe/v1 by `make proto`."""
