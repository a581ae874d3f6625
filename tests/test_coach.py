"""The coach: quotes, says what it did, offers one thing; and never advises what has just been done."""

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random

import pytest

from bot.coach.coach import Coach, Notes
from bot.coach.debrief import Debrief
from bot.coach.matter import matter_of
from bot.coach.notice import effect_of_turn
from bot.coach.read_back import ReadBack
from bot.coach.tips import Cited, Tip
from bot.coach.words import BEHAVIOURS, fillable, load_coach_words, person_slots
from bot.colleague.hearing import Hearing
from bot.colleague.hints import hint_in
from bot.colleague.memory import Memory
from bot.colleague.scenario import Scenario
from bot.colleague.state import Act, advance
from bot.colleague.turn import Told, Turn
from bot.listen.reading import FOCUSED, FOCUSES, MOVES, Reading, Segment
from bot.session import House, Rehearsal

SHUTS = {"accusing_question", "leading_question", "directive", "judgement"}


@pytest.fixture(scope="module")
def alex(house: House) -> Scenario:
    return house.scenario("alex-geography")


@pytest.fixture(scope="module")
def coach(house: House) -> Coach:
    return Coach(house.prompts, house.codebook)


class Coded(Rehearsal):
    """A rehearsal whose codes are given: 'own_view: I'm worried. | open_question/belief: What do you look for?'."""

    def hear(self, words: str, *, as_noise: bool = False) -> Hearing:
        """Return the words as they are coded, heard by his own ears."""
        return self._ears.hear(Reading(tuple(coded(words))), self.memory)

    def say(self, words: str) -> tuple[Turn, Notes]:
        """Take a turn and return it with the coach's notes."""
        return self.take_turn(words), self.notes[-1]


def coded(words: str) -> Iterable[Segment]:
    for part in filter(None, (one.strip() for one in words.split("|"))):
        code, _, text = part.partition(": ")
        move, _, focus = code.partition("/")
        yield Segment(text, move, focus or ("other" if move in FOCUSED else None), 0.9)


def talk(house: House, coach: Coach, *said: str, seed: int = 0) -> Coded:
    rehearsal = Coded(house, house.scenario("alex-geography"), seed, coach=coach)
    for words in said:
        rehearsal.take_turn(words)
    return rehearsal


SAYS = {
    "open_question": [
        "What do you look for in a task?",
        "What happened in Tuesday's lesson?",
        "What do they remember by July?",
    ],
    "closed_question": ["Did you get the slides afterwards?"],
    "leading_question": ["Don't you think the children deserve more?"],
    "accusing_question": ["Why haven't you changed your planning?"],
    "observation": ["I looked at six books and saw last July's map task."],
    "own_view": ["I'm worried that rivers won't last, because nothing brings it back.", "I feel uneasy about this."],
    "judgement": ["You never take feedback."],
    "directive": ["I need you to redo the unit.", "Do it by Friday, otherwise this becomes formal."],
    "suggestion": ["You could start each lesson with a quiz."],
    "paraphrase": ["So every child finishing is what you look for.", "So you just want them quiet."],
    "acknowledgement": ["I totally understand.", "I can hear this matters to you."],
    "appreciation": ["Your results have been strong for years."],
    "common_ground": ["We both want them to explain rivers in July."],
    "test_idea": ["What would show us whether they remember it?"],
    "own_fallibility": ["What did my training get wrong for your class?", "I should have asked you first."],
    "next_step": ["Shall we look at it together on the 14th?", "What would you try first?"],
    "softening": ["It's probably nothing."],
    "framing": ["This isn't part of appraisal."],
    "social": ["Morning Alex."],
    "off_task": ["Purple gravy staples."],
}
KINDS = {
    "skilled": [
        "open_question",
        "open_question",
        "paraphrase",
        "own_view",
        "own_fallibility",
        "test_idea",
        "next_step",
    ],
    "hard sell": ["directive", "judgement", "accusing_question", "own_view", "observation"],
    "soft sell": ["appreciation", "softening", "suggestion", "social", "acknowledgement"],
    "leading": ["leading_question", "closed_question", "suggestion"],
    "anything": list(MOVES),
}


def walk(house: House, coach: Coach, kind: str, seed: int, turns: int = 10) -> Coded:
    dice, rehearsal = Random(f"{kind}{seed}"), talk(house, coach, seed=seed)
    for _ in range(turns):
        moves = dice.choices(KINDS[kind], k=dice.choice([1, 2, 2]))
        codes = [f"{move}/{dice.choice(FOCUSES[:5])}" if move in FOCUSED else move for move in moves]
        parts = [f"{code}: {dice.choice(SAYS[move])}" for code, move in zip(codes, moves, strict=True)]
        rehearsal.take_turn(" | ".join(parts))
    return rehearsal


@pytest.fixture(scope="module")
def walks(house: House, coach: Coach) -> list[Coded]:
    return [walk(house, coach, kind, seed) for kind in KINDS for seed in range(3)]


