"""Names: replaced here, before anything is sent, and put back in what returns. Nothing is stored.

Found by their shape: a surname after a title, a school, an e-mail address, a telephone number. A bare first name has
no shape that tells it from any other word; the guard (listen/outside.py) asks for none to be given.
"""

import re
from collections.abc import Iterable, Iterator

NAME = r"[A-Z][\w'’-]+"
TITLED = re.compile(rf"\b(?:Miss|Mx|Sir|Dame|Prof(?:essor)?|(?i:mrs?|ms|dr))\.? +({NAME}(?: {NAME})?|[a-z][\w'’-]+)")
CALLED = re.compile(rf"\b(?:[Mm]y name is|[Mm]y name's|called|named) ({NAME}(?: {NAME})?)")
SCHOOL = re.compile(rf"\b((?:(?:{NAME}|of|and|the)\.? ){{1,5}})(?:School|Primary|Academy|College|Infants|Juniors)\b")
SAINT = re.compile(r"\bSt\.? ([A-Z][\w-]+)")
MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<!\w)(?:\+44 ?\(?0?\)? ?|\(?0)\d(?:[ ()-]*\d){8,9}(?!\d)")

NO_NAME = frozenset(
    """a an and at but by for from head i if in is it my no not of on or our so that the their then these they this
    those to was we what when where which who why year yes you your school church england c e ce rc catholic
    community primary junior infant infants juniors high grammar secondary free nursery middle first prep
    academy college sixth form saint st monday tuesday wednesday thursday friday saturday sunday january
    february march april may june july august september october november december""".split()
)
"""Words that are no part of a name: what stands before a school's, and what kind of school it is."""
SURNAMES = ("Quillby", "Tarnley", "Oskerry", "Wendlow", "Harbick", "Melsome", "Yarrowby", "Pindale", "Corvane")
PLACES = ("Hollowmere", "Bracksted", "Ashenby", "Fernlow", "Millrigg", "Oakshaw", "Thornleigh", "Wickmoor")
"""Stand-ins: names nobody in a school is likely to have, so that they can be found again."""


class Names:
    """Stand-ins for the names in a conversation. `hide` and `restore` undo each other."""

    def __init__(self, texts: Iterable[str], keep: str) -> None:
        self._stand_ins: dict[str, str] = {}
        together = "\n".join(texts)
        for kind, name in _found(together):
            if name not in self._stand_ins and name.lower() != keep.lower():
                self._stand_ins[name] = self._next(kind, together)

    def hide(self, text: str) -> str:
        """Return the text with every name replaced."""
        return _swapped(text, self._stand_ins)

    def restore(self, text: str) -> str:
        """Return the text with the names put back."""
        return _swapped(text, {stand_in: name for name, stand_in in self._stand_ins.items()})

    def _next(self, kind: str, together: str) -> str:
        given = set(self._stand_ins.values())
        return next(one for one in _stand_ins(kind) if one not in given and one not in together)


def _found(text: str) -> Iterator[tuple[str, str]]:
    """Yield (kind, name) for every name found."""
    yield from (("mail", match.group()) for match in MAIL.finditer(text))
    yield from (("phone", match.group()) for match in PHONE.finditer(text))
    for match in SCHOOL.finditer(text):
        if name := _inner(match.group(1)):
            yield "place", name
    yield from (("place", _bare(match.group(1))) for match in SAINT.finditer(text))
    for match in (*TITLED.finditer(text), *CALLED.finditer(text)):
        yield from (("surname", word) for word in _own_words(match.group(1)))


def _own_words(phrase: str) -> list[str]:
    return [_bare(word) for word in phrase.split() if _names(word)]


def _inner(phrase: str) -> str:
    """Return the phrase without the words at either end that are part of no name."""
    words = phrase.split()
    own = [place for place, word in enumerate(words) if _names(word)]
    return _bare(" ".join(words[own[0] : own[-1] + 1])) if own else ""


def _names(word: str) -> bool:
    word = _bare(word).strip(".").lower()
    return len(word) > 1 and word not in NO_NAME


def _bare(word: str) -> str:
    return re.sub(r"['’]s?$", "", word)


def _stand_ins(kind: str) -> Iterator[str]:
    if kind == "mail":
        yield from (f"person{number}@example.org" for number in range(1, 1000))
    elif kind == "phone":
        yield from (f"01632 960{number:03}" for number in range(1, 1000))  # a range that Ofcom keeps for fiction
    else:
        base = PLACES if kind == "place" else SURNAMES
        yield from base
        yield from (f"{one}{ending}" for ending in ("ford", "ham", "wick", "thorpe", "stead") for one in base)
        yield from (f"{base[0]}{number}" for number in range(1, 1000))


def _swapped(text: str, pairs: dict[str, str]) -> str:
    if not pairs:
        return text
    longest_first = sorted(pairs, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
    return pattern.sub(lambda match: pairs[match.group()], text)
