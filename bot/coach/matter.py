"""What a draft is about: the noun phrase of the leader's that a curious version can go on with."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from bot.coach.word_kinds import kinds_of
from bot.colleague.scenario import Scenario
from bot.colleague.substance import stems

MOST_WORDS = 4
ASKS_LOOKED_AT = 15
"""Of each topic; they hold the words of a scenario many times over."""
OPENERS = frozenset("your the my our that those this these any every each an a his her their no both some".split())
STOPS = frozenset(
    """and but by so or to for in on at is are was were be been being isn't aren't wasn't weren't because yet
    before after since when if like again than then now not from as we i you he she they it its who what
    which where why how all just still with into onto out off up down over under round through until till
    without against have has had haven't hasn't hadn't do does did don't doesn't didn't will would won't
    wouldn't can could can't couldn't shall should shouldn't may might must need needs ought going gone get
    gets got getting go goes went come comes came coming make makes made making take takes took taking give
    gives gave giving given put puts putting say says said saying tell tells told telling ask asks asked
    asking know knows knew think thinks thought thinking want wants wanted see sees saw seen look looks
    looked looking keep keeps kept keeping let lets work works worked working mean means meant show shows
    showed shown sit sits sat lie lies stand stands stood run runs ran bring brings brought use uses used
    using try tries tried trying seem seems seemed feel feels felt find finds found happen happens happened
    help helps helped change changes changed start starts started stop stops stopped agree agreed sign
    signed send sent write wrote written read reads believe expect expected matter matters start finish
    finished there here ever never always already anyway actually really properly instead too also very
    quite either neither please today tonight tomorrow yesterday soon once twice altogether right wrong okay
    apart forever being else deserve deserves havent hasnt hadnt dont doesnt didnt isnt arent wasnt werent wont wouldnt
    cant couldnt shouldnt
    afore while though although whereas whether across along among around behind below beneath beside between beyond
    during near past per than towards unless upon via within simply frankly honestly precisely clearly obviously ignored
    please except me him them us myself yourself himself herself themselves ourselves mine yours ours theirs""".split()
)
"""Words at which a noun phrase ends."""
LOOSE = frozenset("a an any every each no some both".split())
"""Openers of phrases that seldom say what a draft is about, unless the scenario speaks of it."""
VAGUE = frozenset(
    """time times way ways thing things day days week weeks year years term terms point end room lot one ones rest
    bit kind sort side minute minutes hour hours moment morning afternoon evening night people person
    somebody nobody anybody everyone everybody anyone someone half couple few more most less least same
    other others waste favour stuff place turn leg desk door mind fact sake phone weekend place age office
    table corner feet hands reason reasons answer question questions word words idea problem fault job
    date dates anything something nothing everything whatever excuse excuses mile miles back front own use yes next last
    summer easy face mouth eyes hand head back lap coat breath earth heaven sake god book row door corridor bus birth
    owt nowt murmur disgrace shambles bin ark impact pack mistake shame joke two three four five six seven eight nine
    ten eleven twelve
    """.split()
)
"""Nouns that say nothing of what it is about, when they stand alone."""
PEOPLE = frozenset(
    """children child kids pupils students staff teachers teacher colleagues parents parent families governors members
    deputy secretary assistant head heads boss school schools class team lot""".split()
)
DATED = re.compile(
    r"^(?:\d+(?:st|nd|rd|th)|(?:twenty-|thirty-)?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)"
    r"|eleventh|twelfth|\w+teenth|twentieth|thirtieth|january|february|march|april|may|june|july|august|september"
    r"|october|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|christmas|easter|half-term)$",
    re.IGNORECASE,
)
"""A noun phrase that ends like this says when, and not what."""
NUMBERED = re.compile(r"\b(?:section|clause|point|paragraph|year|page|week) \d+(?:\.\d+)?s?\b", re.IGNORECASE)


def matter_of(draft: str, scenario: Scenario | None = None) -> str:
    """Return what the draft is about, as a noun phrase of the leader's ("your planning"), or ''."""
    known = _vocabulary(scenario) if scenario is not None else frozenset()
    plain = IDIOMS.sub(" ", draft.replace("’", "'"))
    if scenario is not None:
        plain = re.sub(rf"\b{re.escape(scenario.colleague.name)}\b(?!')", ",", plain, flags=re.IGNORECASE)
    found = list(_phrases(plain))
    best = max(found, key=lambda phrase: (_worth(phrase, known), found.index(phrase)), default="")
    if best and _worth(best, known) > 0 and (scenario is None or _is_of_it(best, known)):
        return best
    return _known_noun(plain, known)


