"""ONNX Runtime on the CPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from hallscribed.adapters.runtime.signature import Signature

_DTYPES = {"tensor(float)": "float32", "tensor(int64)": "int64"}


class OnnxRuntime:
    """Behind ports.Runtime; threads may share it.

    Args:
        path: the ``.onnx`` file.
        threads: how many threads one run uses.

    Raises:
        RuntimeError: the graph cannot be read.
    """

    name = "onnxruntime"

    def __init__(self, path: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # The arena keeps the largest run's memory for ever; a daemon that runs for months wants it back.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Weights in INT8 are widened once, when the graph is opened, instead of at every run.
        options.add_session_config_entry("session.disable_quant_qdq", "1")
        # Without VNNI its fast products of INT8 end at 16 bits and are wrong beyond; this has no effect with VNNI.
        options.add_session_config_entry("session.x64quantprecision", "1")
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its own exceptions share no base below Exception
            raise RuntimeError(f"{path} cannot be opened: {error}") from error
        self.signature = Signature(_described(self._session.get_inputs()), _described(self._session.get_outputs()))

    def run(self, feeds: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
        """Outputs by name; RuntimeError when the graph fails."""
        names = list(self.signature.outputs)
        try:
            return dict(zip(names, self._session.run(names, dict(feeds)), strict=True))
        except Exception as error:  # see above
            raise RuntimeError(f"the graph failed: {error}") from error


def _described(ports: Sequence[Any]) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {
        port.name: (
            _DTYPES.get(port.type, port.type),
            tuple(length if isinstance(length, int) else -1 for length in port.shape),
        )
        for port in ports
    }
