"""The programme: what is made of the parts, and how it begins and ends."""

import os

# Before numpy is loaded, here and in the workers: after each product its OpenBLAS lets the thread that helped spin for
# a tenth of a second, on a core that the encoder wants.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
