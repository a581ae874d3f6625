"""Where the names are in what a leader types: by shape, by capital, by title, by list. Lists: names.yaml."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.content import ContentModel, read_model
from bot.errors import PromptError
from bot.listen import spelling

HERE = Path(__file__).parent
TITLES = "mrs?|ms|miss|mx|dr|sir|dame|lady|lord|prof|professor|rev|revd|reverend|father|fr|sister|brother|canon|imam"
PARTICLES = "(?:(?i:de|da|di|dos|du|van|von|der|den|al|el|bin|ibn|le|la|ter|ten|st|san|ben) +)*"
"""What may stand between a title and a surname."""
TITLE = re.compile(
    rf"\b(?:(?P<capital>(?i:{TITLES})\.? +(?:(?:[A-Z]\.? ?)+(?!\w))?{PARTICLES}(?=[A-Z]))"
    rf"|(?P<small>(?:mrs?|ms|mx|dr|prof)\.? +{PARTICLES}))"
)
SHAPES = (
    ("mail", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")),
    (
        "web",
        re.compile(
            r"\b(?:https?://|www\.)[^\s,;)]*[\w/]"
            r"|\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.(?:uk|com|org|net|wales|ie)\b"
        ),
    ),
    ("handle", re.compile(r"(?<!\w)@\w+")),
    ("phone", re.compile(r"(?<!\w)(?:\+\d{1,3} ?)?\(?\d{2,6}\)?(?:[ -]?\d{2,6}){1,4}(?!\d)")),
    ("date", re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:\d{2}|\d{4})\b")),
    ("postcode", re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.IGNORECASE)),
    ("group", re.compile(r"\b(?:1[0-3]|[1-9])[A-Z]{1,3}\b")),
)
"""Kind of thing, and how it looks. A phone number has seven digits or more: see `_long_enough`.

How long a part of an address may be is RFC 1035's and RFC 5321's; without a bound, one endless word takes minutes.
"""
SPAN_OF_YEARS = re.compile(r"(?:19|20)\d\d ?- ?(?:19|20)?\d\d")
INITIALS = re.compile(r"\b(?:[A-Z]\. ?)+(?=[A-Z])|(?<=\bM[sr] )[A-Z]\b|(?<=\bMrs )[A-Z]\b|(?<=\bMiss )[A-Z]\b")
CALLED = re.compile(r"\b(?:called|named|name is|name's|i am|i'm) +(?=\w)", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
ENDING = re.compile(r"['’](?:s|re|ve|ll|d|m)$|(?<=s)['’]$", re.IGNORECASE)
NEGATED = re.compile(r"n['’]?t$", re.IGNORECASE)
HEAD = re.compile(r"(?:^|[.!?…:;]['\"”’)]*\s+|[\"“‘(\n–—]\s*)$")
"""What stands before the head of a sentence."""
BEFORE = 200
"""Characters before a word that say whether it stands at a head."""
SHOUTED, TITLED = 0.6, 0.6
"""Share of a text's words in capitals, or with a capital, from which capitals say nothing."""
FEWEST_SHOUTED = 4


class NameFile(ContentModel):
    """names.yaml as written: lists of words, parted by spaces."""

    also_words: str
    does: str
    asks: str
    capitals: str
    before_class: str
    short: str


@dataclass(frozen=True)
class Lists:
    """The lists, and the names that are words to the encoder."""

    also_words: frozenset[str]
    does: frozenset[str]
    asks: frozenset[str]
    capitals: frozenset[str]
    before_class: frozenset[str]
    short: frozenset[str]
    known: frozenset[str]


@dataclass(frozen=True)
class Named:
    """A name: where it stands, from `start` to `end`, and of what kind."""

    start: int
    end: int
    kind: str


def names_in(text: str, free: frozenset[str]) -> list[Named]:
    """Return the names in a text, in order. `free`: words, in small letters, that may have a capital."""
    found = list(_by_shape(text))
    taken = [range(one.start, one.end) for one in found]
    words = [word for word in WORD.finditer(text) if not any(word.start() in span for span in taken)]
    return sorted([*found, *_Words(text, words, free).named()], key=lambda one: one.start)


def _by_shape(text: str) -> Iterator[Named]:
    last = 0
    spans = ((kind, match) for kind, shape in SHAPES for match in shape.finditer(text) if _long_enough(kind, match))
    for kind, match in sorted(spans, key=lambda one: (one[1].start(), -one[1].end())):
        if match.start() >= last:
            last = match.end()
            yield Named(match.start(), match.end(), kind)
    for match in INITIALS.finditer(text):
        if match.group().strip() and match.start() >= 0:
            yield Named(match.start(), match.start() + len(match.group().rstrip()), "initials")


