"""Writes a described model for OpenVINO."""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13 as ops

from hallscribe_export.graph.port import Array, Mode, Turn, quantised
from hallscribe_export.graph.saving import save_graph

_TYPES = {"float32": np.float32, "int64": np.int64}
# The largest magnitude of a row is taken as at least this: for what comes from a GELU, never below -0.17, and for all
# other values, where it only keeps a row of zeros from dividing by 0.
_LEAST_GELU, _LEAST_MAGNITUDE = 0.17, 1e-12
# With INT8 weights the runtime quantises what goes into a product by groups of 32 values: where every product is at
# least this wide, groups of 128 take 4/5 of the time and lose nothing. Narrow models are better off with 32.
_WIDE, _GROUP = 1024, "128"
# In bfloat16 on processors with AMX, OpenVINO 2026.4's convolution of more channels with strides this wide gives noise.
_COLOURS = 3
_Node = Any  # openvino.Node: the package carries no types


class OpenVinoGraph:
    """Behind ``graph.port.Graph``. Equal calls give equal bytes: every node is named by its number."""

    def __init__(self, mode: Mode = "weights", keep: Collection[str] = ()) -> None:
        self._mode, self._keep = mode, frozenset(keep)
        self._inputs: list[_Node] = []
        self._results: list[_Node] = []
        self._names = 0
        self._narrowest: float = math.inf
        self._tables: dict[Turn, tuple[_Node, _Node]] = {}
        self._narrow: dict[str, tuple[_Node, _Node]] = {}

    def _named(self, node: _Node) -> _Node:
        self._names += 1
        node.set_friendly_name(f"{node.get_type_name().lower()}_{self._names}")
        return node

    def _constant(self, values: NDArray[np.generic]) -> _Node:
        return self._named(ops.constant(np.ascontiguousarray(values)))

    def _weight(self, weight: Array) -> _Node:
        if self._mode == "full":
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

    def linear(self, x: _Node, weight: Array, bias: Array, name: str) -> _Node:
        """See the port."""
        self._narrowest = min(self._narrowest, weight.shape[1])
        if name in self._keep:
            product = ops.matmul(x, self._constant(weight), False, True)
        elif self._mode == "dynamic":
            narrow, largest = self._narrowed(x)
            product = ops.multiply(self._named(ops.matmul(narrow, self._weight(weight), False, True)), largest)
        else:
            product = ops.matmul(x, self._weight(weight), False, True)
        return self._named(ops.add(self._named(product), self._constant(bias)))

    def _narrowed(self, x: _Node) -> tuple[_Node, _Node]:
        """A value in INT8, every row (token) divided by its largest magnitude, and those magnitudes.

        The runtime multiplies in INT8 only what is quantised by constants: so the rows are brought to -1 .. 1, which
        FakeQuantize then cuts into 255 steps, and their magnitudes return after the product. No calibration is needed,
        and one row with large values takes no steps from the others.
        """
        name = x.get_friendly_name()
        if name not in self._narrow:
            # Of a GELU's results only the positive can be large, so their signs need not be removed first.
            bounded = x.get_type_name() == "Gelu"
            magnitude = x if bounded else self._named(ops.absolute(x))
            largest = self._named(ops.reduce_max(magnitude, self._constant(np.array([-1], np.int64)), True))
            least = np.array(_LEAST_GELU if bounded else _LEAST_MAGNITUDE, np.float32)
            largest = self._named(ops.maximum(largest, self._constant(least)))
            rows = self.multiply(x, self.divide(self._constant(np.array(1, np.float32)), largest))
            low, high = self._constant(np.array(-1, np.float32)), self._constant(np.array(1, np.float32))
            self._narrow[name] = self._named(ops.fake_quantize(rows, low, high, low, high, 255)), largest
        return self._narrow[name]

    def patches(self, pictures: _Node, weight: Array, bias: Array) -> _Node:
        """See the port."""
        stride = list(weight.shape[2:])
        # A small part of the work, and all that follows depends on it.
        held = self._weight(weight) if self._mode == "weights" else self._constant(weight)
        parts = [(pictures, held)]
        if self._mode == "full" and weight.shape[1] > _COLOURS:
            starts = range(0, weight.shape[1], _COLOURS)
            stops = [min(start + _COLOURS, weight.shape[1]) for start in starts]
            parts = [
                (self.slice(pictures, 1, start, stop), self._constant(np.ascontiguousarray(weight[:, start:stop])))
                for start, stop in zip(starts, stops, strict=True)
            ]
        products = [
            self._named(ops.convolution(seen, kernel, stride, [0, 0], [0, 0], [1, 1])) for seen, kernel in parts
        ]
        return self._named(ops.add(functools.reduce(self.add, products), self._constant(bias.reshape(1, -1, 1, 1))))

    def rows(self, table: Array, ids: _Node) -> _Node:
        """See the port."""
        axis = self._constant(np.array(0, np.int64))
        if self._mode == "full":
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

    def attention(
        self,
        query: _Node,
        key: _Node,
        value: _Node,
        heads: int,
        *,
        bias: _Node | None = None,
        turn: Turn | None = None,
    ) -> _Node:
        """See the port. One fused operation, whose default scale is 1 / sqrt(head)."""
        width = query.get_output_partial_shape(0)[2].get_length()
        parts = [
            self.transpose(self.reshape(part, (0, 0, heads, width // heads)), (0, 2, 1, 3))
            for part in (query, key, value)
        ]
        if turn is not None:
            parts[:2] = [self._turned(part, turn) for part in parts[:2]]
        seen = self._named(ops.scaled_dot_product_attention(*parts, *([] if bias is None else [bias])))
        return self.reshape(self.transpose(seen, (0, 2, 1, 3)), (0, 0, width))

    def _turned(self, x: _Node, turn: Turn) -> _Node:
        """Rotary embedding of (N, heads, S, head), in the form that the runtime knows as one operation."""
        if turn not in self._tables:
            self._tables[turn] = self._constant(turn.cos[None, None]), self._constant(turn.sin[None, None])
        cos, sin = self._tables[turn]
        half = turn.cos.shape[1] // 2
        axis, lengths = self._constant(np.array(3, np.int64)), self._constant(np.array([half, half], np.int64))
        halves = self._named(ops.variadic_split(x, axis, lengths))
        negative = self.multiply(halves.output(1), self._constant(np.array(-1, np.float32)))
        swapped = self._named(ops.concat([negative.output(0), halves.output(0)], -1))
        return self.add(self.multiply(x, cos), self.multiply(swapped, sin))

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
        model = openvino.Model(self._results, self._inputs, "model")
        if self._mode == "weights" and self._narrowest >= _WIDE:
            model.set_rt_info(_GROUP, ["runtime_options", "DYNAMIC_QUANTIZATION_GROUP_SIZE"])
        return model

    def save(self, folder: Path, stem: str) -> tuple[str, ...]:
        """See the port."""
        names = (f"{stem}.xml", f"{stem}.bin")
        # Without compression to FP16: scales, biases and norms stay as they are.
        save_graph(self.model(), folder / names[0])
        return names
