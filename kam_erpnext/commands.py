"""Commands of the bench: `bench --site NAME rebuild-sales-facts` and `check-sales-facts`."""

import click
import frappe
from frappe.commands import get_site, pass_context


@click.command("rebuild-sales-facts")
@pass_context
def rebuild_sales_facts(context):
	"""Make the monthly facts of sales anew from the documents."""
	from kam_erpnext.data import sales_facts_upkeep

	with _site(context):
		if not sales_facts_upkeep.enabled():
			raise click.ClickException("this site keeps no monthly facts (KAM Settings, Keep Monthly Facts)")
		click.echo(f"{sales_facts_upkeep.rebuild()} months made.")


@click.command("check-sales-facts")
@pass_context
def check_sales_facts(context):
	"""Compare every row of the monthly facts of sales with the documents and mend those that differ. Ends with 1 if any did."""
	from kam_erpnext.data import sales_facts_upkeep

	with _site(context):
		found = sales_facts_upkeep.check(everything=True)
	for row in found:
		click.echo(f"{row['name']}: {row['difference']:.2f}")
	click.echo(
		f"{len(found)} months differed and were made anew."
		if found
		else "All months are equal to the documents."
	)
	if found:
		raise SystemExit(1)


class _site:
	"""Connected to the site of the command as Administrator."""

	def __init__(self, context):
		self.site = get_site(context)

	def __enter__(self):
		frappe.init(site=self.site)
		frappe.connect()

	def __exit__(self, *_error):
		frappe.destroy()


commands = [rebuild_sales_facts, check_sales_facts]