def _long_enough(kind: str, match: re.Match[str]) -> bool:
    if kind == "date":
        return True
    return kind != "phone" or (sum(map(str.isdigit, match.group())) >= 7 and not SPAN_OF_YEARS.fullmatch(match.group()))


class _Words:
    """The words of one text, each looked at where it stands."""

    def __init__(self, text: str, words: list[re.Match[str]], free: frozenset[str]) -> None:
        self._text, self._words, self._free = text, words, free
        self._lists = lists()
        told = [word.group() for word in words if len(word.group()) > 1]
        many = len(told) >= FEWEST_SHOUTED
        self._shouted = many and sum(map(str.isupper, told)) >= SHOUTED * len(told)
        self._titled = many and sum(word[0].isupper() for word in told) >= TITLED * len(told)
        self._titles = {match.end(): bool(match.group("small")) for match in TITLE.finditer(text)}
        self._called = {match.end() for match in CALLED.finditer(text)}

    def named(self) -> Iterator[Named]:
        last_end = -2
        for place, match in enumerate(self._words):
            core = ENDING.sub("", match.group())
            if self._is_name(place, match, core, after_name=match.start() == last_end + 1):
                last_end = match.start() + len(core)
                yield Named(match.start(), last_end, "name")

    def _is_name(self, place: int, match: re.Match[str], core: str, *, after_name: bool) -> bool:
        small = core.lower()
        if len(core) < 2 or NEGATED.search(core):
            return False
        if match.start() in self._titles:
            return self._after_title(match, core)
        if small in self._free and not (core.islower() and small in self._lists.known):
            return False
        if core.islower():
            return self._is_name_in_small_letters(match, small, after_name=after_name)
        if self._shouted or self._titled:
            return small in self._lists.known or not self._is_ordinary(small)
        at_head = bool(HEAD.search(self._text, max(0, match.start() - BEFORE), match.start()))
        if not (at_head and small in self._lists.also_words) and core in self._lists.capitals:
            return False
        if core.isupper() and self._is_ordinary(small):
            return False
        return not at_head or self._is_name_at_the_head(place, small, after_name=after_name)

    def _after_title(self, match: re.Match[str], core: str) -> bool:
        in_small_letters = self._titles[match.start()]
        return core[0].isupper() or (in_small_letters and core.lower() not in self._lists.short)

    def _is_name_in_small_letters(self, match: re.Match[str], small: str, *, after_name: bool) -> bool:
        lists = self._lists
        if any(part in lists.known for part in re.split(r"['’-]", small)):
            return True
        if small in lists.also_words:
            called = match.start() in self._called and self._text[: match.start()].rstrip().lower().endswith("ed")
            return called or (after_name and small not in lists.asks and small not in lists.does)
        return not self._is_ordinary(small) and spelling.mended(small) == small

    def _is_name_at_the_head(self, place: int, small: str, *, after_name: bool) -> bool:
        lists = self._lists
        if small in lists.known or after_name:
            return True
        if small in lists.also_words:
            following = self._words[place + 1].group() if place + 1 < len(self._words) else ""
            own = self._text[self._words[place].end() - 2 : self._words[place].end()] in {"'s", "’s"}
            comma = self._text[self._words[place].end() : self._words[place].end() + 1] == ","
            person = following.lower() in lists.does or (following[:1].isupper() and following not in {"I", "I'm"})
            return own or person or (comma and small not in lists.asks)
        following = self._words[place + 1].group() if place + 1 < len(self._words) else ""
        return not self._is_ordinary(small) or (following.lower() == "class" and small not in self._lists.before_class)

    def _is_ordinary(self, small: str) -> bool:
        """Return whether a word is one that anybody may say: known to the encoder, the staffroom or the scenario."""
        return all(map(_is_word, re.split(r"['’-]", small))) or small in self._free


@lru_cache(maxsize=4096)
def _is_word(small: str) -> bool:
    known = len(small) < spelling.SHORTEST_HELD and small in lists().short
    return known or spelling.is_english(small) or small in spelling.school_words() or small in spelling.thumbed()


@lru_cache(maxsize=1)
def lists() -> Lists:
    """Return the lists. Raise PromptError where they cannot be read."""
    written = read_model(HERE / "names.yaml", NameFile, PromptError)
    known = frozenset((HERE / "known_names.txt").read_text(encoding="utf-8").split())
    split: Callable[[str], frozenset[str]] = lambda words: frozenset(words.split())  # noqa: E731
    return Lists(**{name: split(words) for name, words in written.model_dump().items()}, known=known)