def _is_of_it(phrase: str, known: frozenset[str]) -> bool:
    """Return whether a phrase is surely about the scenario's matter: it speaks of it, or the draft says whose it is."""
    opener, *named = phrase.split()
    return opener not in LOOSE and (opener == "your" or _speaks_of(named or [opener], known))


def _speaks_of(words: Sequence[str], known: frozenset[str]) -> bool:
    return any(stems(word) & known for word in words if word.lower() not in VAGUE | PEOPLE)


class Said(NamedTuple):
    """A word of a draft, and what kind of word it is there (word_kinds.py)."""

    word: str
    kind: str


def _phrases(draft: str) -> Iterable[str]:
    """Yield the noun phrases of a draft, in order: what stands after a determiner, up to where it must end."""
    for clause in _clauses(draft):
        for place, (word, _) in enumerate(clause):
            before = clause[place - 1].word if place else ""
            after = clause[place + 1 : place + 1 + MOST_WORDS]
            if place and word.endswith("ing") and IS.search(before):
                if len(doing := [word, *_until_stop(after[:-1])]) > 1:
                    yield " ".join(doing)
            elif word.lower() == "that" and after and (PLURAL.search(after[0].word) or after[0].kind.startswith("VB")):
                continue
            elif word.lower() in OPENERS:
                if kept := _until_stop(after):
                    more = clause[place + 1 + len(kept) : place + 6 + len(kept)]
                    yield " ".join([word.lower(), *kept, *_joined(more)])
            elif _stands_bare(clause[place], before) and (named := _until_stop(clause[place : place + 2])):
                yield " ".join(named)
        yield from (match.group(0) for match in NUMBERED.finditer(" ".join(said.word for said in clause)))


def _stands_bare(said: Said, before: str) -> bool:
    """Return whether a noun may stand here without an article; after "to" it is a verb but in the plural."""
    return before.lower() in TAKES_BARE and (said.kind == "NNS" if before.lower() == "to" else said.kind[0] != "V")


def _clauses(draft: str) -> Iterable[list[Said]]:
    for clause in re.split(r"[,;:!?()\u2014\"]|\.(?!\d)|\s-\s", draft):
        words = re.findall(r"[A-Za-z0-9][A-Za-z0-9'.&-]*", clause)
        yield [Said(*pair) for pair in zip(words, kinds_of(words), strict=True)]


def _known_noun(draft: str, known: frozenset[str]) -> str:
    """Return the last noun of the draft of which the scenario speaks, where no phrase says what it is about; or ''.

    Only one in the plural, or after a word like "with": others may as well be verbs ("nobody trusts", "to plan").
    """
    empty = STOPS | OPENERS | VAGUE | PEOPLE
    found = ""
    for clause in _clauses(draft):
        for place, (word, kind) in enumerate(clause):
            before = clause[place - 1].word.lower() if place else ""
            bare = before in TAKES_BARE - {"to"} or (kind == "NNS" and before not in SUBJECTS)
            fit = bare and kind in {"NN", "NNS"} and word.lower() not in empty and "'" not in word
            if fit and not DATED.match(word) and NOUN_LIKE.search(word) and stems(word) & known:
                found = f"the {word.lower()}" if kind == "NNS" else word.lower()
    return found


def _until_stop(words: Sequence[Said]) -> list[str]:
    """Return the words of a noun phrase that begins here; [] where none does."""
    kept: list[Said] = []
    for place, said in enumerate(words):
        ends = said.word.lower() in STOPS | OPENERS | JOINTS or SHORTENED.search(said.word)
        if ends or not _may_follow(said, kept, words[place + 1 : place + 2]):
            break
        kept.append(said)
    while kept and (not NAMES.match(kept[-1].kind) or kept[-1].word.endswith("'s")):
        kept.pop()
    return [said.word for said in kept]


def _may_follow(said: Said, kept: Sequence[Said], after: Sequence[Said]) -> bool:
    """Return whether the word may go on with a noun phrase, seeing the word after it.

    What looks like a verb may where only a noun can stand ("the cover", "a telephone call"), and not after a noun where
    another follows ("your deputy swap emails"), nor before what it is done to ("let a teacher touch it"). A number
    and a name end a phrase once it has its noun.
    """
    named = any(one.kind.startswith("NN") for one in kept)
    if kept and after and after[0].word.lower() in OBJECTS:
        return False
    if kept and kept[-1].kind == "NNS" and said.kind == "VBG":
        return False
    if named and (said.kind == "CD" or (said.word.istitle() and not kept[-1].word.istitle())):
        return False
    if DESCRIBES.match(said.kind) or said.kind.startswith(("NN", "VBG")):
        return True
    if not kept:
        return bool(NAMES.match(said.kind))
    if said.kind == "VBZ":
        return not named
    if said.kind not in {"VB", "VBP"} or kept[-1].kind == "NNS":
        return False
    return not (after and after[0].kind.startswith(("NN", "PRP", "DT", "VBZ")))


