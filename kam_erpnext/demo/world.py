"""The invented world of the demonstration company: places, product lines, names and people. Data only.

Every company, hospital and town is made up.
"""

COMPANY = "Halden Medical Demo"
ABBR = "HMD"
# ERPNext has no regional additions for it, so that the company brings no fields or legal logs to the site
COUNTRY = "Austria"

# prefix of every naming series the demonstration uses, so that the numbering of the site stays untouched
SERIES = f"{ABBR}-"

ROOT_TERRITORY = "Halden World"
ROOT_CUSTOMER_GROUP = "Halden Customers"
ROOT_ITEM_GROUP = "Halden Products"
ROOT_SALES_PERSON = "Halden Sales"

# region > country > (language of names, {sales territory: number of customers})
TERRITORIES = {
	"Halden Europe": {
		"Halden Germany": ("de", {"Germany North": 15, "Germany West": 16, "Germany South": 18}),
		"Halden Austria": ("de", {"Austria East": 7, "Austria West": 5}),
		"Halden France": ("fr", {"France North": 10, "France South": 9}),
		"Halden Italy": ("it", {"Italy North": 9, "Italy Centre": 6}),
		"Halden United Kingdom": ("en", {"England": 12, "Scotland and Wales": 6}),
		"Halden Netherlands": ("nl", {"Randstad": 7}),
	},
	"Halden Americas": {
		"Halden United States": ("en", {"US East": 10, "US West": 7}),
		"Halden Canada": ("en", {"Ontario": 5}),
	},
	"Halden Asia Pacific": {
		"Halden Japan": ("ja", {"Kanto": 5, "Kansai": 3}),
		"Halden Australia": ("en", {"New South Wales": 4}),
	},
}

HOSPITAL_GROUP, HOSPITAL, CLINIC, LABORATORY, DISTRIBUTOR = CUSTOMER_GROUPS = (
	"Hospital Group Sites",
	"Hospitals",
	"Clinics",
	"Laboratories",
	"Distributors",
)

ACUTE, OUTPATIENT, DIAGNOSTICS, TRADE = MARKET_SEGMENTS = (
	"Acute Care",
	"Outpatient Care",
	"Diagnostics",
	"Medical Trade",
)
SEGMENT_OF_GROUP = {
	HOSPITAL_GROUP: ACUTE,
	HOSPITAL: ACUTE,
	CLINIC: OUTPATIENT,
	LABORATORY: DIAGNOSTICS,
	DISTRIBUTOR: TRADE,
}

TOWNS = {
	"de": (
		"Falkenau", "Birkenthal", "Lindeck", "Ahrenbach", "Hohenmark", "Seebrunn", "Eschenried", "Wolfshagen",
		"Altmoor", "Tannrode", "Kaltenbrück", "Ulmenstadt", "Erlenau", "Bärental", "Weidenkamp", "Nordfelden",
		"Rosenfurt", "Mühlgrund", "Sonnhalde", "Dornbach",
	),
	"fr": (
		"Valbrune", "Rivefort", "Sainte-Orse", "Beaulac", "Hautbois", "Pontarel", "Villefère", "Montclaret", "Roqueval",
	),
	"it": ("Montefalco", "Rivalta", "Pietrasole", "Castelverde", "Lagonero", "Valdoro", "Fontebella"),
	"nl": ("Waterveen", "Zandhoek", "Oosterduin", "Kerkwijk", "Havenrade"),
	"en": (
		"Ashcombe", "Millbrook", "Kingsmere", "Oakridge", "Brightwater", "Westmoor", "Harrowgate", "Elmfield",
		"Redcliff", "Summerhill", "Greystone", "Maplewood", "Clearwater", "Fernley", "Thornbury Vale",
	),
	"ja": ("Kitamura", "Minamida", "Hoshikawa", "Takamori", "Shirayama", "Nishizaki"),
}  # fmt: skip

NAMES = {
	HOSPITAL: {
		"de": (
			"Klinikum {}",
			"Krankenhaus {}",
			"Universitätsklinik {}",
			"Herzzentrum {}",
			"Kreiskliniken {}",
		),
		"fr": ("Centre Hospitalier {}", "Hôpital de {}", "Institut Cardiologique de {}"),
		"it": ("Ospedale di {}", "Policlinico {}", "Istituto Ortopedico {}"),
		"nl": ("Medisch Centrum {}", "Ziekenhuis {}"),
		"en": ("{} General Hospital", "{} University Hospital", "{} Heart Institute", "{} Infirmary"),
		"ja": ("{} Memorial Hospital", "{} University Hospital"),
	},
	CLINIC: {
		"de": ("Praxisklinik {}", "Tagesklinik {}", "Gelenkzentrum {}", "Endoskopiezentrum {}"),
		"fr": ("Clinique de {}", "Polyclinique {}"),
		"it": ("Casa di Cura {}", "Clinica {}"),
		"nl": ("Kliniek {}", "Dagcentrum {}"),
		"en": ("{} Surgical Centre", "{} Day Clinic", "{} Endoscopy Clinic"),
		"ja": ("{} Clinic", "{} Surgical Clinic"),
	},
	LABORATORY: {
		"de": ("Labor {}", "Diagnostikzentrum {}"),
		"fr": ("Laboratoire {}",),
		"it": ("Laboratorio {}",),
		"nl": ("Laboratorium {}",),
		"en": ("{} Diagnostics", "{} Pathology"),
		"ja": ("{} Laboratory",),
	},
	DISTRIBUTOR: {
		"de": ("{} Medizintechnik", "{} Praxisbedarf"),
		"fr": ("{} Matériel Médical",),
		"it": ("{} Forniture Mediche",),
		"nl": ("{} Medische Techniek",),
		"en": ("{} Medical Supplies",),
		"ja": ("{} Medical Trading",),
	},
}

