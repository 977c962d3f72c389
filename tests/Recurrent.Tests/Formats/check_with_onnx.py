"""Checks the exported files with onnx.checker and by inferring every shape.

Needs Python 3 and onnx (made with 1.12.0):

    python3 check_with_onnx.py
"""

import json
import pathlib

import onnx

for path in sorted((pathlib.Path(__file__).parent / "fixtures").glob("*.onnx")):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 17)]
    vocabulary = json.loads({p.key: p.value for p in model.metadata_props}["text"])["tokens"]

    def described(values):
        shapes = {v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim] for v in values}
        return ", ".join(f"{name} {shape}" for name, shape in shapes.items())

    print(f"{path.name}: {described(model.graph.input)} -> {described(inferred.graph.output)}; {vocabulary}")
