"""Mapping files: foreign columns, trees from columns, joined files, and mistakes in them."""

import pytest

from kam_erpnext.offline import dataset, mapping
from kam_erpnext.offline.problems import DataError, InputError

MAP = """
[settings]
currency = "CHF"
decimal = ","
date_format = "m-d-Y"
delimiter = ";"
fiscal_year_start = "07-01"
[sales_invoice]
file = "lines.csv"
columns = { name = "Doc", customer = "Who", posting_date = "When", base_net_amount = "Amount", qty = "Pieces", \
territory = "Area", item_code = "Thing" }
multiply = { base_net_amount = 1000, qty = 12 }
[customer]
file = "shops.csv"
columns = { name = "Key", customer_name = "Shop", customer_group = "Type" }
extra = { floor = "Square Metres" }
replace = { customer_group = { "Ware House" = "Warehouse" } }
[[customer.join]]
file = "wallet.csv"
match = "customer_name"
column = "Shop"
columns = { potential = "Budget" }
multiply = { potential = 0.5 }
[territory]
file = "areas.csv"
key = "No"
root = "World"
levels = ["Continent", "Land"]
[item]
file = "things.csv"
columns = { name = "Thing", item_group = "Kind" }
"""
FILES = {
	"lines.csv": "Doc;Who;When;Amount;Pieces;Area;Thing\nD1;1;03/04/2025;1,5;2;7;T1\nD2;2;03/05/2025;2;1;8;T2\n",
	"shops.csv": "Key;Shop;Type;Square Metres\n1;Corner;Ware House;80,5\n2;Plaza;Mall;\n3;Plaza;Mall;NULL\n",
	"wallet.csv": "Shop;Budget\nCorner;2.000\nPlaza;9\n",
	"areas.csv": "No;Continent;Land\n7;Europe;France\n8;Asia;Japan\n",
	"things.csv": "Thing;Kind\nT1;Toys\n",
}


@pytest.fixture
def folder(tmp_path):
	for name, text in FILES.items():
		(tmp_path / name).write_text(text, encoding="utf-8")
	(tmp_path / "map.toml").write_text(MAP)
	return tmp_path


def load(folder, change=("", "")):
	path = folder / "map.toml"
	text = path.read_text()
	assert change[0] in text
	path.write_text(text.replace(*change))
	return dataset.load(folder, mapping.load(path))


def test_everything_a_mapping_can_do(folder):
	data = load(folder)
	lines = data.lines.set_index("document")
	customers = data.customers.set_index("customer")
	assert lines["net_sales"].to_dict() == {"D1": 1500.0, "D2": 2000.0}
	assert lines.at["D1", "qty"] == 24.0
	assert lines["item_group"].to_dict() == {"D1": "Toys", "D2": ""}
	assert str(lines.at["D1", "date"].date()) == "2025-03-04"
	assert customers["customer_group"].to_dict() == {"1": "Warehouse", "2": "Mall", "3": "Mall"}
	assert customers["territory"].to_dict() == {"1": "France", "2": "Japan", "3": ""}
	assert customers.at["1", "potential"] == 1000.0
	assert customers["potential"].isna().to_dict() == {"1": False, "2": True, "3": True}
	assert customers.at["1", "floor"] == 80.5
	assert data.territories.path("France") == ["World", "Europe", "France"]
	assert data.currency == "CHF"
	assert mapping.load(folder / "map.toml").fiscal_year_start == (7, 1)
	assert any("2 customers have a name that is not unique" in note for note in data.notes)


@pytest.mark.parametrize(
	("old", "new", "message"),
	[
		(
			"[territory]",
			"[teritory]",
			'map.toml, top level: "teritory" is not known here. Did you mean "territory"?',
		),
		("base_net_amount = 1000", "base_net = 1000", 'sales_invoice.multiply: "base_net" is not known here'),
		(
			"customer_name = ",
			"customername = ",
			'customer.columns: "customername" is not known here. Did you mean',
		),
		('currency = "CHF"', "currency = 7", "settings.currency: expected a text, found 7"),
		('decimal = ","', 'decimal = ";"', 'settings.decimal: expected "." or ","'),
		('"m-d-Y"', '"American"', "settings.date_format: expected Y-m-d, d-m-Y, m-d-Y"),
		(
			'"07-01"',
			'"07-32"',
			'settings.fiscal_year_start: expected month-day such as "07-01", found "07-32"',
		),
		("potential = 0.5", 'potential = "half"', "customer.join[1].multiply.potential: expected a number"),
		(
			'match = "customer_name"',
			'match = "shop"',
			'customer.join[1].match: expected "name" or "customer_name"',
		),
		('column = "Shop"\n', "", 'customer.join[1]: "column" is missing'),
		('levels = ["Continent", "Land"]', 'levels = "Land"', "territory.levels: expected a list of columns"),
		("[settings]", "[settings", "map.toml: this is not a valid TOML file"),
	],
)
def test_mistakes_in_a_mapping(folder, old, new, message):
	with pytest.raises(mapping.MappingError) as caught:
		load(folder, (old, new))
	assert message in str(caught.value)


@pytest.mark.parametrize(
	("old", "new", "message"),
	[
		(
			'name = "Doc"',
			'name = "Document"',
			'lines.csv, line 1, column "Document": expected one column of this name (the mapping file uses it for name), '
			"found the columns Doc, Who, When, Amount, Pieces, Area, Thing",
		),
		(
			'levels = ["Continent", "Land"]',
			'levels = ["Continent", "State"]',
			'areas.csv, line 1, column "State": expected a column of this name (the mapping file uses it as a level)',
		),
		('file = "lines.csv"', 'file = "sales.csv"', "sales.csv: expected this file in"),
		(
			'file = "wallet.csv"',
			'file = "purse.csv"',
			"purse.csv: expected this file (the mapping file joins it)",
		),
		(
			'floor = "Square Metres"',
			'floor = "Size"',
			'shops.csv, line 1, column "Size": expected a column of this name',
		),
		(
			'potential = "Budget"',
			'potential = "Purse"',
			'wallet.csv, line 1, column "Purse": expected one column',
		),
	],
)
def test_a_mapping_that_does_not_fit_the_files(folder, old, new, message):
	with pytest.raises(DataError) as caught:
		load(folder, (old, new))
	assert message in str(caught.value)


def test_bad_values_in_a_mapped_file_are_told_by_their_own_column(folder):
	(folder / "lines.csv").write_text(FILES["lines.csv"].replace("1,5", "1.5"))
	(folder / "wallet.csv").write_text("Shop;Budget\nCorner;plenty\n")
	with pytest.raises(DataError) as caught:
		load(folder)
	assert [str(p) for p in caught.value.problems] == [
		'lines.csv, line 2, column "Amount": expected a number with a decimal comma like the others in this file, '
		'found "1.5"',
		'wallet.csv, line 2, column "Budget": expected a number such as 1234.56, found "plenty"',
	]


def test_a_name_has_one_place_in_a_tree(folder):
	(folder / "areas.csv").write_text("No;Continent;Land\n7;Europe;France\n8;Asia;France\n")
	with pytest.raises(DataError, match="one place in the tree for each name"):
		load(folder)


def test_shipped_mappings_by_name():
	assert mapping.load("adventureworks").currency == "USD"
	with pytest.raises(InputError, match="Shipped mappings: adventureworks"):
		mapping.load("salesforce")
