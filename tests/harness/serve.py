"""Web server of the private bench, on the loopback address only: `python -m tests.harness.serve SITE PORT`."""

import sys

import frappe.app
from werkzeug.serving import run_simple


def main():
	"""Serves one site with its static files until ended."""
	site, port = sys.argv[1:]
	frappe.app._site = site
	frappe.app._sites_path = "."
	run_simple(
		"127.0.0.1", int(port), frappe.app.application_with_statics(), threaded=True, use_reloader=False
	)


if __name__ == "__main__":
	main()
