"""A TextGrid goes in on standard input; what the packages textgrid and praatio (PyPI) read in it comes out as JSON."""

import json
import sys
import tempfile

import textgrid
from praatio import textgrid as praat

with tempfile.NamedTemporaryFile('w', suffix='.TextGrid', encoding='utf8') as file:
    file.write(sys.stdin.buffer.read().decode('utf8'))
    file.flush()
    first = textgrid.TextGrid.fromFile(file.name)
    second = praat.openTextgrid(file.name, includeEmptyIntervals=True, reportingMode='error')

json.dump(
    {
        'textgrid': [[tier.name, [[i.minTime, i.maxTime, i.mark] for i in tier]] for tier in first],
        'praatio': [[tier.name, [[i.start, i.end, i.label] for i in tier.entries]] for tier in second.tiers],
    },
    sys.stdout,
)
