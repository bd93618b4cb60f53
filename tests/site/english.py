"""Finds English texts of the app among what somebody reads in another language."""

import re
from collections import defaultdict
from html import unescape

from bs4 import BeautifulSoup, Comment

from tests.harness import translations

# below it a sentence with placeholders says too little to be recognised
LEAST_WORDS = 3
WORD = re.compile(r"[^\W\d_]+")


class English:
	"""Texts whose translation differs from the English, as they stand and as sentences with something filled in."""

	def __init__(self, language: str):
		self.texts: set[str] = set()
		self.sentences: dict[str, list[re.Pattern]] = defaultdict(list)
		messages = [*translations.read(language)]
		same = {message.id for message in messages if message.id == message.string}
		# a word of the language may look like another one of English, such as Actual, which is Spanish for current
		theirs = {plain(message.string) for message in messages if message.id and message.string}
		for message in messages:
			if message.id in same or not message.id or not message.string:
				continue
			text = plain(message.id)
			if "{" not in text:
				if text not in theirs:
					self.texts.add(text)
				continue
			parts = re.split(r"\{\w*\}", text)
			longest = max(WORD.findall(" ".join(parts)), key=len, default="")
			if len(WORD.findall(" ".join(parts))) >= LEAST_WORDS:
				self.sentences[longest].append(re.compile(".+?".join(map(re.escape, parts)), re.S))

	def among(self, shown) -> list[str]:
		"""Those of the texts that are English, each once."""
		return sorted({text for text in map(plain, shown) if self.is_english(text)})

	def is_english(self, text: str) -> bool:
		if text in self.texts:
			return True
		return any(
			pattern.fullmatch(text)
			for word in set(WORD.findall(text))
			for pattern in self.sentences.get(word, ())
		)


def plain(text: str) -> str:
	return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def shown_in(html: str) -> list[str]:
	"""Texts between the tags, and those of titles, placeholders and descriptions for screen readers."""
	soup = BeautifulSoup(html, "html5lib")
	for part in soup(["style", "script"]):
		part.extract()
	texts = [str(part) for part in soup.find_all(string=True) if not isinstance(part, Comment)]
	for tag in soup.find_all(True):
		texts += [tag[name] for name in ("title", "placeholder", "aria-label", "alt") if tag.get(name)]
	return [text for text in texts if text.strip()]
