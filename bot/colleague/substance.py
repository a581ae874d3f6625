"""The words of substance in what somebody said: stems, with the words that everybody uses left out."""

import re
from functools import lru_cache

import snowballstemmer

from bot.colleague.cues import plain

COMMON = frozenset(
    """about after again all also always and any are back because been before being but can class could did does
    doing done don down each even ever every for from get gets getting give going good got had has have having
    here how i'd i'm i've into it's its just know last leader let like little long look made make many may maybe
    might more most much must need never next nobody not nothing now off okay one only other our out over people
    per put quite rather really right said same say see she should show so some something still take than thank
    that that's the their them then there there's these they they're thing things think this those though three
    time too two under until very want was way week well were what what's when where which while who why will
    with won't work would year years yes you you're your yours children geography task tasks lesson lessons
    teach teaching tell told feel feels mean means bit lot kind sort try""".split()
)
"""Words too common to be anybody's in particular."""


@lru_cache(maxsize=2048)
def stems(text: str) -> frozenset[str]:
    """Return the stems of the uncommon words in `text`."""
    words = {word for word in re.findall(r"[a-z']{3,}", plain(text).lower()) if word not in COMMON}
    return frozenset(snowballstemmer.stemmer("english").stemWords(sorted(words)))
