"""`python -m gradsplit`, where the command is not on the path."""

import sys

from gradsplit.cli import main

if __name__ == "__main__":
    sys.exit(main())
