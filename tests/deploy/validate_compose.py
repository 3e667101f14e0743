"""A compose file, its variables filled in, comes by standard input; what is wrong with it goes to standard error."""

import sys

from compose_spec import PyCompose, PyOptions

options = PyOptions()
options.apply_merge = True
compose = options.from_yaml(sys.stdin.read())
compose.validate()
print(" ".join(sorted(compose.service_names())))
