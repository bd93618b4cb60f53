"""Lets ``python -m kam_erpnext.offline`` run the command line."""

import sys

from kam_erpnext.offline.cli import main

sys.exit(main())
