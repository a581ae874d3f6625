"""How well the reader codes writers it was never trained on: `alex evaluate reader`."""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from bot.listen.encoder import shared_encoder
from bot.listen.reader import Reader, shared_reader
from bot.listen.reading import FOCUSED, MOVES, Segment
from bot.listen.segments import ends_sentence
from bot.measuring.baselines import by_frozen_encoder, by_rules, by_word_counts
from bot.measuring.changes import CHANGES
from bot.measuring.figures import (
    accuracy,
    boundary_f1,
    calibration_error,
    confusions,
    kappa,
    macro_f1,
    reliability,
    score,
)
from bot.measuring.turns import EXAM, WATCHED, Row, Turn, rows, trained_on, turns

Which = Literal["watched", "exam", "both"]
SETS: dict[str, tuple[str, ...]] = {"watched": WATCHED, "exam": EXAM, "both": (*WATCHED, *EXAM)}
DOORS = ("accusing_question", "leading_question")
"""What an open question must not be taken for, nor be taken from."""
SHAKEN = 150
"""Segments that each change is tried on."""
TIMED = 60
LONG = 2000
"""Words."""


@dataclass(frozen=True)
class Coded:
    """Segments of some writers with what was read of each."""

    rows: list[Row]
    read: list[Segment]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Return (right, read) moves."""
        return [(row.move, got.move) for row, got in zip(self.rows, self.read, strict=True)]

    @property
    def right(self) -> list[bool]:
        """Return whether each was read right."""
        return [truth == guess for truth, guess in self.pairs]

    def where(self, test: Callable[[Row], bool]) -> "Coded":
        """Return the part whose rows pass the test."""
        kept = [(row, got) for row, got in zip(self.rows, self.read, strict=True) if test(row)]
        return Coded([row for row, _ in kept], [got for _, got in kept])


def reader_table(which: Which = "both", *, baselines: bool = True) -> str:
    """Return the whole report as text."""
    reader, names = shared_reader(), SETS[which]
    coded = code(reader, names)
    parts = [
        _whole(coded, names),
        _focus(coded),
        _by_move(coded),
        _by_voice(coded),
        _confused(coded),
        _confidence(coded),
        _cuts(reader, names),
        _steady(reader, coded),
        *([_beside(coded)] if baselines else []),
        _speed(reader, coded),
    ]
    return "\n\n".join(parts)


def code(reader: Reader, names: Sequence[str]) -> Coded:
    """Return every segment of these writers, each read where it stands in its turn."""
    found = rows(names)
    read = [got for turn in turns(names) for got in reader.code(turn.texts, turn.previous).segments]
    return Coded(found, read)


def _whole(coded: Coded, names: Sequence[str]) -> str:
    lines = [f"{'writers':<22}{'segments':>9}{'right':>8}{'macro-F1':>10}{'kappa':>8}{'easy F1':>9}{'hard F1':>9}"]
    parts = {name: coded.where(partial(_is_by, name)) for name in names} | {"all": coded}
    for label, part in parts.items():
        easy, hard = part.where(lambda row: not row.hard), part.where(lambda row: row.hard)
        lines.append(
            f"{label:<22}{len(part.rows):>9}{accuracy(part.pairs):>8.3f}{macro_f1(part.pairs):>10.3f}"
            f"{kappa(part.pairs):>8.3f}{macro_f1(easy.pairs):>9.3f}{macro_f1(hard.pairs):>9.3f}"
        )
    asked = [pair for pair in coded.pairs if pair[0] == "open_question" or pair[0] in DOORS]
    crossed = sum("open_question" in pair and (pair[0] in DOORS or pair[1] in DOORS) for pair in asked)
    lines.append(
        f"open questions taken for accusing or leading ones, or the reverse: {crossed} of {len(asked)} "
        f"({crossed / max(len(asked), 1):.1%})"
    )
    return "\n".join(lines)


def _is_by(writer: str, row: Row) -> bool:
    return row.writer == writer


def _focus(coded: Coded) -> str:
    """Focus where the move was read as a question and is one."""
    both = [
        (str(row.focus), str(got.focus))
        for row, got in zip(coded.rows, coded.read, strict=True)
        if row.move in FOCUSED and got.move in FOCUSED
    ]
    lines = [f"focus of {len(both)} questions: right {accuracy(both):.3f}, macro-F1 {macro_f1(both):.3f}"]
    lines += [f"  {name:<14}{score(both, name).f1:>6.2f}" for name in sorted({truth for truth, _ in both})]
    return "\n".join(lines)


def _by_move(coded: Coded) -> str:
    lines = [f"{'move':<20}{'segments':>9}{'precision':>11}{'recall':>8}{'F1':>7}"]
    scores = {move: score(coded.pairs, move) for move in MOVES}
    for move in sorted(scores, key=lambda name: -scores[name].f1):
        one = scores[move]
        lines.append(f"{move:<20}{one.support:>9}{one.precision:>11.2f}{one.recall:>8.2f}{one.f1:>7.2f}")
    return "\n".join(lines)


def _by_voice(coded: Coded) -> str:
    voices = sorted({(row.writer, row.voice) for row in coded.rows})
    lines = [f"{'voice':<44}{'segments':>9}{'right':>8}{'macro-F1':>10}"]
    for writer, voice in voices:
        part = coded.where(partial(_is_voice, writer, voice))
        lines.append(f"{voice[:42]:<44}{len(part.rows):>9}{accuracy(part.pairs):>8.3f}{macro_f1(part.pairs):>10.3f}")
    return "\n".join(lines)


def _is_voice(writer: str, voice: str, row: Row) -> bool:
    return (row.writer, row.voice) == (writer, voice)


def _confused(coded: Coded) -> str:
    found = confusions(coded.pairs)
    lines = [f"taken for another {sum(count for *_, count in found)} times; most often"]
    return "\n".join(lines + [f"  {truth:<20} read as {guess:<20}{count:>4}" for truth, guess, count in found[:15]])


def _confidence(coded: Coded) -> str:
    chances = [got.confidence for got in coded.read]
    sure = [hit for hit, got in zip(coded.right, coded.read, strict=True) if got.sure]
    lines = [
        f"expected calibration error {calibration_error(chances, coded.right):.3f}",
        f"shown as sure: {len(sure) / len(chances):.1%}, of which right {sum(sure) / max(len(sure), 1):.1%}",
        "confidence   share right   segments",
    ]
    bins = reliability(chances, coded.right)
    return "\n".join(lines + [f"  {mean:>8.2f}{share:>14.2f}{count:>11}" for mean, share, count in bins])


def _cuts(reader: Reader, names: Sequence[str]) -> str:
    run_on: list[tuple[set[int], set[int]]] = []
    punctuated: list[tuple[set[int], set[int]]] = []
    for turn in turns(names):
        pair = (
            _places(turn.texts),
            _places([one.text for one in reader.read(" ".join(turn.texts), turn.previous).segments]),
        )
        (run_on if is_run_on(turn) else punctuated).append(pair)
    return (
        f"boundaries: run-on turns F1 {boundary_f1(run_on):.3f} ({len(run_on)} turns), "
        f"punctuated turns F1 {boundary_f1(punctuated):.3f} ({len(punctuated)} turns)"
    )


def is_run_on(turn: Turn) -> bool:
    """Return whether any of the turn's boundaries has no end of a sentence at it."""
    return any(not ends_sentence(text.split()[-1]) for text in turn.texts[:-1])


