"""Writes the sample data set: ``python -m kam_erpnext.offline.sample.generate [folder]``.

Everything is invented and follows from one seed, so that the files come out the same byte for byte on every machine:
only ``random.Random.random`` is used, whose stream Python guarantees, and amounts are whole cents.

Halden Medical sells devices and consumables to hospitals and dealers in three regions from January 2023 to December
2025. The data hold what real exports hold: returns, cancelled documents, drafts, opening entries, sales to internal
customers, invoices in foreign currency, customers without sales, customers of the same name, services without a cost.
"""

from __future__ import annotations

import csv
import datetime
import io
import math
import random
import sys
from pathlib import Path
from statistics import NormalDist

from kam_erpnext.offline.sample import DATA

SEED = 20230101
START = datetime.date(2023, 1, 1)
END = datetime.date(2025, 12, 31)
COMPANY = "Halden Medical"
SELLING = 232
SILENT = 14

# region > country > (territories, weight, language, currency, rate to EUR)
WORLD = {
	"Europe": {
		"Germany": (("Germany North", "Germany South", "Germany West"), 52, "de", "EUR", 1.0),
		"Austria": (("Vienna Region", "Alpine Region"), 18, "de", "EUR", 1.0),
		"Switzerland": (("German Switzerland", "Romandy"), 16, "de", "CHF", 1.04),
		"France": (("France North", "France South"), 26, "fr", "EUR", 1.0),
		"Italy": (("Northern Italy", "Central Italy"), 20, "it", "EUR", 1.0),
		"Netherlands": (("Randstad",), 10, "nl", "EUR", 1.0),
		"United Kingdom": (("England", "Scotland and Wales"), 20, "en", "GBP", 1.17),
	},
	"Americas": {
		"United States": (("US East", "US West"), 26, "en", "USD", 0.92),
		"Canada": (("Ontario", "Quebec"), 10, "en", "CAD", 0.67),
		"Brazil": (("São Paulo State",), 8, "pt", "EUR", 1.0),
	},
	"Asia Pacific": {
		"Japan": (("Kanto", "Kansai"), 12, "ja", "JPY", 0.0061),
		"Singapore": (("Singapore City",), 6, "en", "EUR", 1.0),
		"Australia": (("New South Wales", "Victoria"), 8, "en", "AUD", 0.6),
	},
}

TOWNS = {
	"de": "Falkenau Birkenthal Rosenfurt Lindeck Ahrenbach Steinwald Hohenmark Seebrunn Eschenried Wolfshagen Altmoor "
	"Grünfeld Tannrode Möwenhafen Kaltenbrück Ulmenstadt Erlenau Bärental Weidenkamp Nordfelden".split(),
	"fr": "Valbrune Montclair Rivefort Sainte-Orse Beaulac Hautbois Clairmont Pontarel Villefère Aubrac-les-Pins".split(),
	"it": "Montefalco Rivalta Pietrasole Castelverde Lagonero Valdoro Fontebella Torresana".split(),
	"nl": "Waterveen Zandhoek Lindenburg Oosterduin Kerkwijk Havenrade".split(),
	"en": "Ashcombe Millbrook Fairhaven Kingsmere Oakridge Brightwater Stonebridge Westmoor Harrowgate Elmfield "
	"Lakeshore Redcliff Summerhill Northfield Greystone Bayview Maplewood Clearwater".split(),
	"pt": "Serra-Azul Campo-Belo Rio-Manso Monte-Claro Lagoa-Verde".split(),
	"ja": "Kitamura Aoyama Minamida Hoshikawa Takamori Shirayama Nishizaki".split(),
}
PATTERNS = {
	"de": (
		"Klinikum {}",
		"St. Georg-Krankenhaus {}",
		"Universitätsklinik {}",
		"Praxisverbund {}",
		"Herzzentrum {}",
	),
	"fr": ("Clinique de {}", "Centre hospitalier {}", "Polyclinique {}", "Institut cardiologique {}"),
	"it": ("Ospedale di {}", "Casa di Cura {}", "Policlinico {}", "Istituto Ortopedico {}"),
	"nl": ("Medisch Centrum {}", "Ziekenhuis {}", "Kliniek {}"),
	"en": (
		"{} General Hospital",
		"{} Health Partners",
		"Royal {} Infirmary",
		"{} Surgical Centre",
		"{} Heart Institute",
	),
	"pt": ("Hospital {}", "Clínica {}", "Instituto {}"),
	"ja": ("{} Memorial Hospital", "{} Clinic", "{} University Hospital"),
}
SEGMENTS = ("Acute Care", "Outpatient", "Cardiology", "Orthopaedics", "Trade")
GROUPS = ("University Hospitals", "Hospitals", "Clinics", "Dealers")