# two different customers of the same name, as every real customer list has them
SAME_NAME = ("Klinik am Park", ("Germany South", "Germany West"))

# group: (its key account, country of the head office, sites: name, territory, yearly sales in thousands, course)
HOSPITAL_GROUPS = {
	"Orvendal": (
		("Orvendal Klinikum Falkenau", "Germany North", 385, "steady"),
		("Orvendal Klinikum Seebrunn", "Germany South", 205, "growing"),
		("Orvendal Klinik Weidenkamp", "Germany North", 96, "steady"),
		("Orvendal Clinique Rivefort", "France North", 142, "steady"),
		("Orvendal Hospital Ashcombe", "England", 118, "shrinking"),
		("Orvendal Medical Center Maplewood", "US East", 164, "growing"),
	),
	"Tannquell": (
		("Tannquell Klinik Hohenmark", "Germany South", 232, "steady"),
		("Tannquell Klinik Eschenried", "Germany South", 118, "steady"),
		("Tannquell Klinik Altmoor", "Germany West", 92, "growing"),
		("Tannquell Reha Dornbach", "Germany West", 31, "shrinking"),
	),
	"Lisvaux": (
		("Lisvaux Hôpital Beaulac", "France South", 188, "growing"),
		("Lisvaux Clinique Pontarel", "France South", 74, "steady"),
		("Lisvaux Clinique Hautbois", "France North", 66, "steady"),
	),
	"Brackmere": (
		("Brackmere Royal Infirmary", "England", 174, "shrinking"),
		("Brackmere Kingsmere Hospital", "England", 92, "shrinking"),
		("Brackmere Westmoor Hospital", "Scotland and Wales", 57, "steady"),
		("Brackmere Children's Hospital", "England", 48, "steady"),
	),
	"Ondaria": (
		("Ondaria Policlinico Lagonero", "Italy North", 126, "growing"),
		("Ondaria Ospedale Valdoro", "Italy North", 61, "steady"),
		("Ondaria Istituto Fontebella", "Italy Centre", 44, "new"),
	),
}

# product line: (supplier, items: code, name, price, margin in percent)
PRODUCTS = {
	"Electrosurgery": (
		"Korvig Instruments",
		(
			("HMD-ES300", "Electrosurgical Generator E300", 12400, 45),
			("HMD-ES150", "Electrosurgical Generator E150", 6900, 43),
			("HMD-ES010", "Bipolar Forceps, Reusable", 385, 52),
			("HMD-ES020", "Electrode Handpiece, Box of 10", 149, 57),
			("HMD-ES030", "Neutral Electrodes, Box of 100", 96, 60),
		),
	),
	"Patient Monitoring": (
		"Brelund Sensorik",
		(
			("HMD-PM900", "Central Monitoring Station C9", 18900, 38),
			("HMD-PM120", "Patient Monitor M12", 11500, 36),
			("HMD-PM100", "Patient Monitor M10", 6890, 34),
			("HMD-PM010", "ECG Cable Set", 119, 61),
			("HMD-PM020", "SpO2 Sensor", 78, 64),
			("HMD-PM030", "NIBP Cuffs, Box of 20", 64, 62),
		),
	),
	"Infusion Therapy": (
		"Korvig Instruments",
		(
			("HMD-IN300", "Pump Docking Station", 2960, 42),
			("HMD-IN200", "Volumetric Pump V2", 2180, 40),
			("HMD-IN100", "Syringe Pump S1", 1960, 41),
			("HMD-IN010", "Infusion Sets, Box of 50", 86, 50),
			("HMD-IN020", "Syringes 50 ml, Box of 100", 58, 46),
		),
	),
	"Endoscopy": (
		"Optivane Systems",
		(
			("HMD-EN500", "Video Tower HD", 28400, 32),
			("HMD-EN410", "Video Colonoscope", 19400, 33),
			("HMD-EN400", "Video Gastroscope", 17800, 33),
			("HMD-EN300", "Bronchoscope", 12900, 35),
			("HMD-EN010", "Biopsy Forceps, Box of 10", 340, 55),
		),
	),
	"Laboratory Diagnostics": (
		"Optivane Systems",
		(
			("HMD-LD500", "Clinical Chemistry Analyser", 34500, 29),
			("HMD-LD100", "Laboratory Centrifuge", 5400, 37),
			("HMD-LD010", "Reagent Kit A", 412, 58),
			("HMD-LD020", "Reagent Kit B", 365, 57),
			("HMD-LD030", "Control Serum Set", 188, 54),
		),
	),
	"Services": (
		"Ferrin Technical Service",
		(
			("HMD-SV100", "Maintenance Contract, One Year", 1450, 48),
			("HMD-SV200", "Installation and Acceptance", 980, 30),
			("HMD-SV300", "Training Day on Site", 1150, 42),
			("HMD-SV400", "Calibration", 320, 35),
		),
	),
}
SERVICES = "Services"