def _joined(words: Sequence[Said]) -> list[str]:
    """Return what goes on with a noun phrase ("… of the pieces", "… about coaching records"), or nothing."""
    if not words or words[0].word.lower() not in JOINTS:
        return []
    opener = [said.word for said in words[1:2] if said.word.lower() in OPENERS]
    kept = _until_stop(words[1 + len(opener) :])
    return [words[0].word, *opener, *kept] if kept else []


NAMES = re.compile(r"NN|VB[GPZ]?$|FW|UH")
"""Kinds of words with which a noun phrase may end; a verb where it stands as a noun ("the cover")."""
DESCRIBES = re.compile(r"JJ|CD|POS|ND")
"""Kinds that may stand before its noun."""
IDIOMS = re.compile(
    r"\b(?:in the first place|at the end of the day|on the one hand|(?:by|all) the same|for the record|to the point"
    r"|(?:what|why|who|how|where) on earth|in my book|hit by a bus|God help us|in (?:front|charge) of|on purpose"
    r"|the (?:one|ones|person|people) (?:who|that|\w+ing)\b)",
    re.IGNORECASE,
)
"""Phrases that look like a noun phrase and say nothing of what it is about."""
IS = re.compile(r"(?:^|')(?:re|are|is|was|were|be|been|s)$", re.IGNORECASE)
PLURAL = re.compile(r"[^s]s$", re.IGNORECASE)
"""After "that", a word like this begins a sentence ("that schools are stronger")."""
NOUN_LIKE = re.compile(r"(?<!ed)(?<!ly)$")
"""Neither "rushed" nor "quickly"."""
OBJECTS = frozenset("it them me him us you".split())
SUBJECTS = frozenset("i you he she it we they who nobody somebody everybody anybody to".split())
"""Words after which what looks like a plural is a verb ("nobody trusts")."""
JOINTS = frozenset(("of", "about"))
"""Words that join one noun phrase to another."""
SHORTENED = re.compile(r"'(re|ve|ll|d|m)$|^other's?$", re.IGNORECASE)
"""What is no noun: "we're", "you'd", "each other"."""
TAKES_BARE = frozenset("about with of for to from against using doing on teaching marking giving into same".split())
"""Words after which a noun may stand without an article ("with worksheets")."""


def _worth(phrase: str, known: frozenset[str]) -> float:
    """Return how well a phrase says what it is about; 0 or less where it says nothing."""
    words = phrase.split()
    head = words[-1].lower().strip(".")
    told = words if words[0].endswith("ing") else words[1:] or words
    named = [word for word in told if word.lower() not in OPENERS]
    if not named or all(word.lower() in VAGUE | JOINTS for word in named) or DATED.match(head):
        return 0
    worth = 1.0
    worth -= 0.8 * (head in PEOPLE)
    worth -= 0.5 * (head in VAGUE)
    spoken_of = _speaks_of(named, known)
    worth += 2.0 * spoken_of
    worth += {"your": 0.6, "my": 0.2, "our": 0.3, "the": 0.4, "those": 0.4, "these": 0.4, "that": 0.3}.get(words[0], 0)
    worth -= 2.0 * (words[0] in LOOSE and not spoken_of and not NUMBERED.search(phrase))
    worth += 0.5 * (len(named) > 1) - 0.5 * head.endswith("ing") * (len(named) == 1)
    worth += 0.5 * bool(NUMBERED.fullmatch(phrase))
    return worth


@lru_cache(maxsize=16)
def _words_of(scenario_id: str, texts: tuple[str, ...]) -> frozenset[str]:  # noqa: ARG001  (the key of the cache)
    return frozenset().union(*map(stems, texts))


def _vocabulary(scenario: Scenario) -> frozenset[str]:
    """Return the stems of the words in which a scenario speaks of its matters."""
    texts = [text for topic in scenario.lines.topics for text in (topic.about, *topic.asks[:ASKS_LOOKED_AT])]
    return _words_of(scenario.fingerprint, tuple(texts))
