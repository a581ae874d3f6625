"""The paper as WebVTT: a script to play beside a recording of somebody reading it, or to take into another program."""

from collections.abc import Iterator

from bot.exports.paper import Exchange, Paper, one_line, paragraphs

WORDS_A_SECOND = 2.5
"""How fast people talk in a conversation, about; nothing was recorded here."""
SHORTEST_S = 1.0
BETWEEN_S = 0.5
LABEL_S = 4.0
TIMES = "Times are estimates at 150 words a minute: nothing was recorded."


def vtt(paper: Paper) -> str:
    """Return the transcript as cues with their voices; what stands beside the turns as comments."""
    blocks = ["WEBVTT", f"NOTE\n{_line(paper.title)}\n{_line(paper.label)}\n{TIMES}"]
    at = LABEL_S
    blocks.append(f"label\n{_clock(0)} --> {_clock(at)}\n{_line(paper.label)}")
    for cue, voice, words in _spoken(paper):
        if voice:
            lasts = max(SHORTEST_S, len(words.split()) / WORDS_A_SECOND)
            blocks.append(f"{cue}\n{_clock(at)} --> {_clock(at + lasts)}\n<v {_voice(voice)}>{words}")
            at += lasts + BETWEEN_S
        else:
            blocks.append(f"NOTE\n{words}")
    return "\n\n".join(blocks) + "\n"


def _spoken(paper: Paper) -> Iterator[tuple[str, str, str]]:
    """Yield (cue, voice, words), or ('', '', a comment)."""
    if paper.opening.strip():
        yield "opening", paper.other, _lines(paper.opening)
    for one in paper.exchanges:
        if one.words.strip():
            yield f"turn {one.number}", paper.you, _lines(one.words)
        if one.line.strip():
            yield f"answer {one.number}", one.speaker, _lines(one.line)
        yield from (("", "", note) for note in _notes(one))


def _notes(one: Exchange) -> list[str]:
    return [_line(f"Turn {one.number}. {note.who}: {' '.join(note.words)}") for note in one.notes]


def _lines(words: str) -> str:
    """Return words as lines without an empty one, which would end the cue."""
    return "\n".join(_line(line) for lines in paragraphs(words) for line in lines)


def _line(words: str) -> str:
    return one_line(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _voice(name: str) -> str:
    return _line(name) or "somebody"


def _clock(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}"