def debriefed(coach: Coach, memory: Memory, seed: int = 0, **notes: str) -> Debrief:
    return coach.debrief(memory, notes=notes, self_rating={}, seed=seed)


def levels(coach: Coach, memory: Memory) -> dict[str, int | None]:
    return {one.id: one.score for one in debriefed(coach, memory).behaviours}


# Quoting


def test_every_level_stands_on_the_leaders_own_words_of_that_turn(coach: Coach, walks: list[Coded]) -> None:
    for rehearsal in walks:
        said = {turn.number: turn.words for turn in rehearsal.turns}
        found = debriefed(coach, rehearsal.memory)
        assert [one.id for one in found.behaviours] == list(BEHAVIOURS)
        for one in found.behaviours:
            if one.score is None:
                assert (one.quote, one.turn, one.level) == ("", None, "")
                assert one.status in {"not shown", "no opportunity"} and one.note
            else:
                assert 0 <= one.score <= 4 and one.status == "shown"
                assert one.turn and one.quote and one.quote in said[one.turn]
        if found.strength:
            assert found.strength.quote in said[found.strength.turn]
        for moment in found.moments:
            assert moment.words == said[moment.turn]


def test_what_the_coach_notices_is_quoted_as_it_was_said(walks: list[Coded]) -> None:
    for rehearsal in walks:
        for turn, notes in zip(rehearsal.turns, rehearsal.notes, strict=True):
            assert notes.observation is not None
            assert notes.observation.quote and notes.observation.quote in turn.words
            assert notes.observation.effect
            assert len(notes.observation.chips) <= 2
            for quote in re.findall(r"“([^”]*)”", notes.tip.says if notes.tip else ""):
                his = any(quote in line for line in rehearsal.memory.lines)
                assert his or quote.removesuffix(" …") in turn.words


def test_curly_quotes_and_double_spaces_are_quoted_as_they_were_typed(house: House, coach: Coach) -> None:
    words = "I’m  worried they won’t remember it.\nWhat do you look for?"
    rehearsal = Rehearsal(house, house.scenario("alex-geography"), 0, coach=coach)
    rehearsal.take_turn(words)
    for one in debriefed(coach, rehearsal.memory).behaviours:
        assert one.quote in " ".join(words.split())
    assert rehearsal.notes[0].observation and "'" not in rehearsal.notes[0].observation.quote


def test_silence_is_noticed_without_a_quotation(house: House, coach: Coach) -> None:
    _, notes = talk(house, coach).say("")
    assert notes.observation is not None
    assert (notes.observation.quote, notes.observation.chips) == ("", ())
    assert notes.observation.effect


def test_no_slot_is_left_unfilled_and_nothing_is_longer_than_thirty_words(coach: Coach, walks: list[Coded]) -> None:
    for rehearsal in walks:
        texts = [notes.tip.says for notes in rehearsal.notes if notes.tip]
        texts += [notes.observation.effect for notes in rehearsal.notes if notes.observation]
        found = debriefed(coach, rehearsal.memory)
        texts += [text for moment in found.moments for text in (moment.what, *moment.alternatives)]
        texts += [*rehearsal_asks(coach, rehearsal), found.question, *([found.strength.text] if found.strength else [])]
        assert not [text for text in texts if "{" in text or "}" in text or not text.strip()]
        assert not [text for text in texts if len(re.sub(r"“[^”]*”", "“q”", text).split()) > 30]


def rehearsal_asks(coach: Coach, rehearsal: Coded) -> Sequence[str]:
    return coach.guide(rehearsal.memory, rehearsal.seed).ask


# The same words, the same levels


def test_the_same_transcript_has_the_same_levels_whatever_the_seed(coach: Coach, walks: list[Coded]) -> None:
    for rehearsal in walks:
        first, again = debriefed(coach, rehearsal.memory), debriefed(coach, rehearsal.memory)
        assert first == again
        assert debriefed(coach, rehearsal.memory, seed=99).behaviours == first.behaviours


def test_calling_the_colleague_something_else_changes_no_level(house: House, coach: Coach, alex: Scenario) -> None:
    person = alex.colleague.model_copy(update={"name": "Sam", "they": "they", "them": "them", "their": "their"})
    plot = alex.plot.model_copy(update={"colleague": person})
    sam = Scenario(plot, alex.lines, alex.example, alex.fingerprint)
    for kind in KINDS:
        rehearsal = walk(house, coach, kind, 1)
        again = Memory(sam, rehearsal.opening, rehearsal.turns)
        assert levels(coach, again) == levels(coach, rehearsal.memory)
        found, guided = debriefed(coach, again), coach.guide(again, 0)
        ours = [one.name + one.note for one in found.behaviours] + [found.summary, found.question, found.words]
        ours += [moment.what for moment in found.moments] + [guided.says, guided.why, *guided.ask]
        assert not [text for text in ours if re.search(r"\b(Alex|he|him|his|He|Him|His)\b", text)]


