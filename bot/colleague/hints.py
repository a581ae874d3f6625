"""What he leaves half said: the start of a reason, a no that asks to be asked about. A good listener takes it up."""

import re

HINTS = re.compile(
    r"\b(?:depends? (?:on )?(?:what|who|how|where|which|whether)"
    r"|i(?:'ve| have)(?: got)? (?:a|my|an?other) (?:reason|answer|view|theory)s?(?! for you)"
    r"|(?:that's|it's|that is|it is|that was|which is) (?:not (?:quite|what i|how i|the whole)|nearly|partly)"
    r"|(?:that's|it's|that is|it is|that was|which is) (?:next to|close to|half (?:of )?(?:it|the|what))"
    r"|partly (?:right|true|accurate|that)|not (?:quite|all) (?:that|it|of it)\b"
    r"|(?:nobody|no one|you)(?:'s| has|'ve| have)?(?: (?:never|not))? ?(?:n't )?asked(?: me)? (?:why|what|that|me)"
    r"|(?:you|nobody|no one) (?:didn't|haven't|hasn't|never) ask(?:ed)?\b"
    r"|i(?:'ve| have)(?:n't| not) (?:given|said|told you) (?:mine|why|what|that|it all|the half)"
    r"|there(?:'s| is) (?:a reason|more to it|another side|something (?:else|behind)|history)"
    r"|(?:there(?:'s| is|'d be)|i(?:'ve| have)) (?:more to (?:know|say|tell|that)|a (?:version|way|kind|part|bit) of)"
    r"|i(?:'d| had) hoped\b"
    r"|if you (?:asked|were to ask|want(?:ed)? to know) (?:me )?(?:why|what)?"
    r"|i(?:'d| would) (?:call|put|say) it (?:something else|differently|another way))",
    re.IGNORECASE,
)


def hint_in(line: str) -> str:
    """Return the sentence of a line that leaves something half said, or ''."""
    for sentence in re.split(r"(?<=[.!?…])\s+", line.replace("’", "'")):
        if HINTS.search(sentence):
            return sentence.rstrip(".")
    return ""
