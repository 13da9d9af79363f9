"""The whole product measured from outside: lectures in, events and moments out, over gRPC."""
