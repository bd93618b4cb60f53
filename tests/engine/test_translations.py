"""The catalogues of translators hold the texts of today, and what is translated still fits its text."""

import re
from collections import Counter

import pytest

translations = pytest.importorskip("tests.harness.translations", reason="Babel is not installed")

LANGUAGES = translations.languages()
COMPLETE = ("de", "es")
MEND = "run ./kam translations --write"


@pytest.fixture(scope="module")
def today():
	return translations.keys(translations.template())


def test_the_template_holds_the_texts_of_today(today):
	from babel.messages.pofile import read_po

	with translations.TEMPLATE.open("rb") as source:
		there = translations.keys(read_po(source))
	assert sorted(today - there, key=str) == [], MEND
	assert sorted(there - today, key=str) == [], MEND


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_texts_of_today(today, language):
	new, _empty, old = translations.missing(language, today)
	assert new == [] and old == [], MEND


@pytest.mark.parametrize("language", COMPLETE)
def test_every_text_is_translated(today, language):
	_new, empty, _old = translations.missing(language, today)
	assert empty == [], f"please translate them in kam_erpnext/locale/{language}.po"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_what_is_filled_in(language):
	faults = [
		(message.id, message.string)
		for message in translations.read(language)
		if message.id and message.string
		for kind in (r"\{\w*\}", r"</?[a-z]+[^>]*>")
		if Counter(re.findall(kind, message.id)) != Counter(re.findall(kind, message.string))
	]
	assert faults == []


def test_words_of_others_have_a_context_in_our_code(today):
	code = (".py", ".js", ".html")
	found = {
		text: places
		for (text, context), places in translations.collect().items()
		if text in translations.OWN_WORDS
		and context is None
		and any(
			place.endswith(code) and place.removeprefix("kam_erpnext/") not in translations.SHIPPED
			for place in places
		)
	}
	assert found == {}, (
		f'use __("…", null, "{translations.CONTEXT}") or _("…", context="{translations.CONTEXT}")'
	)


def test_texts_are_found_as_frappe_looks_them_up(today):
	"""Without blanks at their ends; Python takes HTML out of a text before it looks for it."""
	faults = [text for text, _context in today if text != text.strip()]
	assert faults == []
	tagged = [
		(place, text)
		for (text, _context), places in translations.collect().items()
		if re.search(r"</?[a-z]+[^>]*>", text)
		for place in places
		if place.endswith(".py")
	]
	assert tagged == []
