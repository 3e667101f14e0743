"""Log-probs of bench/beam-search.mjs go in, what a frame costs pyctcdecode comes out: a line of JSON for each width of the beam."""
import gzip, json, sys, tempfile, time
from pathlib import Path

import numpy as np
from pyctcdecode import build_ctcdecoder

folder, arpa = Path(sys.argv[1]), Path(sys.argv[2])
labels = json.loads((folder / "labels.json").read_text())
log_probs = np.fromfile(folder / "log-probs.f32", np.float32).reshape(-1, len(labels))
if arpa.suffix == ".gz":
    plain = Path(tempfile.mkdtemp()) / "model.arpa"
    plain.write_bytes(gzip.decompress(arpa.read_bytes()))
    arpa = plain
words = []
with arpa.open() as lines:
    for line in lines:
        if line.startswith("\\2-grams"):
            break
        if line.count("\t") >= 1:
            words.append(line.split("\t")[1].strip())
decoder = build_ctcdecoder(labels, str(arpa), words, 0.5, 1.0)
for width in (16, 64):
    start = time.process_time()
    for at in range(0, len(log_probs), 500):
        decoder.decode_beams(log_probs[at : at + 500], beam_width=width, beam_prune_logp=-14.0, token_min_logp=-7.0)
    cost = (time.process_time() - start) / len(log_probs) * 1e6
    print(json.dumps({"width": width, "micros": cost}), flush=True)