def _places(texts: Sequence[str]) -> set[int]:
    """Return the places of the words before which a segment begins, the first left out."""
    lengths = [len(text.split()) for text in texts]
    return {sum(lengths[:i]) for i in range(1, len(lengths))}


def _steady(reader: Reader, coded: Coded) -> str:
    lines = []
    for name, change in CHANGES.items():
        dice = random.Random(f"steady:{name}")
        tried = [row for row in coded.rows if change(row.text, random.Random(1)) != row.text]
        chosen = dice.sample(tried, min(SHAKEN, len(tried)))
        same = [_move(reader, row, row.text) == _move(reader, row, change(row.text, dice)) for row in chosen]
        lines.append(f"  {name:<14}{sum(same) / max(len(same), 1):>7.1%} of {len(same)}")
    return "\n".join(["the same reading after a change of", *lines])


def _move(reader: Reader, row: Row, text: str) -> str:
    read = reader.read_one(text, row.previous).segments
    return read[0].move if read else ""


def _beside(coded: Coded) -> str:
    known = rows(trained_on())
    ours = macro_f1(coded.pairs)
    truth = [row.move for row in coded.rows]
    plain = {
        "keyword rules": by_rules(coded.rows),
        "TF-IDF, logistic regression": by_word_counts(known, coded.rows),
        "frozen encoder, logistic regression": by_frozen_encoder(known, coded.rows, shared_encoder()),
    }
    lines = [f"{'reader':<40}{'right':>8}{'macro-F1':>10}{'ours above it':>15}"]
    lines.append(f"{'ours':<40}{accuracy(coded.pairs):>8.3f}{ours:>10.3f}")
    for name, guess in plain.items():
        pairs = list(zip(truth, guess, strict=True))
        lines.append(f"{name:<40}{accuracy(pairs):>8.3f}{macro_f1(pairs):>10.3f}{ours - macro_f1(pairs):>15.3f}")
    return "\n".join([f"beside plain readers, trained on the same {len(known)} segments", *lines])


def _speed(reader: Reader, coded: Coded) -> str:
    reader.read("Warm up.")
    times = []
    for row in random.Random("speed").sample(coded.rows, min(TIMED, len(coded.rows))):
        started = time.perf_counter()
        reader.read_one(row.text, row.previous)
        times.append(1000 * (time.perf_counter() - started))
    words = " ".join(row.text for row in coded.rows).split()
    speech = " ".join((words * (LONG // max(len(words), 1) + 1))[:LONG])
    started = time.perf_counter()
    reader.read(speech)
    return f"one segment: median {statistics.median(times):.1f} ms; {LONG} words: {time.perf_counter() - started:.2f} s"
