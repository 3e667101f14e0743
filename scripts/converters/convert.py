"""A portable ONNX model goes in, a file for another runtime comes out: convert.py MODEL FOLDER tflite|savedmodel|torchscript."""

import os
import shutil
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np  # noqa: E402
import onnx  # noqa: E402

model, folder, kind = sys.argv[1:]
inputs = onnx.load(model).graph.input


def tensorflow():
    import onnx2tf

    made = os.path.join(folder, "made")
    onnx2tf.convert(
        input_onnx_file_path=model,
        output_folder_path=made,
        # Axes stay where they are: it would make images of the caches.
        keep_shape_absolutely_input_names=[value.name for value in inputs],
        output_signaturedefs=True,
        copy_onnx_input_output_names_to_tflite=True,
        non_verbose=True,
    )
    if kind == "tflite":
        stem = os.path.splitext(os.path.basename(model))[0]
        shutil.move(os.path.join(made, f"{stem}_float32.tflite"), os.path.join(folder, "model.tflite"))
    else:
        target = os.path.join(folder, "saved_model")
        os.makedirs(target)
        for name in ("saved_model.pb", "variables", "assets", "fingerprint.pb"):
            if os.path.exists(os.path.join(made, name)):
                shutil.move(os.path.join(made, name), target)
    shutil.rmtree(made)


def torchscript():
    import onnx2torch
    import torch

    def example(value):
        tensor = value.type.tensor_type
        shape = [dim.dim_value for dim in tensor.shape.dim]
        return torch.from_numpy(np.zeros(shape, onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)))

    with torch.no_grad():
        traced = torch.jit.trace(onnx2torch.convert(model).eval(), tuple(example(value) for value in inputs))
    traced.save(os.path.join(folder, "model.pt"))


torchscript() if kind == "torchscript" else tensorflow()
