"""A camera on the network, as OpenCV sees one: Motion JPEG over HTTP, well or badly."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np

_PICTURES_A_SECOND = 20


class _Camera(http.server.BaseHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Behave as the path says."""
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        name = self.path.split("?")[0]
        if name == "/missing":
            self.send_error(404)
        elif name == "/garbage":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(bytes(range(256)) * 400)
        else:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            self._film(5 if name == "/ends" else 1 << 30, hangs_after=10 if name == "/hangs" else 1 << 30)

    def _film(self, pictures: int, hangs_after: int) -> None:
        for number in range(pictures):
            picture = np.full((360, 640, 3), number % 2, np.uint8)
            jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
            part = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
            try:
                self.wfile.write(part + jpeg + b"\r\n")
            except OSError:
                return
            # It waits with the connection open, until the test is over.
            if number >= hangs_after and self.server.over.wait(60):  # type: ignore[attr-defined]
                return
            time.sleep(1 / _PICTURES_A_SECOND)


@contextmanager
def web_camera() -> Iterator[tuple[str, list[str]]]:
    """Its address without a path, and the paths it was asked for: /, /ends, /hangs, /missing, /garbage."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Camera) as server:
        server.daemon_threads = True
        server.asked, server.over = list[str](), threading.Event()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", server.asked  # type: ignore[attr-defined]
        server.over.set()  # type: ignore[attr-defined]
        server.shutdown()
