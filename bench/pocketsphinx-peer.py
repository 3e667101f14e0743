"""A manifest goes in, what pocketsphinx hears with the en-us model of its package comes out, as JSON lines for `auricle score`. Needs ffmpeg."""
import json, subprocess, sys
from pathlib import Path

from pocketsphinx import Decoder

manifest, out = Path(sys.argv[1]), Path(sys.argv[2])
decoder = Decoder(samprate=16000, loglevel="FATAL")
with manifest.open() as lines, out.open("w") as heard:
    for line in lines:
        record = json.loads(line)
        part = []
        if "offset" in record:
            part = ["-ss", str(record["offset"]), "-t", str(record["duration"])]
        source = manifest.parent / record["audio_filepath"]
        samples = subprocess.run(
            ["ffmpeg", "-v", "error", *part, "-i", source, "-ac", "1", "-ar", "16000", "-f", "s16le", "-"],
            check=True,
            capture_output=True,
        ).stdout
        decoder.start_utt()
        decoder.process_raw(samples, full_utt=True)
        decoder.end_utt()
        hypothesis = decoder.hyp()
        text = hypothesis.hypstr if hypothesis else ""
        heard.write(json.dumps({**record, "pred_text": text}) + "\n")