def with_added(house: House, memory: Memory, words: str) -> Memory:
    """Return the conversation as it was answered, with a sentence added to every turn."""
    added = Memory(memory.scenario, memory.opening, ())
    for turn in memory.played:
        forms = () if added.something_to_acknowledge and added.acknowledgements < 2 else ("empty",)
        acts = (*turn.acts, Act(Segment(words, "acknowledgement", None, 0.9), forms))
        state = advance(added.state, acts, turn.turn_forms, house.codebook)
        more = replace(turn, words=f"{turn.words} {words}", acts=acts, state=state)
        added = Memory(memory.scenario, memory.opening, (*added.turns, more))
    return added


def test_adding_i_totally_understand_raises_no_level(house: House, coach: Coach, walks: list[Coded]) -> None:
    for rehearsal in walks:
        plain = levels(coach, rehearsal.memory)
        sweetened = levels(coach, with_added(house, rehearsal.memory, "I totally understand."))
        raised = {name for name, level in sweetened.items() if (level or 0) > (plain[name] or 0)}
        assert raised - {"checks_understanding"} == set()
        if "checks_understanding" in raised:  # from nothing to "undermined": said, and not shown
            assert (plain["checks_understanding"], sweetened["checks_understanding"]) in {(None, 1), (0, 1)}


def made(alex: Scenario, turns: Sequence[Sequence[Act]], *, told: str = "") -> Memory:
    """Return a conversation in which nothing changes but what the leader does."""
    facts = (Told(told, elicited=True),) if told else ()
    rows = [
        Turn(
            number,
            " ".join(act.segment.text for act in acts),
            tuple(acts),
            (),
            alex.start,
            (0, 1, 2),
            0,
            f"Hm. {number}",
            "answer",
            "low",
            told=facts if number == 1 else (),
        )
        for number, acts in enumerate(turns, start=1)
    ]
    return Memory(alex, "Hello.", tuple(rows))


def act(move: str, text: str, *forms: str, focus: str | None = None, confidence: float = 0.9) -> Act:
    return Act(Segment(text, move, focus, confidence), forms)


def test_the_order_of_the_steps_is_not_scored(coach: Coach, alex: Scenario) -> None:
    steps = [
        [act("observation", "I looked at six books on Tuesday last."), act("own_view", "I'm worried.", "with_grounds")],
        [act("open_question", "What do you look for?", focus="belief")],
        [act("own_fallibility", "What did I get wrong?", "invites_criticism"), act("test_idea", "What would show us?")],
    ]
    found = [levels(coach, made(alex, order)) for order in itertools.permutations(steps)]
    assert all(one == found[0] for one in found)
    assert found[0]["owns_concern"] == 3
    reverse = [list(reversed(turn)) for turn in steps]
    assert levels(coach, made(alex, reverse)) == found[0]


def test_a_sentence_the_reader_is_not_sure_of_is_evidence_for_nothing(coach: Coach, alex: Scenario) -> None:
    unsure = made(alex, [[act("directive", "Do it.", confidence=0.2), act("own_view", "I worry.", confidence=0.2)]] * 3)
    assert levels(coach, unsure)["owns_concern"] is None
    assert levels(coach, unsure)["joint_dated_step"] is None


def unsure(move: str, second: str, text: str) -> Act:
    return Act(Segment(text, move, None, 0.55, False, second))


def test_where_the_reader_is_not_sure_the_coach_asks_and_does_not_tell(coach: Coach, alex: Scenario) -> None:
    talk = made(alex, [[unsure("judgement", "own_view", "It never comes back in July.")]])
    notes = coach.notice(talk.turns[-1], Memory(alex, "Hello.", ()), [], 5)
    assert notes.observation is not None
    assert notes.observation.chips == ()
    assert "“It never comes back in July.”" in notes.observation.asks
    assert {"a verdict", "your own view"} <= {
        kind for kind in coach.kinds(alex.colleague).values() if kind in notes.observation.asks
    }
    assert notes.tip is None or notes.tip.when != "judged_now"


def test_where_the_reader_is_sure_the_coach_asks_nothing(coach: Coach, alex: Scenario) -> None:
    talk = made(alex, [[act("judgement", "You never bring it back.")]])
    notes = coach.notice(talk.turns[-1], Memory(alex, "Hello.", ()), [], 5)
    assert notes.observation is not None
    assert notes.observation.asks == ""
    assert [chip.says for chip in notes.observation.chips] == ["Gave a verdict"]


