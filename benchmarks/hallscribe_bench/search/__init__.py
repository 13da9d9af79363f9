"""How well and how fast a question finds its moment."""