# group > subgroup > (item code, price in cents, margin percent)
ITEMS = {
	"Surgery": {
		"Electrosurgery": (("HM-1010", 1240000, 46), ("HM-1020", 385000, 51), ("HM-1030", 14900, 58)),
		"Staplers": (("HM-1110", 42500, 57), ("HM-1120", 68900, 55), ("HM-1130", 31200, 60)),
		"Sutures": (("HM-1210", 5900, 62), ("HM-1220", 8450, 61), ("HM-1230", 12300, 59)),
		"Instruments": (("HM-1310", 23800, 38), ("HM-1320", 51000, 36), ("HM-1330", 9700, 41)),
	},
	"Monitoring": {
		"Patient Monitors": (("HM-2010", 689000, 34), ("HM-2020", 1150000, 37)),
		"Sensors": (("HM-2110", 7800, 64), ("HM-2120", 11900, 63), ("HM-2130", 2450, 66)),
		"Telemetry": (("HM-2210", 945000, 41), ("HM-2220", 318000, 43)),
	},
	"Imaging": {
		"Ultrasound": (("HM-3010", 4850000, 29), ("HM-3020", 2290000, 31)),
		"Endoscopy": (("HM-3110", 1780000, 33), ("HM-3120", 640000, 35)),
	},
	"Infusion": {
		"Pumps": (("HM-4010", 218000, 39), ("HM-4020", 296000, 42)),
		"Infusion Sets": (("HM-4110", 1290, 54), ("HM-4120", 1780, 56), ("HM-4130", 980, 52)),
	},
	"Services": {
		"Maintenance": (("HM-S10", 145000, 0), ("HM-S20", 62000, 0)),
		"Training": (("HM-S30", 98000, 0),),
	},
}
FX_DRIFT = {2023: 1.02, 2024: 1.0, 2025: 0.97}
INTERNAL = (
	("Halden Medical Schweiz AG", "German Switzerland"),
	("Halden Medical Inc.", "US East"),
	("Halden Medical KK", "Kanto"),
)

INVOICE_HEADER = (
	"ID",
	"Customer",
	"Date",
	"Company",
	"Status",
	"Is Return (Credit Note)",
	"Is Opening Entry",
	"Is Internal Customer",
	"Currency",
	"Exchange Rate",
	"Item (Items)",
	"Item Group (Items)",
	"Quantity (Items)",
	"Net Amount (Company Currency) (Items)",
	"Incoming Rate (Costing) (Items)",
)


class Dice:
	"""Random choices from the one stream of numbers that is the same everywhere."""

	def __init__(self, seed: int):
		self.next = random.Random(seed).random
		self.bell = NormalDist()

	def between(self, low: float, high: float) -> float:
		return low + (high - low) * self.next()

	def whole(self, low: int, high: int) -> int:
		return min(high, low + int(self.next() * (high - low + 1)))

	def one(self, options):
		return options[self.whole(0, len(options) - 1)]

	def chance(self, probability: float) -> bool:
		return self.next() < probability

	def spread(self, sigma: float) -> float:
		"""Log-normal around 1."""
		return math.exp(sigma * self.bell.inv_cdf(min(max(self.next(), 1e-6), 1 - 1e-6)) - sigma * sigma / 2)

	def some(self, options, count: int) -> list:
		pool = list(options)
		return [pool.pop(self.whole(0, len(pool) - 1)) for _ in range(min(count, len(pool)))]

	def shuffled(self, options) -> list:
		return self.some(options, len(options))


def cents(amount: int) -> str:
	"""12345 -> "123.45"."""
	sign, amount = ("-", -amount) if amount < 0 else ("", amount)
	return f"{sign}{amount // 100}.{amount % 100:02d}"


