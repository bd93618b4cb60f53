"""Who works at the customers of the demonstration, and how they stand to each other. Data only."""

# key, title, department, superior, buying roles, power; a superior stands before those who report to him
SITE = (
	("director", "Managing Director", "Management", None, ("Decider",), "High"),
	("medical", "Medical Director", "Management", "director", ("Decider", "Sponsor"), "High"),
	("purchasing", "Head of Purchasing", "Purchasing", "director", ("Buyer",), "High"),
	("anaesthesia", "Chief Physician, Anaesthesia", "Anaesthesia", "medical", ("Champion", "User"), "High"),
	("technology", "Head of Medical Technology", "Medical Technology", "director", ("Influencer",), "Medium"),
	("nursing", "Director of Nursing", "Nursing", "director", ("Influencer",), "Medium"),
	("buyer", "Buyer, Medical Devices", "Purchasing", "purchasing", ("Buyer",), "Medium"),
	("ward", "Head Nurse, Intensive Care", "Nursing", "nursing", ("User", "Initiator"), "Low"),
	("laboratory", "Laboratory Manager", "Laboratory", "medical", ("User",), "Medium"),
	("intensive", "Senior Physician, Intensive Care", "Anaesthesia", "anaesthesia", ("User",), "Medium"),
	("assistant", "Assistant to the Management", "Management", "director", ("Gatekeeper",), "Low"),
	("engineer", "Biomedical Engineer", "Medical Technology", "technology", ("User",), "Low"),
	("surgery", "Chief Physician, Surgery", "Surgery", "medical", ("Influencer",), "High"),
	("finance", "Finance Director", "Finance", "director", ("Decider",), "High"),
	("theatre", "Head Nurse, Operating Theatres", "Nursing", "nursing", ("User",), "Low"),
	("pharmacy", "Head of Pharmacy", "Pharmacy", "medical", ("Gatekeeper",), "Medium"),
	("it", "Head of IT", "Finance", "finance", ("Gatekeeper",), "Medium"),
	("consumables", "Buyer, Consumables", "Purchasing", "purchasing", ("Buyer",), "Low"),
	("cardiology", "Chief Physician, Cardiology", "Cardiology", "medical", ("Influencer",), "Medium"),
	("training", "Head of Training", "Nursing", "nursing", ("Influencer",), "Low"),
	("endoscopy", "Head of Endoscopy", "Gastroenterology", "medical", ("User",), "Medium"),
	("quality", "Quality Manager", "Management", "director", ("Influencer",), "Low"),
)
BOARD = (
	("chief", "Chief Executive", "Group Board", None, ("Decider",), "High"),
	("operations", "Chief Operating Officer", "Group Board", "chief", ("Decider", "Sponsor"), "High"),
	("money", "Chief Financial Officer", "Group Board", "chief", ("Decider",), "High"),
	("physician", "Chief Medical Officer", "Group Board", "chief", ("Champion", "Influencer"), "High"),
	("category", "Head of Group Purchasing", "Group Purchasing", "money", ("Buyer",), "High"),
	("devices", "Category Manager, Devices", "Group Purchasing", "category", ("Buyer",), "Medium"),
	("standards", "Head of Clinical Standards", "Medical Board", "physician", ("Gatekeeper",), "Medium"),
	("digital", "Head of Digital Health", "Operations", "operations", ("Influencer",), "Medium"),
	("supplies", "Category Manager, Consumables", "Group Purchasing", "category", ("Buyer",), "Low"),
	("office", "Head of the Board's Office", "Group Board", "chief", ("Gatekeeper",), "Low"),
	("counsel", "General Counsel", "Group Board", "chief", ("Gatekeeper",), "Low"),
)
# who leads the sites of a group
OVER_SITES = "operations"
# not known yet on most maps
PLACEHOLDERS = ("laboratory", "digital")
# key, kind, name, title, roles, power, whom it influences
OUTSIDE = (
	(
		"association",
		"Outside Body",
		"Clinic Purchasing Association",
		"Tenders for its members",
		("Influencer",),
		"High",
	),
	("consultant", "Outside Person", "Prof. Irmgard Solbach", "Hospital planner", ("Influencer",), "Medium"),
)
# source, target, kind, both ways, strength, note
LINKS = (
	("anaesthesia", "medical", "Influence", False, "Strong", "He has had her ear since the training weeks."),
	("ward", "anaesthesia", "Influence", False, "Medium", "Reports every false alarm to him."),
	("technology", "purchasing", "Influence", True, "Medium", "They agree on suppliers before a tender."),
	("assistant", "director", "Influence", False, "Weak", "Decides who gets an appointment."),
	(
		"purchasing",
		"anaesthesia",
		"Conflict",
		True,
		"Strong",
		"Price against training, since the last tender.",
	),
	("nursing", "director", "Influence", False, "Medium", "Speaks for half of the employees."),
	("consultant", "director", "Influence", False, "Medium", "Plans the new operating wing."),
	("association", "purchasing", "Influence", False, "Strong", "Negotiates sensors for all members."),
	("association", "category", "Influence", False, "Strong", "Negotiates sensors for all members."),
	("consultant", "operations", "Influence", False, "Medium", "Plans the new operating wing."),
	("physician", "operations", "Influence", True, "Strong", "They founded the group's training centre."),
	("standards", "category", "Influence", False, "Medium", "Writes the specifications of tenders."),
	("money", "physician", "Conflict", True, "Medium", "Investment in monitoring."),
	(
		"competitor",
		"technology",
		"Competitor Contact",
		False,
		"Strong",
		"Former colleague, sees him monthly.",
	),
	("competitor", "devices", "Competitor Contact", False, "Medium", "Offers a flat rate for five years."),
)
NOTES = {
	"Positive": (
		"Speaks for us in the equipment board.",
		"Asked us to train the new team.",
		"Values that service answers within four hours.",
	),
	"Neutral": (
		"Wants to keep two suppliers.",
		"Listens, but has not taken a side yet.",
	),
	"Poor": (
		"Still angry about the two late deliveries.",
		"Measures himself by price reductions.",
	),
}
# the person who was there before, for the earlier versions of a map
BEFORE = ("Rainer Stolz", "Head of Purchasing")

