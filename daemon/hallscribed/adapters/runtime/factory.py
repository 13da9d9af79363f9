"""Opens a bundle's graph in the runtime that the configuration names."""

from __future__ import annotations

from hallscribed.adapters.models.bundle import Bundle
from hallscribed.adapters.models.manifest import Tensor
from hallscribed.adapters.runtime.signature import Signature
from hallscribed.domain.errors import Misconfigured
from hallscribed.ports import Runtime


def open_runtime(name: str, bundle: Bundle, threads: int) -> Runtime:
    """Open the bundle's graph; only the chosen backend is imported.

    Raises:
        Misconfigured: the bundle has nothing for this runtime, the graph cannot be opened, or it is not
            of the shapes that the manifest gives.
    """
    path = bundle.graph(name)
    try:
        runtime: Runtime
        if name == "openvino":
            from hallscribed.adapters.runtime.openvino_runtime import OpenVinoRuntime

            opened = OpenVinoRuntime(path, threads)
            runtime, signature = opened, opened.signature
        else:
            from hallscribed.adapters.runtime.onnx_runtime import OnnxRuntime

            session = OnnxRuntime(path, threads)
            runtime, signature = session, session.signature
    except RuntimeError as error:
        raise Misconfigured(f"{name} cannot open {path} ({error}): export the bundle anew") from error
    promised = Signature(_promised(bundle.manifest.inputs), _promised(bundle.manifest.outputs))
    if signature != promised:
        raise Misconfigured(f"{path} takes and gives {signature}, its manifest says {promised}: export the bundle anew")
    return runtime


def _promised(tensors: tuple[Tensor, ...]) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {tensor.name: (tensor.dtype, tensor.shape) for tensor in tensors}
