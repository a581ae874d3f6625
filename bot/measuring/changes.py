"""The same words as other people type them: no capitals, no marks, a slip of the finger, another name, other spelling.

A reading should not change with any of these, so the network sees a part of its sentences like this while it learns. The same
changes measure how steady it is (`alex evaluate reader`), with seeds that training never uses.
"""

import random
import re

from bot.listen.spelling import thumbed

NAMES = """Alex Sam Priya Tom Dana Moira Callum Aisha Ben Grace Owen Femi Katya Lewis Nadia Huw Ruth Yusuf Ellie Graham""".split()
NAMED = re.compile(rf"\b({'|'.join(NAMES)})\b")
SPELT = {
    "behaviour": "behavior", "colour": "color", "favourite": "favorite", "organise": "organize", "organised": "organized",
    "realise": "realize", "realised": "realized", "recognise": "recognize", "prioritise": "prioritize", "practise": "practice",
    "programme": "program", "centre": "center", "honour": "honor", "neighbour": "neighbor", "apologise": "apologize",
    "criticise": "criticize", "emphasise": "emphasize", "summarise": "summarize", "grey": "gray", "learnt": "learned",
    "maths": "math", "judgement": "judgment", "travelling": "traveling", "labelled": "labeled", "marvellous": "marvelous",
}  # fmt: skip
AMERICAN = re.compile(rf"\b({'|'.join(SPELT)})\b")
NEAR = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuiopasdfghjklzxcvbnm,", strict=True))


def unmarked(text: str, dice: random.Random) -> str:  # noqa: ARG001
    """Return the words without any mark but apostrophes inside them."""
    return " ".join(re.sub(r"[^\w\s'’-]", " ", text).split())


def unended(text: str, dice: random.Random) -> str:
    """Return the words without their last mark; at times with another."""
    bare = text.rstrip(" .!?…")
    return bare + dice.choice(["", "", "."]) if not text.rstrip().endswith("?") else bare


def lowered(text: str, dice: random.Random) -> str:  # noqa: ARG001
    """Return the words in small letters."""
    return text.lower()


def unapostrophed(text: str, dice: random.Random) -> str:  # noqa: ARG001
    """Return the words as a phone leaves them: didnt, its, youre."""
    return re.sub(r"(?<=\w)['’](?=\w)", "", text)


def mistyped(text: str, dice: random.Random) -> str:
    """Return the words with one slip of the finger in a word of four letters or more."""
    places = [m.span() for m in re.finditer(r"[A-Za-z]{4,}", text)]
    if not places:
        return text
    start, end = dice.choice(places)
    at = dice.randrange(start + 1, end - 1)
    kind = dice.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + NEAR.get(text[at].lower(), "e") + text[at + 1 :]


def renamed(text: str, dice: random.Random) -> str:
    """Return the words with other first names."""
    return NAMED.sub(lambda _: dice.choice(NAMES), text)


def americanised(text: str, dice: random.Random) -> str:  # noqa: ARG001
    """Return the words in American spelling."""
    return AMERICAN.sub(lambda m: SPELT[m.group()], text)


CHANGES = {
    "names": renamed,
    "case": lowered,
    "punctuation": unmarked,
    "last mark": unended,
    "apostrophes": unapostrophed,
    "spelling": americanised,
    "one typo": mistyped,
}


TEXTED = {word: short for short, word in thumbed().items()} | {"to": "2", "for": "4"}
SHORT = re.compile(rf"(?i)\b({'|'.join(sorted(TEXTED, key=len, reverse=True))})\b")


def texted(text: str, dice: random.Random) -> str:
    """Return the words as they are thumbed into a phone; training alone uses this one."""
    keep = dice.choice((0.0, 0.3, 0.7))
    return SHORT.sub(
        lambda m: m.group() if dice.random() < keep else TEXTED.get(m.group().lower(), m.group()), text
    ).lower()


def shaken(text: str, dice: random.Random, at_least: int = 0) -> str:
    """Return the words with none, one or two of the changes, or as a phone has them; with `at_least` so many changes."""
    for _ in range(max(at_least, dice.choice((0, 0, 1, 1, 2)))):
        text = dice.choice([*CHANGES.values(), texted])(text, dice) or text
    return text