# how much of each product line a customer group buys, before personal taste
TASTE = {
	HOSPITAL_GROUP: (3, 4, 4, 2, 1),
	HOSPITAL: (3, 4, 3, 3, 1),
	CLINIC: (4, 1, 1, 4, 0),
	LABORATORY: (0, 0, 0, 0, 1),
	DISTRIBUTOR: (3, 2, 4, 0, 2),
}
# from … to percent off the list price
DISCOUNT = {
	HOSPITAL_GROUP: (8, 14),
	HOSPITAL: (2, 10),
	CLINIC: (0, 6),
	LABORATORY: (3, 9),
	DISTRIBUTOR: (17, 24),
}

# team: ((sales person, territories), …)
SALES_PEOPLE = {
	"Halden Sales DACH": (
		("Katrin Ostermann", ("Germany North", "Germany West")),
		("Lukas Brandstetter", ("Germany South", "Austria East", "Austria West")),
	),
	"Halden Sales West and South": (
		("Élodie Garnier", ("France North", "France South", "Randstad")),
		("Marco Bellandi", ("Italy North", "Italy Centre")),
	),
	"Halden Sales UK": (("Fiona Aldridge", ("England", "Scotland and Wales")),),
	"Halden Sales Overseas": (
		("Daniel Whitlow", ("US East", "US West", "Ontario")),
		("Yuki Morimoto", ("Kanto", "Kansai", "New South Wales")),
	),
}

# log-in: (first name, last name, role here, roles of ERPNext, what to look at)
DOMAIN = "example.com"
OPERATIONS, DIRECTOR, MANAGER_ONE, MANAGER_TWO, MANAGER_UK, COORDINATOR, SPONSOR, READER = (
	f"{name}.demo@{DOMAIN}"
	for name in ("ops", "director", "manager1", "manager2", "manager3", "coordinator", "sponsor", "reader")
)
USERS = {
	OPERATIONS: (
		"Nora",
		"Lindqvist",
		"KAM Administrator",
		("Sales Manager", "Sales Master Manager", "Accounts User"),
		"KAM Administration: criteria, the selection that waits for validation, market estimates",
	),
	DIRECTOR: (
		"Henrik",
		"Vossberg",
		"Key Account Director",
		("Sales Manager",),
		"Key Account Selection: decide the open lines and approve; nominations that wait for a decision",
	),
	MANAGER_ONE: (
		"Clara",
		"Engelhardt",
		"Key Account Manager",
		("Sales User", "Accounts User", "Support Team", "Projects User"),
		"her key accounts in Germany, Austria and overseas; open judgements in her assessments",
	),
	MANAGER_TWO: (
		"Julien",
		"Marchand",
		"Key Account Manager",
		("Sales User", "Accounts User", "Support Team", "Projects User"),
		"his key accounts in France, Italy and the Netherlands",
	),
	MANAGER_UK: (
		"Emma",
		"Hartwell",
		"Key Account Manager",
		("Sales User", "Accounts User", "Support Team", "Projects User"),
		"fenced by a User Permission: every list and total holds the United Kingdom only",
	),
	COORDINATOR: (
		"Tomasz",
		"Zielinski",
		"Key Account Coordinator",
		("Sales User",),
		"the accounts he coordinates and a nomination of his own",
	),
	SPONSOR: (
		"Margarethe",
		"Hollen",
		"Executive Sponsor",
		(),
		"the two accounts she sponsors, and nothing else",
	),
	READER: (
		"Priya",
		"Raman",
		"KAM Reader",
		("Sales User",),
		"everything, without being able to change it",
	),
}
# what the fenced manager may see
FENCE = ("Territory", "Halden United Kingdom")
MANAGER_OF_COUNTRY = {
	"Halden Germany": MANAGER_ONE,
	"Halden Austria": MANAGER_ONE,
	"Halden United States": MANAGER_ONE,
	"Halden Canada": MANAGER_ONE,
	"Halden Japan": MANAGER_ONE,
	"Halden Australia": MANAGER_ONE,
	"Halden France": MANAGER_TWO,
	"Halden Italy": MANAGER_TWO,
	"Halden Netherlands": MANAGER_TWO,
	"Halden United Kingdom": MANAGER_UK,
}


def country_of(territory: str) -> str:
	"""Country level of a sales territory."""
	for countries in TERRITORIES.values():
		for country, (_language, territories) in countries.items():
			if territory in territories:
				return country
	raise KeyError(territory)


def sales_person_of(territory: str) -> str:
	"""Representative of a sales territory."""
	for team in SALES_PEOPLE.values():
		for person, territories in team:
			if territory in territories:
				return person
	raise KeyError(territory)
