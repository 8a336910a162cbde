"""``python -m vec2seq`` is the command ``vec2seq``."""

import sys

from vec2seq.cli import main

sys.exit(main())
