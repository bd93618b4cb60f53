"""Sentences of the engine in the language of the reader. The engine itself speaks English; a site gives it its translations."""

from collections.abc import Callable

_translate: Callable[[str], str] = str


def speak(translate: Callable[[str], str]) -> None:
	"""Let `translate` put every sentence of the engine into the language of the moment."""
	global _translate
	_translate = translate


def _(text: str) -> str:
	"""The sentence in the language of the reader; numbers and names are put in afterwards with `format`."""
	return _translate(text)
