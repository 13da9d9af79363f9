"""Writes a described model for ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from hallscribe_export.graph.port import Array, quantised

_OPSET = 20
_IR_VERSION = 10
_TYPES = {"float32": TensorProto.FLOAT, "int64": TensorProto.INT64}


class OnnxGraph:
    """Behind ``graph.port.Graph``; nodes are the names of values. Equal calls give equal bytes."""

    def __init__(self, *, int8: bool = True) -> None:
        self._int8 = int8
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._names = 0

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
        if not self._int8:
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

    def linear(self, x: str, weight: Array, bias: Array) -> str:
        """See the port."""
        turned = self._node("Transpose", self._weight(weight), perm=[1, 0])
        return self._node("Add", self._node("MatMul", x, turned), self._constant(bias))

    def patches(self, pictures: str, weight: Array, bias: Array) -> str:
        """See the port."""
        return self._node("Conv", pictures, self._weight(weight), self._constant(bias), strides=list(weight.shape[2:]))

    def rows(self, table: Array, ids: str) -> str:
        """See the port."""
        if not self._int8:
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

    def attention(self, query: str, key: str, value: str, head: int, bias: str | None) -> str:
        """See the port."""
        scale = self._constant(np.array(head**-0.5, np.float32))
        turned = self._node("Transpose", key, perm=[0, 1, 3, 2])
        scores = self._node("MatMul", self._node("Mul", query, scale), turned)
        if bias is not None:
            scores = self._node("Add", scores, bias)
        return self._node("MatMul", self._node("Softmax", scores, axis=-1), value)

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
        model = helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION, producer_name="hallscribe-export")
        known = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
        # Only the output's shape is kept: the others follow from it, and would double what a reader must check.
        model.graph.output[0].CopyFrom(known.graph.output[0])
        onnx.checker.check_model(model)
        return model

    def save(self, folder: Path, stem: str) -> tuple[str, ...]:
        """See the port."""
        name = f"{stem}.onnx"
        (folder / name).write_bytes(self.model().SerializeToString(deterministic=True))
        return (name,)
