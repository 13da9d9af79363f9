"""Opens a bundle's graph in the runtime that the configuration names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hallscribed.adapters.models.bundle import Bundle
from hallscribed.adapters.models.manifest import Tensor
from hallscribed.adapters.runtime.signature import Signature
from hallscribed.domain.errors import Misconfigured
from hallscribed.ports import Runtime

if TYPE_CHECKING:
    from hallscribed.adapters.runtime.onnx_runtime import OnnxRuntime
    from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime


def open_runtime(name: str, bundle: Bundle, threads: int, part: str | None = None) -> Runtime:
    """Open the bundle's graph, or the further one that ``part`` names; only the chosen backend is imported.

    Raises:
        Misconfigured: the bundle has nothing for this runtime, the graph cannot be opened, or it is not
            of the shapes that the manifest gives.
    """
    opened, promised = open_graph(name, bundle, threads, part), promised_signature(bundle, part)
    if opened.signature != promised:
        raise Misconfigured(
            f"{bundle.graph(name, part)} takes and gives {opened.signature}, its manifest says {promised}: "
            "export the bundle anew"
        )
    return opened


def open_graph(name: str, bundle: Bundle, threads: int, part: str | None = None) -> OpenVinoRuntime | OnnxRuntime:
    """The same without a look at what the graph takes and gives. Misconfigured when it cannot be opened."""
    path = bundle.graph(name, part)
    try:
        if name == "openvino":
            from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime

            return OpenVinoRuntime(path, threads, bundle.manifest.inference_precision)
        from hallscribed.adapters.runtime.onnx_runtime import OnnxRuntime

        return OnnxRuntime(path, threads)
    except RuntimeError as error:
        raise Misconfigured(f"{name} cannot open {path} ({error}): export the bundle anew") from error


def promised_signature(bundle: Bundle, part: str | None = None) -> Signature:
    """What the manifest says that the graph takes and gives."""
    described = bundle.part(part)
    return Signature(_promised(described.inputs), _promised(described.outputs))


def _promised(tensors: tuple[Tensor, ...]) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {tensor.name: (tensor.dtype, tensor.shape) for tensor in tensors}
