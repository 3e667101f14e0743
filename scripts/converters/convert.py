"""A portable ONNX model goes in, a TensorFlow Lite file or a SavedModel comes out: convert.py MODEL FOLDER tflite|savedmodel."""

import os
import shutil
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import onnx  # noqa: E402
import onnx2tf  # noqa: E402

model, folder, kind = sys.argv[1:]
made = os.path.join(folder, "made")
names = [value.name for value in onnx.load(model).graph.input]
# Axes stay where they are: it would make images of the caches.
onnx2tf.convert(
    input_onnx_file_path=model,
    output_folder_path=made,
    keep_shape_absolutely_input_names=names,
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
