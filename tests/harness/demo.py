"""The demonstration company on the user's own bench."""


def run(options):
	"""Not written yet."""
	return 1
