"""Writes a described model for ONNX Runtime."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from hallscribe_export.graph.port import Array, Mode, Turn, quantised

_OPSET = 20
_IR_VERSION = 10
_CONTRIB = "com.microsoft"
# A protocol buffer ends at 2 GiB; the rest is room for the graph around the weights.
_MOST_BYTES, _LARGE = 2**31 - 2**26, 4096
_TYPES = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64}


class OnnxGraph:
    """Behind ``graph.port.Graph``; nodes are the names of values. Equal calls give equal bytes."""

    def __init__(self, mode: Mode = "weights", keep: Collection[str] = ()) -> None:
        self._mode, self._keep = mode, frozenset(keep)
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._names = 0
        self._widths: dict[str, int] = {}
        self._tables: dict[Turn, tuple[str, str]] = {}
        self._narrow: dict[str, tuple[str, str, str]] = {}

    def _name(self, kind: str) -> str:
        self._names += 1
        return f"{kind.lower()}_{self._names}"

    def _node(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = self._name(kind)
        self._nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def _constant(self, values: NDArray[np.generic]) -> str:
        name = self._name("constant")
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _shape(self, *lengths: int) -> str:
        return self._constant(np.array(lengths, np.int64))

    def _weight(self, weight: Array) -> str:
        if self._mode == "full":
            return self._constant(weight)
        values, scale = quantised(weight)
        zero = np.zeros(len(values), np.int8)
        parts = (self._constant(values), self._constant(scale.ravel()), self._constant(zero))
        return self._node("DequantizeLinear", *parts, axis=0)

    def input(self, name: str, dtype: str, shape: Sequence[int]) -> str:
        """See the port."""
        lengths = [f"{name}_{axis}" if length < 0 else length for axis, length in enumerate(shape)]
        self._inputs.append(helper.make_tensor_value_info(name, _TYPES[dtype], lengths))
        return name

    def constant(self, values: Array) -> str:
        """See the port."""
        return self._constant(values)

    def linear(self, x: str, weight: Array, bias: Array, name: str) -> str:
        """See the port."""
        if name in self._keep:
            product = self._node("MatMul", x, self._constant(weight.T))
        elif self._mode == "dynamic":
            product = self._narrow_product(x, weight)
        else:
            product = self._node("MatMul", x, self._node("Transpose", self._weight(weight), perm=[1, 0]))
        result = self._node("Add", product, self._constant(bias))
        self._widths[result] = len(weight)
        return result

    def _narrow_product(self, x: str, weight: Array) -> str:
        """``x @ weight.T`` in INT8; x gets one scale for all of it, found at run time.

        In the form that the runtime fuses into one operation with the bias that follows.
        """
        if x not in self._narrow:
            narrow, scale, zero = (self._name(kind) for kind in ("narrow", "scale", "zero"))
            self._nodes.append(helper.make_node("DynamicQuantizeLinear", [x], [narrow, scale, zero], narrow))
            self._narrow[x] = narrow, scale, zero
        narrow, scale, zero = self._narrow[x]
        values, scales = quantised(weight)
        product = self._node("MatMulInteger", narrow, self._constant(values.T), zero)
        both = self._node("Mul", scale, self._constant(scales.ravel()))
        return self._node("Mul", self._node("Cast", product, to=TensorProto.FLOAT), both)

    def patches(self, pictures: str, weight: Array, bias: Array) -> str:
        """See the port."""
        # A small part of the work, and all that follows depends on it.
        held = self._weight(weight) if self._mode == "weights" else self._constant(weight)
        return self._node("Conv", pictures, held, self._constant(bias), strides=list(weight.shape[2:]))

    def rows(self, table: Array, ids: str) -> str:
        """See the port."""
        if self._mode == "full":
            return self._node("Gather", self._constant(table), ids)
        # Gathered before it is widened, so that the table stays small in memory.
        values, scale = quantised(table)
        taken = self._node("Cast", self._node("Gather", self._constant(values), ids), to=TensorProto.FLOAT)
        return self._node("Mul", taken, self._node("Gather", self._constant(scale), ids))

    def leading_rows(self, table: Array, ids: str) -> str:
        """See the port."""
        count = self._node("Shape", ids, start=1, end=2)
        return self._node("Slice", self._constant(table), self._shape(0), count, self._shape(0))

    def layer_norm(self, x: str, weight: Array, bias: Array, eps: float) -> str:
        """See the port."""
        return self._node("LayerNormalization", x, self._constant(weight), self._constant(bias), epsilon=eps)

    def gelu(self, x: str) -> str:
        """See the port."""
        return self._node("Gelu", x)

    def add(self, a: str, b: str) -> str:
        """See the port."""
        return self._node("Add", a, b)

    def multiply(self, a: str, b: str) -> str:
        """See the port."""
        return self._node("Mul", a, b)

    def divide(self, a: str, b: str) -> str:
        """See the port."""
        return self._node("Div", a, b)

    def as_float(self, x: str) -> str:
        """See the port."""
        return self._node("Cast", x, to=TensorProto.FLOAT)

    def reshape(self, x: str, shape: Sequence[int]) -> str:
        """See the port."""
        return self._node("Reshape", x, self._shape(*shape))

    def transpose(self, x: str, order: Sequence[int]) -> str:
        """See the port."""
        return self._node("Transpose", x, perm=list(order))

    def slice(self, x: str, axis: int, start: int, stop: int) -> str:
        """See the port."""
        return self._node("Slice", x, self._shape(start), self._shape(stop), self._shape(axis))

    def concat(self, parts: Sequence[str], axis: int) -> str:
        """See the port."""
        return self._node("Concat", *parts, axis=axis)

    def attention(
        self, query: str, key: str, value: str, heads: int, *, bias: str | None = None, turn: Turn | None = None
    ) -> str:
        """See the port. Without a bias one fused operation, which never holds all scores of a long clip at once."""
        head = self._widths[query] // heads
        if turn is not None:
            query, key = (self._turned(part, heads, turn) for part in (query, key))
        if bias is None:
            return self._node("MultiHeadAttention", query, key, value, domain=_CONTRIB, num_heads=heads)
        rows, columns, values = (
            self.transpose(self.reshape(part, (0, 0, heads, head)), order)
            for part, order in ((query, (0, 2, 1, 3)), (key, (0, 2, 3, 1)), (value, (0, 2, 1, 3)))
        )
        rows = self.multiply(rows, self._constant(np.array(head**-0.5, np.float32)))
        scores = self.add(self._node("MatMul", rows, columns), bias)
        seen = self._node("MatMul", self._node("Softmax", scores, axis=-1), values)
        return self.reshape(self.transpose(seen, (0, 2, 1, 3)), (0, 0, heads * head))

    def _turned(self, x: str, heads: int, turn: Turn) -> str:
        """Rotary embedding of (N, S, D)."""
        half = turn.cos.shape[1] // 2
        if turn not in self._tables:
            sine = turn.sin * np.repeat(np.array([-1, 1], np.float32), half)
            cos, sin = (self._constant(table.reshape(-1, 1, 2, half)) for table in (turn.cos, sine))
            self._tables[turn] = cos, sin
        cos, sin = self._tables[turn]
        pairs = self.reshape(x, (0, 0, heads, 2, half))
        swapped = self._node("Slice", pairs, *(self._shape(number) for number in (-1, -3, 3, -1)))
        turned = self.add(self.multiply(pairs, cos), self.multiply(swapped, sin))
        return self.reshape(turned, (0, 0, 2 * heads * half))

    def total(self, x: str, axis: int, keep: bool) -> str:
        """See the port."""
        return self._node("ReduceSum", x, self._shape(axis), keepdims=int(keep))

    def length(self, x: str) -> str:
        """See the port."""
        return self._node("ReduceL2", x, self._shape(-1), keepdims=1)

    def output(self, x: str, name: str) -> None:
        """See the port."""
        self._nodes.append(helper.make_node("Identity", [x], [name], name))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))

    def model(self) -> onnx.ModelProto:
        """The checked model, its output's shape worked out."""
        graph = helper.make_graph(self._nodes, "model", self._inputs, self._outputs, self._constants)
        opset = [helper.make_opsetid("", _OPSET)]
        if any(node.domain for node in self._nodes):
            opset.append(helper.make_opsetid(_CONTRIB, 1))
        model = helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION, producer_name="hallscribe-export")
        known = onnx.shape_inference.infer_shapes(_plain(model), strict_mode=True, data_prop=True)
        onnx.checker.check_model(known)
        # Only the outputs' shapes are kept: the others follow from them, and would double what a reader must check.
        for output, shaped in zip(model.graph.output, known.graph.output, strict=True):
            output.CopyFrom(shaped)
        return model

    def save(self, folder: Path, stem: str) -> tuple[str, ...]:
        """See the port. Weights beyond what one file of this format can hold lie in a second one."""
        name, weights = f"{stem}.onnx", f"{stem}.weights"
        model = self.model()
        if sum(len(constant.raw_data) for constant in self._constants) < _MOST_BYTES:
            (folder / name).write_bytes(model.SerializeToString(deterministic=True))
            return (name,)
        onnx.save_model(model, folder / name, save_as_external_data=True, location=weights, size_threshold=_LARGE)
        return name, weights


def _plain(model: onnx.ModelProto) -> onnx.ModelProto:
    """A model of the same shapes, without the runtime's own operations and without what is large.

    An attention's result is shaped as its query; a large constant becomes an input.
    """
    plain = onnx.ModelProto()
    plain.ir_version, plain.producer_name = model.ir_version, model.producer_name
    plain.opset_import.extend(model.opset_import)
    plain.graph.name = model.graph.name
    plain.graph.input.extend(model.graph.input)
    plain.graph.output.extend(model.graph.output)
    for node in model.graph.node:
        stands = helper.make_node("Identity", node.input[:1], node.output) if node.domain else node
        plain.graph.node.append(stands)
    for constant in model.graph.initializer:
        if len(constant.raw_data) < _LARGE:
            plain.graph.initializer.append(constant)
        else:
            described = helper.make_tensor_value_info(constant.name, constant.data_type, constant.dims)
            plain.graph.input.append(described)
    return plain
