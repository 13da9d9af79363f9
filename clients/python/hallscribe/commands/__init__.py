"""The commands of `hallscribe`, one module each: a coroutine over a client and an output."""