def make_customers(dice: Dice) -> list[dict]:
	"""Customers with the traits that drive their invoices (``volume`` = EUR a year at the start)."""
	places = [
		(country, territory, language, currency, rate)
		for countries in WORLD.values()
		for country, (territories, weight, language, currency, rate) in countries.items()
		for i in range(weight)
		for territory in [territories[i % len(territories)]]
	]
	total = SELLING + SILENT
	while len(places) < total:
		places.append(places[len(places) % 60])
	places = dice.shuffled(places)[:total]
	names: set[str] = set()
	customers = []
	for number, (country, territory, language, currency, rate) in enumerate(places, 1):
		group = dice.one((GROUPS[0], GROUPS[1], GROUPS[1], GROUPS[1], GROUPS[2], GROUPS[2], GROUPS[3]))
		for _ in range(50):
			town = dice.one(TOWNS[language])
			name = dice.one(PATTERNS[language]).format(town)
			if group == "Dealers":
				name = f"{town} Medical Supplies" if language == "en" else f"{town} & Partner Medizintechnik"
				if language not in ("de", "en"):
					name = f"{town} Medical {country}"
			if name not in names:
				break
		else:
			name = f"{name} {territory}"
		names.add(name)
		customers.append(
			{
				"id": f"CUST-{number:05d}",
				"name": name,
				"group": group,
				"segment": "Trade" if group == "Dealers" else dice.one(SEGMENTS[:-1]),
				"country": country,
				"territory": territory,
				"currency": currency,
				"rate": rate,
				"internal": False,
			}
		)
	order = dice.shuffled(range(total))
	for rank, index in enumerate(order[:SELLING], 1):
		c = customers[index]
		c["rank"] = rank
		c["volume"] = 4_200_000 * (1 + (rank - 1) / 6) ** -1.15 * dice.spread(0.12)
		c["growth"] = dice.one((0.78, 0.9, 0.97, 1.02, 1.05, 1.08, 1.12, 1.18, 1.26)) * dice.spread(0.04)
		c["discount"] = min(24, max(0, int(11 - rank * 0.05 + dice.between(-7, 7))))
		c["orders"] = 0.16 + 2.0 * (c["volume"] / 4_200_000) ** 0.6
		c["from"] = START if dice.chance(0.88) else START + datetime.timedelta(days=dice.whole(120, 1000))
		c["to"] = END if dice.chance(0.93) else START + datetime.timedelta(days=dice.whole(400, 800))
		if rank <= 6:
			c["from"], c["to"] = START, END
		sub = [s for group, subs in ITEMS.items() if group != "Services" for s in subs]
		c["basket"] = dice.some(sub, dice.whole(2, 7 if rank < 40 else 5))
		if dice.chance(0.3):
			c["basket"].append(dice.one(("Maintenance", "Training")))
	for index in order[SELLING:]:
		customers[index].update(rank=None, volume=0.0)
	# two hospitals of the same name in different places, both with sales
	for place, index in zip(("Vienna Region", "Germany South"), (order[17], order[43]), strict=True):
		customers[index].update(name="St. Anna Klinik", territory=place, currency="EUR", rate=1.0)
	for c in customers:
		known = c["rank"] is not None and (c["rank"] <= 50 or dice.chance(0.45))
		c["potential"] = (
			round(c["volume"] * c["growth"] ** 2 * dice.between(0.95, 2.4), -4) if known else None
		)
		c["market"] = round(c["volume"] * dice.between(2.5, 14), -5) if known and dice.chance(0.55) else None
		likely = 0.75 if c["group"] == "University Hospitals" else 0.25
		c["reach"] = dice.whole(2, 45) if dice.chance(likely) else None
		c["beds"] = None if c["group"] == "Dealers" or dice.chance(0.2) else dice.whole(4, 130) * 10
	for name, territory in INTERNAL:
		customers.append(
			{
				"id": f"CUST-{len(customers) + 1:05d}",
				"name": name,
				"group": "Dealers",
				"segment": "",
				"territory": territory,
				"currency": "EUR",
				"rate": 1.0,
				"internal": True,
				"rank": None,
				"volume": 0.0,
				"potential": None,
				"market": None,
				"reach": None,
				"beds": None,
			}
		)
	return customers


