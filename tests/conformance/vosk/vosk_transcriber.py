"""A server's address, a folder of recordings and a folder for texts go in; the client in Vosk's own Python package transcribes them by that server.

Its command line can neither name another address than ws://localhost:2700 nor do without a local model, which the server makes needless; so its class is
used as it stands, without what loads the model.
"""

import argparse
import sys
from pathlib import Path
from queue import Queue

from vosk.transcriber.transcriber import Transcriber

address, recordings, texts = sys.argv[1:]
transcriber = Transcriber.__new__(Transcriber)
transcriber.args = argparse.Namespace(server=address, tasks=4, output_type="txt")
transcriber.queue = Queue()
Path(texts).mkdir()
transcriber.process_task_list([(path, str(Path(texts, path.stem + ".txt"))) for path in sorted(Path(recordings).glob("*.wav"))])
