"""OpenVINO on the CPU."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray

from hallscribed.adapters.runtime.signature import Signature


class OpenVinoRuntime:
    """Behind ports.Runtime; threads may share it and take turns.

    Args:
        path: the graph's ``.xml`` file; its weights lie beside it.
        threads: how many threads one run uses.
        precision: what it calculates in, "f32" or "bf16".

    Raises:
        RuntimeError: the graph cannot be read or compiled.
    """

    name = "openvino"

    def __init__(self, path: Path, threads: int, precision: str = "f32") -> None:
        # Never the default, which picks bf16 on some machines: the same picture would get other vectors there.
        # No pinning: several processes share these cores, and pinned threads of two would pile up on one.
        settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": "1",
            "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": False,
        }
        core = openvino.Core()
        compiled = core.compile_model(core.read_model(path), "CPU", settings)
        self.signature = Signature(_described(compiled.inputs), _described(compiled.outputs))
        self._request = compiled.create_infer_request()
        self._lock = threading.Lock()

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        """Outputs by name; RuntimeError when the graph fails."""
        with self._lock:
            results = self._request.infer(dict(feeds))
            # The request reuses its memory for the next run.
            return {name: np.array(results[name]) for name in self.signature.outputs}


def _described(ports: Sequence[Any]) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {
        port.get_any_name(): (
            np.dtype(port.get_element_type().to_dtype()).name,
            tuple(-1 if length.is_dynamic else length.get_length() for length in port.get_partial_shape()),
        )
        for port in ports
    }
