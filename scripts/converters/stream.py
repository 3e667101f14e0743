"""A converted model and audio features go in, its log-probs come out, streamed in its own runtime: stream.py FOLDER
tflite|savedmodel|torchscript DESCRIPTION.

DESCRIPTION is JSON: `inputs` and `outputs`, each a list of {name, shape, type}, and `streams`, a list of {features, logProbs, chunks}: file names of
float32 values, [chunks, bins, frames] to read and [chunks, frames, tokens] to write."""

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np  # noqa: E402

folder, kind, description = sys.argv[1:]
with open(description) as file:
    told = json.load(file)
inputs, outputs = told["inputs"], told["outputs"]


def tflite():
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(os.path.join(folder, "model.tflite"), num_threads=1)
    signature = interpreter.get_signature_runner()
    return lambda feeds: signature(**feeds)


def saved_model():
    import tensorflow as tf

    loaded = tf.saved_model.load(os.path.join(folder, "saved_model"))
    signature = loaded.signatures["serving_default"]
    run = lambda feeds: {k: v.numpy() for k, v in signature(**{k: tf.constant(v) for k, v in feeds.items()}).items()}
    run.keeps = loaded  # else its variables go
    return run


def torchscript():
    import torch

    torch.set_num_threads(1)
    module = torch.jit.load(os.path.join(folder, "model.pt"))

    def run(feeds):
        with torch.no_grad():
            results = module(*(torch.from_numpy(feeds[value["name"]]) for value in inputs))
        return {value["name"]: result.numpy() for value, result in zip(outputs, results)}

    return run


run = {"tflite": tflite, "savedmodel": saved_model, "torchscript": torchscript}[kind]()
audio, length, *caches = inputs
for stream in told["streams"]:
    chunks = np.fromfile(stream["features"], np.float32).reshape(stream["chunks"], *audio["shape"])
    state = [np.zeros(cache["shape"], cache["type"]) for cache in caches]
    found = []
    for chunk in chunks:
        feeds = {audio["name"]: chunk, length["name"]: np.full(length["shape"], audio["shape"][-1], np.int64)}
        feeds |= {cache["name"]: value for cache, value in zip(caches, state)}
        results = run(feeds)
        found.append(results[outputs[0]["name"]])
        state = [results[output["name"]] for output in outputs[2:]]
    np.concatenate(found).astype(np.float32).tofile(stream["logProbs"])
