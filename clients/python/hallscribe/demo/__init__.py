"""The demonstration: a lecture goes in, events come out, a question finds its moment.

    python -m hallscribe.demo [--video FILE] [--captions FILE] [--out FOLDER]

It needs the daemon and the development extras (Pillow and matplotlib) beside the client. Modules, in the order of
the run: sample (the built-in lecture: lecture, slides, covers, canvas, ink, camera), daemon, flow (stream, follow, ask),
questions, truth, telling, outputs, timeline (chart, labels). Nothing here is imported by the client itself.
"""