@pytest.mark.parametrize(
    ("turns", "behaviour", "level"),
    [
        ([[act("directive", "Do it by Friday.", "ultimatum")]], "joint_dated_step", 0),
        ([[act("directive", "Do it by Friday.", "ultimatum")]], "owns_concern", 0),
        ([[act("accusing_question", "Why haven't you?")]], "inquires_beliefs", 0),
        ([[act("own_view", "I'm worried."), act("softening", "It's nothing.")]], "owns_concern", 1),
        ([[act("own_view", "I'm worried.")]], "owns_concern", 3),
        (
            [
                [act("social", "Hi.")],
                [act("social", "So.")],
                [act("social", "Well.")],
                [act("own_view", "I'm worried.")],
            ],
            "owns_concern",
            2,
        ),
        ([[act("open_question", "What did you do?", focus="action")]], "inquires_beliefs", 2),
        ([[act("open_question", "What matters to you?", focus="belief")]], "inquires_beliefs", 3),
        (
            [[act("open_question", "What?", focus="belief"), act("open_question", "Why?", focus="cause")]],
            "one_question",
            1,
        ),
        ([[act("suggestion", "Try a quiz.", "before_cause")]], "causes_first", 1),
        ([[act("paraphrase", "So you want them quiet.", "distorted")]], "checks_understanding", 1),
        ([[act("acknowledgement", "I totally understand.", "empty")]], "checks_understanding", 1),
        ([[act("own_fallibility", "I was wrong.", "owns_error")]], "open_to_error", 2),
        ([[act("own_fallibility", "What did I miss?", "invites_criticism")]], "open_to_error", 3),
        ([[act("next_step", "Shall we try it?", "before_cause")]], "joint_dated_step", 1),
    ],
)
def test_a_behaviour_has_the_level_its_rubric_describes(
    coach: Coach, alex: Scenario, turns: list[list[Act]], behaviour: str, level: int
) -> None:
    assert levels(coach, made(alex, turns))[behaviour] == level


def test_a_question_that_brought_something_out_stands_higher_than_the_same_question_that_did_not(
    coach: Coach, alex: Scenario
) -> None:
    asked = [[act("open_question", "What matters to you?", focus="belief")]]
    assert levels(coach, made(alex, asked))["inquires_beliefs"] == 3
    assert levels(coach, made(alex, asked, told="finished_is_learning"))["inquires_beliefs"] == 4


def test_a_short_talk_gives_no_opportunity_and_a_long_one_says_not_shown(coach: Coach, alex: Scenario) -> None:
    def status(turns: int) -> str:
        memory = made(alex, [[act("social", "Lovely weather.")]] * turns)
        return next(one.status for one in debriefed(coach, memory).behaviours if one.id == "joint_dated_step")

    assert status(2) == "no opportunity"
    assert status(8) == "not shown"


# Tips


@pytest.mark.parametrize(
    "words",
    [
        "accusing_question: Why haven't you changed your planning?",
        "judgement: You never take feedback.",
        "directive: I need you to redo the unit.",
        "leading_question: Don't you think they deserve more?",
        "softening: It's probably nothing.",
        "suggestion: You could start with a quiz.",
        "social: Lovely weather.",
        "open_question/action: What did you do on Tuesday?",
    ],
)
def test_the_same_tip_is_never_given_twice_running(house: House, coach: Coach, words: str) -> None:
    for seed in range(3):
        rehearsal = talk(house, coach, *[words] * 16, seed=seed)
        tips = [notes.tip.says if notes.tip else "" for notes in rehearsal.notes]
        assert not [first for first, second in itertools.pairwise(tips) if first and first == second]


DONE: dict[str, set[str]] = {
    "test_idea": {"evidence_not_asked"},
    "own_fallibility": {"own_part_not_asked"},
    "own_view": {"no_concern_yet", "concern_only_hinted", "inquiry_only"},
    "observation": {"concern_without_grounds", "inquiry_only"},
    "common_ground": {"both_views_not_set"},
}
DONE_AS = {
    "confirmed": {"belief_not_given_back", "distorted_now", "empty_understanding_now"},
    "evidence": {"evidence_not_asked"},
    "dated": {"step_undated"},
    "meets_condition": {"condition_not_granted"},
    "with_grounds": {"concern_without_grounds"},
}


def test_no_tip_advises_what_the_leader_has_just_done(walks: list[Coded]) -> None:
    given = 0
    for rehearsal in walks:
        for turn, notes in zip(rehearsal.turns, rehearsal.notes, strict=True):
            if notes.tip is None:
                continue
            given += 1
            done = {when for one in turn.acts for when in DONE.get(one.segment.move, set())}
            done |= {when for one in turn.acts for form in one.forms for when in DONE_AS.get(form, set())}
            told_since = {"belief_not_given_back"} if turn.told else set()
            assert notes.tip.when not in done - told_since, (turn.words, notes.tip.says)
    assert given > 30


def test_after_asking_for_evidence_nobody_is_told_to_ask_for_evidence(house: House, coach: Coach) -> None:
    for seed in range(4):
        rehearsal = talk(
            house,
            coach,
            "observation: I looked at six books. | own_view: I'm worried, because nothing brings it back.",
            "open_question/belief: What do you look for in a task?",
            "paraphrase: So every child finishing is what you look for.",
            "own_fallibility: What did my training get wrong for your class?",
            "test_idea: What would show us whether they remember it?",
            seed=seed,
        )
        tip = rehearsal.notes[-1].tip
        assert tip is None or tip.behaviour != 7, tip.says


