"""Writes a described model for OpenVINO."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13 as ops

from hallscribe_export.graph.port import Array, quantised

_TYPES = {"float32": np.float32, "int64": np.int64}
_Node = Any  # openvino.Node: the package carries no types


class OpenVinoGraph:
    """Behind ``graph.port.Graph``. Equal calls give equal bytes: every node is named by its number."""

    def __init__(self, *, int8: bool = True) -> None:
        self._int8 = int8
        self._inputs: list[_Node] = []
        self._results: list[_Node] = []
        self._names = 0

    def _named(self, node: _Node) -> _Node:
        self._names += 1
        node.set_friendly_name(f"{node.get_type_name().lower()}_{self._names}")
        return node

    def _constant(self, values: NDArray[np.generic]) -> _Node:
        return self._named(ops.constant(np.ascontiguousarray(values)))

    def _weight(self, weight: Array) -> _Node:
        if not self._int8:
            return self._constant(weight)
        values, scale = quantised(weight)
        widened = self._named(ops.convert(self._constant(values), np.float32))
        return self._named(ops.multiply(widened, self._constant(scale)))

    def input(self, name: str, dtype: str, shape: Sequence[int]) -> _Node:
        """See the port."""
        node = ops.parameter(list(shape), _TYPES[dtype], name)
        node.set_friendly_name(name)
        node.output(0).set_names({name})
        self._inputs.append(node)
        return node

    def constant(self, values: Array) -> _Node:
        """See the port."""
        return self._constant(values)

    def linear(self, x: _Node, weight: Array, bias: Array) -> _Node:
        """See the port."""
        product = self._named(ops.matmul(x, self._weight(weight), False, True))
        return self._named(ops.add(product, self._constant(bias)))

    def patches(self, pictures: _Node, weight: Array, bias: Array) -> _Node:
        """See the port."""
        stride = list(weight.shape[2:])
        product = self._named(ops.convolution(pictures, self._weight(weight), stride, [0, 0], [0, 0], [1, 1]))
        return self._named(ops.add(product, self._constant(bias.reshape(1, -1, 1, 1))))

    def rows(self, table: Array, ids: _Node) -> _Node:
        """See the port."""
        axis = self._constant(np.array(0, np.int64))
        if not self._int8:
            return self._named(ops.gather(self._constant(table), ids, axis))
        # Gathered before it is widened, so that the table stays small in memory.
        values, scale = quantised(table)
        taken = self._named(ops.gather(self._constant(values), ids, axis))
        scales = self._named(ops.gather(self._constant(scale), ids, axis))
        return self._named(ops.multiply(self._named(ops.convert(taken, np.float32)), scales))

    def leading_rows(self, table: Array, ids: _Node) -> _Node:
        """See the port."""
        one = self._constant(np.array([1], np.int64))
        zero = self._constant(np.array([0], np.int64))
        shape = self._named(ops.shape_of(ids))
        count = self._named(ops.gather(shape, one, self._constant(np.array(0, np.int64))))
        return self._named(ops.slice(self._constant(table), zero, count, one, zero))

    def layer_norm(self, x: _Node, weight: Array, bias: Array, eps: float) -> _Node:
        """See the port."""
        axis = self._constant(np.array([-1], np.int64))
        normal = self._named(ops.mvn(x, axis, True, eps, "INSIDE_SQRT"))
        return self.add(self.multiply(normal, self._constant(weight)), self._constant(bias))

    def gelu(self, x: _Node) -> _Node:
        """See the port."""
        return self._named(ops.gelu(x, "erf"))

    def add(self, a: _Node, b: _Node) -> _Node:
        """See the port."""
        return self._named(ops.add(a, b))

    def multiply(self, a: _Node, b: _Node) -> _Node:
        """See the port."""
        return self._named(ops.multiply(a, b))

    def divide(self, a: _Node, b: _Node) -> _Node:
        """See the port."""
        return self._named(ops.divide(a, b))

    def as_float(self, x: _Node) -> _Node:
        """See the port."""
        return self._named(ops.convert(x, np.float32))

    def reshape(self, x: _Node, shape: Sequence[int]) -> _Node:
        """See the port."""
        return self._named(ops.reshape(x, self._constant(np.array(shape, np.int64)), True))

    def transpose(self, x: _Node, order: Sequence[int]) -> _Node:
        """See the port."""
        return self._named(ops.transpose(x, self._constant(np.array(order, np.int64))))

    def slice(self, x: _Node, axis: int, start: int, stop: int) -> _Node:
        """See the port."""
        numbers = [self._constant(np.array([number], np.int64)) for number in (start, stop, 1, axis)]
        return self._named(ops.slice(x, *numbers))

    def concat(self, parts: Sequence[_Node], axis: int) -> _Node:
        """See the port."""
        return self._named(ops.concat(list(parts), axis))

    def attention(self, query: _Node, key: _Node, value: _Node, head: int, bias: _Node | None) -> _Node:
        """See the port. One fused operation, whose default scale is 1 / sqrt(head)."""
        inputs = (query, key, value) if bias is None else (query, key, value, bias)
        return self._named(ops.scaled_dot_product_attention(*inputs))

    def total(self, x: _Node, axis: int, keep: bool) -> _Node:
        """See the port."""
        return self._named(ops.reduce_sum(x, self._constant(np.array([axis], np.int64)), keep))

    def length(self, x: _Node) -> _Node:
        """See the port."""
        return self._named(ops.reduce_l2(x, self._constant(np.array([-1], np.int64)), True))

    def output(self, x: _Node, name: str) -> None:
        """See the port."""
        x.output(0).set_names({name})
        self._results.append(self._named(ops.result(x)))

    def model(self) -> Any:
        """The openvino.Model."""
        return openvino.Model(self._results, self._inputs, "model")

    def save(self, folder: Path, stem: str) -> tuple[str, ...]:
        """See the port."""
        names = (f"{stem}.xml", f"{stem}.bin")
        # Without compression to FP16: scales, biases and norms stay as they are.
        openvino.save_model(self.model(), folder / names[0], compress_to_fp16=False)
        return names
