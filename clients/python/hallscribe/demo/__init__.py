"""The demonstration: a lecture goes in, events come out, a question finds its moment.

    python -m hallscribe.demo [--video FILE] [--captions FILE] [--out FOLDER]

    sample     the built-in lecture as files: lecture (script), slides, covers, canvas, ink, camera
    flow       the run from top to bottom: daemon, telling, questions, truth, outputs
    timeline   the picture: chart (values), labels (where they go)

It needs the daemon and the development extras (Pillow, matplotlib) beside the client, which imports none of this.
"""