def test_a_tip_goes_with_what_just_happened(house: House, coach: Coach) -> None:
    for words, when in [
        ("accusing_question: Why haven't you changed it?", "accused_now"),
        ("directive: Do it by Friday, otherwise this becomes formal.", "ultimatum_now"),
        ("leading_question: Don't you think they deserve more?", "led_now"),
        ("softening: It's probably nothing.", "softened_now"),
        ("own_view: It must be nice to have the time.", "jibed_now"),
        ("own_view: The governors want to see a change.", "borrowed_now"),
        ("observation: I've been told to get this sorted.", "borrowed_now"),
        ("own_view: It's settled science.", "certain_now"),
        ("own_view: I did explain that at the time.", "defended_now"),
        ("suggestion: You could start with a quiz.", "solution_early_now"),
        ("open_question/belief: What matters? | open_question/action: What did you do?", "stacked_now"),
    ]:
        _, notes = talk(house, coach).say(words)
        assert notes.tip is not None and notes.tip.when == when, words


@pytest.mark.parametrize(
    "says",
    [
        "own_view: I'm worried that nothing brings it back.",
        "observation: Two parents rang me in the first week of February.",
        "own_fallibility: What should I have asked you before I bought it?",
        "own_view: I've told the trust that I'd talk to you first.",
        "own_view: Then you'll do without the write-up this half-term, that's settled.",
        "own_view: I want a class that's settled.",
    ],
)
def test_a_worry_of_the_leaders_own_is_nobody_elses(house: House, says: str) -> None:
    acts = talk(house, Coach(house.prompts, house.codebook)).say(says)[0].acts
    assert not {"borrowed", "jibe", "certain", "defends"} & {form for act in acts for form in act.forms}


def test_a_good_opening_gets_no_correction(house: House, coach: Coach) -> None:
    _, notes = talk(house, coach).say(
        "observation: I looked at six books and saw last year's sheets. | own_view: I'm worried it won't last. "
        "| open_question/belief: What do you look for in a task?"
    )
    assert notes.observation and not any(chip.watch for chip in notes.observation.chips)
    assert notes.tip is None or notes.tip.when in {"not_picked_up", "belief_not_given_back"}


