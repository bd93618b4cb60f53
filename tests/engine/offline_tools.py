"""Small exports for the tests of the command line."""

import csv
import os
from pathlib import Path

from kam_erpnext.offline.cli import main

HEADER = (
	"ID,Customer,Date,Company,Status,Is Return (Credit Note),Is Opening Entry,Is Internal Customer,Currency,"
	"Exchange Rate,Item (Items),Item Group (Items),Quantity (Items),Net Amount (Company Currency) (Items),"
	"Incoming Rate (Costing) (Items)"
)
CUSTOMERS = """ID,Customer Name,Customer Group,Territory,Is Internal Customer,Potential
C-1,Alpha Clinic,Clinics,North,0,5000
C-2,Beta Clinic,Clinics,South,0,
C-3,Alpha Clinic,Hospitals,South,0,900
C-4,Own Branch,Dealers,North,1,
"""
INVOICES = (
	HEADER
	+ """
SINV-1,C-1,2025-01-10,Acme,Paid,0,No,0,EUR,1.0,I-1,Pumps,2,200.00,60
,,,,,,,,,,I-2,Sets,10,100.10,4
SINV-2,C-2,2025-02-01,Acme,Unpaid,0,No,0,USD,0.9,I-1,Pumps,1,80.05,60
SINV-3,C-1,2025-03-01,Acme,Return,1,No,0,EUR,1.0,I-1,Pumps,-1,-100.00,60
SINV-4,C-1,2025-03-02,Acme,Draft,0,No,0,EUR,1.0,I-1,Pumps,9,900.00,60
SINV-5,C-2,2025-03-03,Acme,Cancelled,0,No,0,EUR,1.0,I-1,Pumps,9,900.00,60
SINV-6,C-2,2024-12-31,Acme,Paid,0,Yes,0,EUR,1.0,I-1,Pumps,9,900.00,60
SINV-7,C-4,2025-03-05,Acme,Paid,0,No,1,EUR,1.0,I-1,Pumps,9,900.00,60
SINV-8,C-2,2024-06-15,Acme,Paid,0,No,0,EUR,1.0,I-3,Service,1,40.00,0
"""
)
TREE = "ID,Parent Territory\nWorld,\nNorth,World\nSouth,World\n"
CRITERIA = """name = "Test"
[[classification]]
measure = "net_sales"
operator = ">="
value = 100
[[scoring]]
criterion = "Sales"
weight = 1
measure = "net_sales"
low = 0
high = 400
"""


def export(folder: Path, invoices: str = INVOICES, customers: str | None = CUSTOMERS, **files) -> Path:
	"""A folder of exported files."""
	folder.mkdir(parents=True, exist_ok=True)
	(folder / "Sales Invoice.csv").write_text(invoices, encoding="utf-8")
	if customers is not None:
		(folder / "Customer.csv").write_text(customers, encoding="utf-8")
	(folder / "Territory.csv").write_text(TREE, encoding="utf-8")
	for name, text in files.items():
		(folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
	return folder


def criteria_file(folder: Path, text: str = CRITERIA, name: str = "criteria.toml") -> Path:
	"""A criteria file."""
	path = folder / name
	path.write_text(text, encoding="utf-8")
	return path


def select(data: Path, criteria, out: Path, *more) -> int:
	"""``kam-erpnext select``."""
	return main(
		["select", "--data", str(data), "--criteria", str(criteria), "--out", str(out), *map(str, more)]
	)


def adventureworks() -> Path | None:
	"""The folder with the AdventureWorks files, if there is one."""
	named = os.environ.get("KAM_ADVENTUREWORKS")
	folder = (
		Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "data" / "adventureworks"
	)
	return folder if (folder / "reseller_sales.csv").is_file() else None


def rows(path: Path) -> list[dict]:
	"""A CSV file by the csv module alone."""
	with open(path, encoding="utf-8-sig", newline="") as file:
		return list(csv.DictReader(file))