def make_documents(dice: Dice, customers: list[dict]) -> list[dict]:
	"""Invoices and returns in the order of their date."""
	subgroups = {sub: items for subs in ITEMS.values() for sub, items in subs.items()}
	documents = []

	def line(sub: str, item: tuple, amount: float, discount: int, year: int) -> tuple:
		code, price, margin = item
		price = price * (100 - discount) // 100
		quantity = max(1, round(amount * 100 / price))
		cost = item[1] * (100 - margin) * (100 + 2 * (year - 2023)) // 10000 if margin else 0
		return (code, sub, quantity, quantity * price, cost)

	def document(c: dict, day: datetime.date, lines: list, **more) -> dict:
		return {"day": day, "customer": c, "lines": lines, "status": "Paid", **more}

	for c in customers:
		if not c["rank"]:
			continue
		month = START
		while month <= END:
			following = (month.replace(day=28) + datetime.timedelta(days=4)).replace(day=1)
			days = (following - month).days
			years = (month.year - 2023) + (month.month - 1) / 12
			season = 1 + 0.18 * math.cos((month.month - 11) * math.pi / 6)
			want = c["orders"] * season
			for _ in range(int(want) + dice.chance(want % 1)):
				day = month + datetime.timedelta(days=dice.whole(0, days - 1))
				amount = c["volume"] / 12 / c["orders"] * c["growth"] ** years * dice.spread(0.45)
				count = dice.one((1, 1, 2, 2, 3, 3, 4))
				chosen = [dice.one(c["basket"]) for _ in range(count)]
				lines = []
				for sub in dict.fromkeys(chosen):
					part = amount / count * chosen.count(sub)
					fitting = [item for item in subgroups[sub] if item[1] <= part * 130] or [
						min(subgroups[sub], key=lambda item: item[1])
					]
					lines.append(line(sub, dice.one(fitting), part, c["discount"], month.year))
				status = dice.one(("Paid",) * 8 + ("Unpaid", "Partly Paid", "Overdue"))
				give_back, cancel = dice.chance(0.025), dice.chance(0.008)
				late = datetime.timedelta(days=dice.whole(5, 30))
				if not c["from"] <= day <= c["to"]:
					continue
				if day < datetime.date(2025, 9, 1):
					status = "Paid"
				documents.append(document(c, day, lines, status="Cancelled" if cancel else status))
				if give_back and not cancel and day + late <= END:
					code, sub, quantity, value, cost = lines[0]
					back = max(1, quantity // 3)
					documents.append(
						document(
							c,
							day + late,
							[(code, sub, -back, -(value // quantity) * back, cost)],
							status="Return",
							is_return=True,
						)
					)
			month = following
	sellers = [c for c in customers if c["rank"]]
	# one customer who in 2025 only sent goods back
	gone = next(c for c in sellers if c["rank"] == 190)
	documents = [d for d in documents if not (d["customer"] is gone and d["day"].year == 2025)]
	code, price, margin = subgroups["Pumps"][0]
	documents.append(
		document(
			gone,
			datetime.date(2025, 2, 11),
			[(code, "Pumps", -2, -2 * price, price * (100 - margin) // 100)],
			status="Return",
			is_return=True,
		)
	)
	for c in dice.some(sellers, 10):
		sub = dice.one(c["basket"])
		lines = [line(sub, subgroups[sub][0], 4000, c["discount"], 2025)]
		documents.append(document(c, END - datetime.timedelta(days=dice.whole(0, 20)), lines, status="Draft"))
	for c in dice.some(sellers, 4):
		lines = [("HM-OPEN", "Services", 1, dice.whole(40, 400) * 10000, 0)]
		documents.append(document(c, START, lines, opening=True))
	for c in customers:
		if c["internal"]:
			for year in (2023, 2024, 2025):
				for month in (3, 6, 9, 12):
					lines = [
						line(sub, subgroups[sub][0], dice.between(60_000, 220_000), 35, year)
						for sub in ("Staplers", "Sensors")
					]
					documents.append(document(c, datetime.date(year, month, 28), lines))
	documents.sort(key=lambda d: (d["day"], d["customer"]["id"], bool(d.get("is_return")), d["lines"]))
	return documents


def make_programme(dice: Dice, customers: list[dict]) -> tuple[list[tuple], list[tuple]]:
	"""The present key accounts, and what the team said about some customers."""
	ranked = sorted((c for c in customers if c["rank"]), key=lambda c: c["rank"])
	by_rank = {c["rank"]: c for c in ranked}
	accounts = []
	group = [by_rank[2], by_rank[31], by_rank[58]]
	accounts += [(c["id"], "Meridian Hospital Group", "Active", "Global") for c in group]
	plan = [
		(1, "Active", "Global"),
		(3, "Active", "Regional"),
		(4, "Active", "National"),
		(5, "Active", "National"),
		(7, "Active", "Regional"),
		(8, "On Watch", "National"),
		(10, "Active", "Regional"),
		(12, "Candidate", ""),
		(14, "Active", "Global"),
		(29, "Active", "Regional"),
		(37, "On Watch", "Territory"),
		(64, "Active", "Territory"),
		(90, "Candidate", ""),
		(120, "Retired", "Territory"),
	]
	accounts += [(by_rank[rank]["id"], "", status, level) for rank, status, level in plan]
	judgements = []
	grouped = {c["id"] for c in group}
	for c in ranked[:60]:
		if c["id"] in grouped and c is not group[0]:
			continue
		who = "Meridian Hospital Group" if c["id"] in grouped else c["id"]
		if dice.chance(0.85):
			judgements.append(
				(who, "Relationship quality", dice.whole(2, 19) * 5, "Account review, November 2025")
			)
		if dice.chance(0.7):
			judgements.append(
				(
					who,
					"Learning partnership for the future",
					dice.whole(0, 18) * 5,
					"Account review, November 2025",
				)
			)
		if c["rank"] <= 25:
			answer = dice.one(("Yes",) * 5 + ("No", "Unknown"))
			judgements.append((who, "Buys for value, not for price only", answer, "Last two tenders"))
	return accounts, judgements


def _write(path: Path, header, rows):
	buffer = io.StringIO(newline="")
	writer = csv.writer(buffer, lineterminator="\n")
	writer.writerow(header)
	writer.writerows(rows)
	path.write_bytes(buffer.getvalue().encode("utf-8"))


def _number(value) -> str:
	return "" if value is None else str(int(value))


def generate(folder: Path) -> None:
	"""Write all files of the sample data set into ``folder``."""
	folder.mkdir(parents=True, exist_ok=True)
	dice = Dice(SEED)
	customers = make_customers(dice)
	documents = make_documents(dice, customers)
	accounts, judgements = make_programme(dice, customers)

	territories = [("World", "", 1)]
	for region, countries in WORLD.items():
		territories.append((region, "World", 1))
		for country, (names, *_) in countries.items():
			territories.append((country, region, 1))
			territories += [(name, country, 0) for name in names]
	_write(folder / "Territory.csv", ("ID", "Parent Territory", "Is Group"), territories)

	groups = [("All Item Groups", "", 1)]
	for group, subs in ITEMS.items():
		groups.append((group, "All Item Groups", 1))
		groups += [(sub, group, 0) for sub in subs]
	_write(folder / "Item Group.csv", ("ID", "Parent Item Group", "Is Group"), groups)

	_write(
		folder / "Customer.csv",
		(
			"ID",
			"Customer Name",
			"Customer Group",
			"Territory",
			"Market Segment",
			"Is Internal Customer",
			"Potential",
			"Market Value",
			"Influence Reach",
			"Beds",
		),
		[
			(
				c["id"],
				c["name"],
				c["group"],
				c["territory"],
				c["segment"],
				int(c["internal"]),
				_number(c["potential"]),
				_number(c["market"]),
				_number(c["reach"]),
				_number(c["beds"]),
			)
			for c in customers
		],
	)

	rows = []
	for number, d in enumerate(documents, 1):
		c = d["customer"]
		rate = round(c["rate"] * FX_DRIFT[d["day"].year], 4) if c["currency"] != "EUR" else 1.0
		head = (
			f"SINV-{d['day'].year % 100}-{number:05d}",
			c["id"],
			d["day"].isoformat(),
			COMPANY,
			d["status"],
			int(bool(d.get("is_return"))),
			"Yes" if d.get("opening") else "No",
			int(c["internal"]),
			c["currency"],
			rate,
		)
		for position, (code, sub, quantity, value, cost) in enumerate(d["lines"]):
			rows.append(
				(
					*(head if position == 0 else ("",) * len(head)),
					code,
					sub,
					quantity,
					cents(value),
					cents(cost),
				)
			)
	_write(folder / "Sales Invoice.csv", INVOICE_HEADER, rows)
	_write(folder / "key-accounts.csv", ("Customer", "Key Account", "Status", "Level"), accounts)
	_write(folder / "judgements.csv", ("Customer", "Criterion", "Value", "Evidence"), judgements)


if __name__ == "__main__":
	generate(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
