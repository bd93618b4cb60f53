"""The sample data set: Halden Medical, an invented maker of medical devices.

``DATA`` is the folder with its files in ERPNext's export format; ``generate.py`` writes them.
"""

from pathlib import Path

DATA = Path(__file__).parent / "data"
ACCOUNTS = DATA / "key-accounts.csv"
JUDGEMENTS = DATA / "judgements.csv"
