"""``python -m workflow.cli``: the command where it is not on the path."""

import sys

from workflow.cli import main

sys.exit(main())
