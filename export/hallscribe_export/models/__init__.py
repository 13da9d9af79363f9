"""Models, each described once over ``graph.port.Graph``."""