FIRST_NAMES = {
	"de": ("Annika", "Benedikt", "Carola", "Detlef", "Elisabeth", "Friedrich", "Greta", "Henning", "Ines", "Jakob",
		"Kerstin", "Leonhard", "Martina", "Norbert", "Odilia", "Philipp", "Regina", "Simon", "Ulrike", "Volker"),
	"fr": ("Agathe", "Baptiste", "Camille", "Damien", "Estelle", "Fabrice", "Gisèle", "Hugo", "Inès", "Julie",
		"Laurent", "Margaux", "Nicolas", "Odile", "Pascal", "Romane", "Sylvain", "Thérèse"),
	"it": ("Aurora", "Beppe", "Caterina", "Domenico", "Enrica", "Fabio", "Giulia", "Ivano", "Lucia", "Matteo",
		"Nadia", "Orlando", "Paola", "Renzo", "Silvia", "Tommaso"),
	"nl": ("Anneke", "Bas", "Carlijn", "Dirk", "Evelien", "Floris", "Geertje", "Hidde", "Ilse", "Jeroen"),
	"en": ("Abigail", "Benjamin", "Charlotte", "Declan", "Eliza", "Finley", "Grace", "Harold", "Imogen", "Jonathan",
		"Katherine", "Leonard", "Matilda", "Nigel", "Olivia", "Percival", "Rosalind", "Stuart"),
	"ja": ("Ayumi", "Daichi", "Emi", "Fumiko", "Genji", "Haruka", "Isamu", "Junko", "Kenta", "Mariko"),
}  # fmt: skip
LAST_NAMES = {
	"de": ("Althoff", "Baumgart", "Clausnitzer", "Dornfeld", "Engelbrecht", "Försterling", "Gerlach", "Habermann",
		"Ingwersen", "Jörgens", "Kaltwasser", "Lohmeyer", "Mahlstedt", "Niebuhr", "Overbeck", "Petershagen", "Quandt"),
	"fr": ("Archambault", "Beauvois", "Clairmont", "Dufresne", "Estienne", "Froment", "Gaudin", "Hérault", "Jourdain",
		"Lacombe", "Marceau", "Noirot", "Perrichon"),
	"it": ("Alberini", "Brunetti", "Castellani", "Del Monte", "Fioravanti", "Gambino", "Lombardini", "Marchetti",
		"Novelli", "Orsini", "Pellegrini"),
	"nl": ("Aalbers", "Bosman", "Coenen", "Drost", "Eikelboom", "Groeneveld", "Haverkamp"),
	"en": ("Ainsworth", "Blackwood", "Cartwright", "Davenport", "Eastwick", "Farnham", "Garside", "Hollingworth",
		"Islington", "Kershaw", "Langford", "Merriweather", "Northcott"),
	"ja": ("Amano", "Fujimoto", "Hirano", "Ishikawa", "Kobayakawa", "Matsuda", "Nakahara"),
}  # fmt: skip