class OneBook:
    """A library with one passage, which remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def cite(self, query: str) -> Cited | None:
        self.asked.append(query)
        return Cited("p1", "Open-to-learning conversations", "Asking")


def test_a_tip_cites_the_passage_it_rests_on(house: House) -> None:
    shelf = OneBook()
    _, notes = talk(house, Coach(house.prompts, house.codebook, shelf)).say(
        "accusing_question: Why haven't you changed it?"
    )
    assert isinstance(notes.tip, Tip)
    assert (notes.tip.passage_id, notes.tip.title, notes.tip.section) == (
        "p1",
        "Open-to-learning conversations",
        "Asking",
    )
    assert len(shelf.asked) == 1


def test_once_a_step_is_agreed_the_coach_is_quiet(coach: Coach, alex: Scenario) -> None:
    memory = made(alex, [[act("next_step", "On the 14th, then.", "dated")]])
    agreed = replace(memory.turns[0], step="agreed")
    notes = coach.notice(agreed, Memory(alex, "Hello.", ()), [], 0)
    assert notes.tip is None
    assert notes.observation is not None


def test_nothing_still_hidden_is_in_what_the_coach_says_meanwhile(coach: Coach, walks: list[Coded]) -> None:
    for rehearsal in walks:
        for number, notes in enumerate(rehearsal.notes, start=1):
            memory = Memory(rehearsal.scenario, rehearsal.opening, rehearsal.turns[:number])
            guided = coach.guide(memory, rehearsal.seed)
            texts = [notes.tip.says if notes.tip else "", notes.observation.effect if notes.observation else ""]
            texts += [guided.says, guided.why, *guided.ask]
            hidden = [fact for name, fact in rehearsal.scenario.facts.items() if name not in memory.told]
            assert not [
                fact.id for fact in hidden for text in texts if f"“{fact.words}”" in text or fact.known_as in text
            ]


def test_an_answer_is_called_playing_down_only_where_that_is_what_he_told(coach: Coach, alex: Scenario) -> None:
    (smaller,) = [fact.id for fact in alex.facts.values() if fact.layer == 0][:1]
    start = Memory(alex, "Hello.", ())
    for told, effect in ((), "answered"), ((Told(smaller, elicited=True),), "played_down"):
        memory = made(alex, [[act("open_question", "How does it look to you?", focus="belief")]])
        answered = replace(memory.turns[0], situation="answer", manner="middle", told=told)
        assert effect_of_turn(answered, start) == effect
        after = Memory(alex, "Hello.", (answered,))
        assert ("smaller" in coach.guide(after, 0).says) is (effect == "played_down")


# The guide


def test_a_wording_is_read_once_however_it_is_filled_in() -> None:
    read: list[str] = []

    def reads(says: str) -> frozenset[str]:
        read.append(says)
        return frozenset({"accusing_question" if says.startswith("Why") else "open_question"})

    back = ReadBack(reads)
    assert back.first_filled({"Why {x}?": "Why one?", "What {x}?": "What one?"}, 2) == ("What one?",)
    assert back.first_filled({"Why {x}?": "Why two?", "What {x}?": "What two?"}, 2) == ("What two?",)
    assert read == ["Why one?", "What one?"]


def test_what_was_read_beforehand_is_not_read_in_a_turn(house: House, alex: Scenario) -> None:
    read: list[str] = []

    def reads(says: str) -> frozenset[str]:
        read.append(says)
        return frozenset({"open_question"})

    shelf = OneBook()
    warmed = Coach(house.prompts, house.codebook, shelf, reads=reads)
    start = Memory(alex, "Hello.", ())
    warmed.warm(start)
    before = list(read)
    assert len(warmed.guide(start, 3).ask) == 3
    assert read == before
    assert shelf.asked


def test_the_guide_starts_with_nothing_said_and_three_ways_to_begin(coach: Coach, alex: Scenario) -> None:
    guided = coach.guide(Memory(alex, "Hello.", ()), 0)
    assert guided.door == "ajar"
    assert [stage.mark for stage in guided.stages] == ["none"] * 4
    assert len(set(guided.ask)) == 3


def test_the_four_things_can_come_in_any_order(house: House, coach: Coach) -> None:
    concern = "own_view: I'm worried that rivers won't last."
    test = "test_idea: What would show us whether they remember? | own_fallibility: What did my training get wrong?"
    for said in ([concern, test], [test, concern]):
        stages = {one.id: one.mark for one in coach.guide(talk(house, coach, *said).memory, 0).stages}
        assert stages["problem"] == "done"
        assert stages["both_theories"] == "done"
        assert stages["next_step"] == "none"


def test_the_door_shuts_on_a_threat_and_says_why(house: House, coach: Coach) -> None:
    shut = coach.guide(talk(house, coach, "directive: Do it by Friday, otherwise this becomes formal.").memory, 0)
    assert (shut.door, shut.label) == ("shut", "The door is shut.")
    assert "threat" in shut.says


def test_what_could_be_asked_is_never_what_was_just_asked(house: House, coach: Coach) -> None:
    rehearsal = talk(house, coach)
    for _ in range(4):
        ask = coach.guide(rehearsal.memory, 0).ask[0]
        rehearsal.take_turn(f"framing: {ask}")
        words = {turn.words.removeprefix("framing: ").lower() for turn in rehearsal.turns}
        plain = Memory(
            rehearsal.scenario,
            "Hello.",
            tuple(replace(t, words=t.words.removeprefix("framing: ")) for t in rehearsal.turns),
        )
        assert not words & {one.lower() for one in coach.guide(plain, 0).ask}


# Help me word it

DRAFTS = [
    "accusing_question: Why haven't you changed your planning?",
    "judgement: Your planning is not good enough.",
    "directive: I need you to redo the unit.",
    "directive: Do it by Friday, otherwise this becomes formal.",
    "leading_question: Don't you think the children deserve more?",
    "leading_question: So you'll have a go, then?",
    "suggestion: You could start each lesson with a quiz.",
    "softening: It's only a small thing.",
    "acknowledgement: I totally understand.",
    "appreciation: You're one of our best.",
    "own_view: I'm worried about your planning.",
    "observation: I looked at six books.",
    "next_step: Shall we try it?",
    "closed_question: Did you read the slides?",
    "open_question/belief: What matters? | open_question/action: What did you do with the slides?",
    "open_question/belief: What do you look for in a task?",
    "off_task: Purple gravy.",
    "",
]


@pytest.mark.parametrize("draft", DRAFTS)
def test_a_draft_gets_one_to_three_other_ways_and_a_reason(house: House, coach: Coach, draft: str) -> None:
    for said in ((), ("open_question/belief: What do you look for in a task?",)):
        rehearsal = talk(house, coach, *said)
        plain = " ".join(segment.text for segment in coded(draft))
        worded = coach.word_it(plain, rehearsal.hear(draft), rehearsal.memory)
        assert 1 <= len(worded.says) <= 3
        assert len(set(worded.says)) == len(worded.says)
        assert plain not in worded.says
        assert worded.why and worded.reads_as
        assert not [text for text in (*worded.says, worded.why) if "{" in text]


def test_a_stacked_draft_becomes_one_question(house: House, coach: Coach) -> None:
    rehearsal = talk(house, coach)
    draft = (
        "open_question/belief: What matters? | open_question/action: What did you do? | closed_question: Was it easy?"
    )
    worded = coach.word_it("What matters? What did you do? Was it easy?", rehearsal.hear(draft), rehearsal.memory)
    assert all(text.count("?") <= 1 for text in worded.says)


@pytest.mark.parametrize(
    ("draft", "matter"),
    [
        ("Why haven't you changed your planning?", "your planning"),
        ("I need you to redo the unit by Friday.", "the unit"),
        ("Have you looked at the slides yet?", "the slides"),
        ("Don't you care?", ""),
        ("", ""),
        ("🙂", ""),
        ("What are you complaining about other's ideas for?", ""),
    ],
)
def test_what_a_draft_is_about_is_taken_from_it(draft: str, matter: str) -> None:
    assert matter_of(draft) == matter


@pytest.mark.parametrize(
    ("draft", "matter"),
    [
        ("Your pay review falls in three weeks, and I can't sign off somebody who ignores me.", "your pay review"),
        ("So when the inspector pulls a child out, will you explain that or shall I?", "the inspector"),
        ("You changed the seating plan without telling a soul. What on earth were you thinking?", "the seating plan"),
        ("i gave you the cover to plan this and it wasnt used", "the cover"),
        ("People are frightened to knock, and I think you like it that way.", ""),
        ("You're trying to wind me up.", ""),
        ("In my book it's you that caused it, Alex.", ""),
        ("Nobody trusts what you say.", ""),
    ],
)
def test_a_verb_is_not_taken_for_what_a_draft_is_about(alex: Scenario, draft: str, matter: str) -> None:
    assert matter_of(draft, alex) == matter


def wordings(house: House, kind: str) -> list[str]:
    words = load_coach_words(house.prompts)
    slots = person_slots(house.scenario("alex-geography").colleague)
    slots |= {"matter": "your planning", "his_words": "“they finish, and they get it right”", "about": "finishing"}
    return fillable(words.wordings[kind].says, slots)


@pytest.mark.parametrize(
    "kind", ["accusing_question", "judgement", "directive", "ultimatum", "leading_question", "suggestion"]
)
def test_no_curious_version_is_itself_heard_as_a_blow(house: House, kind: str) -> None:
    blows = {}
    for version in wordings(house, kind):
        read = house.reader.read(version, "It does the job. They all finish.")
        if found := {one.move for one in read.segments} & SHUTS:
            blows[version] = found
    assert blows == {}


# The debrief


def test_an_empty_conversation_has_a_debrief_that_claims_nothing(coach: Coach, alex: Scenario) -> None:
    found = debriefed(coach, Memory(alex, "Hello.", ()))
    assert [one.score for one in found.behaviours] == [None] * 10
    assert {one.status for one in found.behaviours} == {"no opportunity"}
    assert (found.strength, found.moments, found.ending) == (None, (), "unfinished")
    assert found.talk.leader_words == found.talk.his_words == found.talk.questions == 0
    assert found.question and found.six_weeks and found.headline
    assert found.series == (alex.start,)


def test_a_conversation_of_silences_has_a_debrief_too(house: House, coach: Coach) -> None:
    found = debriefed(coach, talk(house, coach, "", "", "", "", "", "").memory)
    assert [one.score for one in found.behaviours] == [None] * 10
    assert found.strength is None
    assert not [moment for moment in found.moments if moment.words]


def test_at_most_two_moments_each_with_another_way_that_is_not_what_was_said(coach: Coach, walks: list[Coded]) -> None:
    for rehearsal in walks:
        found = debriefed(coach, rehearsal.memory)
        assert len(found.moments) <= 2
        assert len({moment.turn for moment in found.moments}) == len(found.moments)
        assert [moment.turn for moment in found.moments] == sorted(moment.turn for moment in found.moments)
        for moment in found.moments:
            assert 1 <= len(moment.alternatives) <= 2
            assert moment.line == rehearsal.turns[moment.turn - 1].line
            assert not set(moment.alternatives) & {turn.words for turn in rehearsal.turns}


def test_the_moment_to_try_again_is_the_one_that_closed_the_door(house: House, coach: Coach) -> None:
    rehearsal = talk(
        house,
        coach,
        "own_view: I'm worried that rivers won't last.",
        "open_question/belief: What do you look for in a task?",
        "directive: Do it by Friday, otherwise this becomes formal.",
        "open_question/action: What did you do with the slides?",
    )
    found = debriefed(coach, rehearsal.memory)
    assert 3 in [moment.turn for moment in found.moments]
    assert found.moments[-1].thought or found.moments[0].thought


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("Hm. Depends what you'd count as thinking.", "Depends what you'd count as thinking"),
        ("Ask away. I’ve a reason for that sheet, it settles them.", "I've a reason for that sheet, it settles them"),
        ("That's your answer. I've not given mine.", "I've not given mine"),
        ("Rivers. The sheet.", ""),
        ("I've a meeting at four.", ""),
    ],
)
def test_what_is_half_said_is_heard(line: str, hint: str) -> None:
    assert hint_in(line) == hint


def test_an_opening_that_was_gone_past_is_a_moment_and_one_that_was_taken_is_none(house: House, coach: Coach) -> None:
    for said, gone_past in (
        ("suggestion: The children could use the maths app.", True),
        ("open_question/belief: What's that?", False),
        ("paraphrase: So there's a reason that nobody asks for.", False),
        ("open_question/belief: What is the reason?", False),
    ):
        rehearsal = talk(house, coach, "open_question/action: What did you do on Tuesday?")
        half_said = replace(rehearsal.turns[-1], line="I've a reason for that sheet. Few want to hear it.", told=())
        rehearsal.turns = (half_said,)
        turn, _ = rehearsal.say(said)
        assert ("past_hint" in turn.turn_forms) == gone_past, said
        moments = [one for one in debriefed(coach, rehearsal.memory).moments if one.when == "past_hint_now"]
        assert len(moments) == gone_past
        assert all("I've a reason for that sheet" in " ".join((one.what, *one.alternatives)) for one in moments)


def test_a_slip_that_the_next_turn_owns_is_no_moment(house: House, coach: Coach) -> None:
    slip = "accusing_question: Why haven't you changed a thing in six weeks?"
    left = talk(house, coach, slip, "open_question/action: What did you do on Tuesday?")
    owned = talk(house, coach, slip, "own_fallibility: I'm sorry, I went at you there.")
    assert 1 in [one.turn for one in debriefed(coach, left.memory).moments]
    assert 1 not in [one.turn for one in debriefed(coach, owned.memory).moments]


def test_where_nothing_was_closed_and_nothing_agreed_what_was_left_open_is_a_moment(house: House, coach: Coach) -> None:
    rehearsal = talk(
        house,
        coach,
        "own_view: I'm worried that rivers won't last.",
        "open_question/belief: What do you look for in a task?",
        "paraphrase: So you want them to finish it and get it right?",
        "open_question/belief: What makes that matter to you?",
    )
    found = debriefed(coach, rehearsal.memory)
    assert rehearsal.memory.step != "agreed"
    assert found.moments
    assert all(rehearsal.turns[moment.turn - 1].words == moment.words for moment in found.moments)


def test_the_strength_is_one_that_was_shown(coach: Coach, walks: list[Coded]) -> None:
    for rehearsal in walks:
        found = debriefed(coach, rehearsal.memory)
        strong = [one for one in found.behaviours if (one.score or 0) >= 3]
        assert strong or found.strength is None
        if found.strength:
            assert len(found.strength.quote.split()) >= 4
            assert any((one.quote, one.turn) == (found.strength.quote, found.strength.turn) for one in strong)


def test_hard_sell_has_no_strength_in_asking_and_skill_has_more_shown(house: House, coach: Coach) -> None:
    def total(kind: str) -> float:
        found = [levels(coach, walk(house, coach, kind, seed).memory) for seed in range(3)]
        return sum(level or 0 for one in found for level in one.values()) / 3

    assert total("skilled") > total("leading")
    assert total("skilled") > total("soft sell") + 8
    assert total("skilled") > total("hard sell") + 5


def test_what_was_left_unsaid_comes_back_as_the_question(house: House, coach: Coach) -> None:
    memory = talk(house, coach, "social: Morning.").memory
    assert "“I think he is coasting”" in debriefed(coach, memory, unsaid="I think he is coasting").question
    assert "“" not in debriefed(coach, memory, unsaid="   ").question


def test_his_rating_stands_beside_the_leaders_own(house: House, coach: Coach) -> None:
    memory = talk(house, coach, "social: Morning.").memory
    found = coach.debrief(memory, notes={}, self_rating={"listened": 4}, seed=0)
    assert {pair.id: pair.mine for pair in found.ratings}["listened"] == 4
    assert [pair.mine for pair in found.ratings].count(None) == 3
    assert all(0 <= pair.his <= 4 for pair in found.ratings)


def test_only_afterwards_does_the_map_show_what_was_kept_back(house: House, coach: Coach, alex: Scenario) -> None:
    found = debriefed(coach, talk(house, coach, "open_question/belief: What do you look for in a task?").memory)
    items = (*found.his.beliefs, *found.his.actions, *found.his.consequences)
    assert len(items) == len(alex.facts)
    assert {item.how for item in items if item.hidden} == {"never came out"}


def test_the_leaders_own_notes_take_the_place_of_the_brief(house: House, coach: Coach) -> None:
    memory = talk(house, coach, "own_view: I'm worried the rivers lessons disappear by summer.").memory
    found = debriefed(coach, memory, beliefs="Rivers lessons disappear by summer\nTraining was enough")
    assert [(item.text, item.how) for item in found.mine.beliefs] == [
        ("Rivers lessons disappear by summer", "in your notes, and said"),
        ("Training was enough", "in your notes, not said"),
    ]
    assert {item.how for item in found.mine.actions} == {"from your brief"}


def test_turns_out_of_role_are_no_part_of_the_debrief(house: House, coach: Coach, alex: Scenario) -> None:
    rehearsal = Rehearsal(house, alex, 0, coach=coach)
    rehearsal.take_turn("Are you real?")
    rehearsal.take_turn("You stupid bastard.")
    found = debriefed(coach, rehearsal.memory)
    assert [one.score for one in found.behaviours] == [None] * 10
    assert found.talk.leader_words == 0
    assert found.moments == ()
    assert rehearsal.notes == [Notes()]
