"""Names: replaced here, before anything is sent, and put back in what returns. Nothing is stored."""

import re
from collections.abc import Iterable, Iterator
from itertools import count

from bot.model.name_finding import Named, names_in
from bot.model.parts import named_in

SURNAMES = ("Quillby", "Tarnley", "Oskerry", "Wendlow", "Harbick", "Melsome", "Yarrowby", "Pindale", "Corvane")
"""Stand-ins: names nobody in a school is likely to have, so that they can be found again."""
ENDINGS = ("", "ford", "ham", "wick", "thorpe", "stead", "ley", "by", "worth", "combe")


class Names:
    """Stand-ins for the names in a conversation. `hide` and `restore` undo each other."""

    def __init__(self, heard: Iterable[str], authored: Iterable[str], keep: str) -> None:
        """Take what people typed (`heard`), and what the scenario's author wrote: its capitals are nobody's name."""
        written, self._keep = "\n".join(authored), keep
        self._free = frozenset(word.lower() for word in (*named_in(written), keep))
        self._stand_ins: dict[str, str] = {}
        self._anywhere: set[str] = set()
        """Names that are hidden wherever they stand; the others are words too, and only where they are names."""
        texts = list(heard)
        self._around = "\n".join((written, *texts))
        for text in texts:
            for one in self._found(text):
                self._learn(text[one.start : one.end], one)

    def hide(self, text: str) -> str:
        """Return the text with every name replaced."""
        found = [one for one in self._found(text) if text[one.start : one.end] in self._stand_ins]
        spans = {(one.start, one.end) for one in found} | set(self._again(text))
        parts, last = [], 0
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if start >= last:
                parts += [text[last:start], self._stand_ins[text[start:end]]]
                last = end
        return "".join((*parts, text[last:]))

    def restore(self, text: str) -> str:
        """Return the text with the names put back."""
        return _swapped(text, {stand_in: name for name, stand_in in self._stand_ins.items()})

    def _found(self, text: str) -> list[Named]:
        """Return the names in a text but the colleague's own, who is nobody."""
        return [one for one in names_in(text, self._free) if text[one.start : one.end] != self._keep]

    def _learn(self, name: str, found: Named) -> None:
        if name not in self._stand_ins:
            given = set(self._stand_ins.values())
            free = (one for one in _stand_ins(found.kind) if one not in given and one not in self._around)
            self._stand_ins[name] = next(free)
        if found.kind != "name" or not names_in(f"{name}.", self._free):
            return
        self._anywhere.add(name)

    def _again(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where names stand once more that are a name wherever they stand."""
        for match in re.finditer(_any_of(self._anywhere), text) if self._anywhere else ():
            yield match.start(), match.end()


def _stand_ins(kind: str) -> Iterator[str]:
    """Yield stand-ins of a kind, then plain numbers without end: somebody may type more names than there are."""
    yield from _like(kind)
    yield from (f"N{number}" for number in count(1))


def _like(kind: str) -> Iterator[str]:
    numbers = range(1, 1000)
    if kind == "mail":
        yield from (f"person{number}@example.org" for number in numbers)
    elif kind == "web":
        yield from (f"www.example.org/{number}" for number in numbers)
    elif kind == "handle":
        yield from (f"@person{number}" for number in numbers)
    elif kind == "phone":
        yield from (f"01632 960{number:03}" for number in numbers)  # a range that Ofcom keeps for fiction
    elif kind == "date":
        yield from (f"30/02/{1000 + number}" for number in numbers)
    elif kind == "postcode":
        yield from (f"ZZ{number} 1ZZ" for number in numbers)
    elif kind == "group":
        yield from (f"Q{number}Q" for number in numbers)
    elif kind == "initials":
        yield from (f"Q{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    else:
        yield from (f"{one}{ending}" for ending in ENDINGS for one in SURNAMES)
        yield from (f"{one}{number}" for number in numbers for one in SURNAMES)


def _any_of(words: Iterable[str]) -> str:
    return rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})(?!\w)"


def _swapped(text: str, pairs: dict[str, str]) -> str:
    return re.sub(_any_of(pairs), lambda match: pairs[match.group()], text) if pairs else text
