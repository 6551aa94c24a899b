"""Writing an ONNX graph as Python expressions: each call adds a node and returns its output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Weights: TypeAlias = dict[str, NDArray[np.float32]]
    """Tensors by the official modules' names."""
    Value: TypeAlias = str
    """A tensor in the graph, by its name."""
    Operand: TypeAlias = Value | ArrayLike

OPSET = 20
IR_VERSION = 9


class Graph:
    """A graph in the making. Numbers and arrays among the operands become constants."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, shape: Sequence[int | str]) -> Value:
        """Declare a float32 input; a dimension given by name may vary."""
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def output(self, name: str, value: Value, shape: Sequence[int | str]) -> None:
        """Declare a float32 output."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def __call__(self, kind: str, *operands: Operand, **attributes: Any) -> Value:
        """Add a node with one output."""
        output = f"{kind}-{len(self._nodes)}"
        names = [value if isinstance(value, str) else self._constant(value) for value in operands]
        self._nodes.append(helper.make_node(kind, names, [output], **attributes))
        return output

    def reshape(self, value: Value, *shape: int) -> Value:
        """Reshape; 0 keeps the dimension at its place, -1 takes what is left."""
        return self("Reshape", value, np.array(shape, np.int64))

    def transpose(self, value: Value, *order: int) -> Value:
        """Reorder dimensions."""
        return self("Transpose", value, perm=order)

    def linear(self, value: Value, weights: Weights, layer: str) -> Value:
        """Apply a layer by its official name to the last dimension."""
        product = self("MatMul", value, weights[f"{layer}.weight"].T)
        return self("Add", product, weights[f"{layer}.bias"])

    def norm(self, value: Value, weights: Weights, layer: str, *, epsilon: float = 1e-5) -> Value:
        """Normalise the last dimension."""
        gain, shift = weights[f"{layer}.weight"], weights[f"{layer}.bias"]
        return self("LayerNormalization", value, gain, shift, epsilon=epsilon)

    def mlp(self, value: Value, weights: Weights, layers: Sequence[str]) -> Value:
        """Apply layers with ReLU between them."""
        for layer in layers[:-1]:
            value = self("Relu", self.linear(value, weights, layer))
        return self.linear(value, weights, layers[-1])

    def model(self) -> bytes:
        """Return the finished ONNX file."""
        graph = helper.make_graph(
            self._nodes, "vitrina", self._inputs, self._outputs, initializer=self._constants
        )
        made = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        data: bytes = made.SerializeToString()
        return data

    def _constant(self, value: ArrayLike) -> Value:
        array = np.asarray(value, order="C")
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        name = f"constant-{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(array, name))
        return name
