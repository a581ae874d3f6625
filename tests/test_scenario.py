"""The scenario as its author wrote it: what holds for the one we ship, and what a coach is told about a mistake."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.checking import check_everything
from bot.colleague.endings import ending_of, ratings_by_colleague
from bot.colleague.levels import at_level, level_named, load_levels
from bot.colleague.loading import load_scenario, scenario_names
from bot.colleague.memory import Memory
from bot.colleague.scenario import Scenario, every_line
from bot.colleague.state import Act, State
from bot.colleague.turn import Told, Turn
from bot.errors import AlexError, CodebookError, ContentError, RubricError, ScenarioError, UsageError
from bot.listen.codebook import load_codebook
from bot.listen.reading import Segment
from bot.session import House
from bot.settings import PACKAGE, Settings

ALEX = "scenarios/alex-geography"
PROMPTS = PACKAGE.parent / "prompts"
WARM = State(safety=80, defensiveness=15, understood=60, insight=50, ownership=50, openness=45, facade=10)
COLD = State(safety=20, defensiveness=85, understood=5, insight=5, ownership=5, openness=0, facade=80)


@pytest.fixture(scope="module")
def alex(house: House) -> Scenario:
    return house.scenario("alex-geography")


# The one we ship


def test_alex_has_more_lines_than_a_long_talk_uses_up(alex: Scenario) -> None:
    assert alex.lines.count() >= 300
    assert len(alex.lines.topics) >= 30


def test_every_fact_can_be_told_in_more_than_one_way_when_he_is_at_ease(alex: Scenario) -> None:
    for name in alex.facts:
        lines = [line for line in every_line(alex.lines) if line.fact == name and "low" in line.manner]
        assert len(lines) >= 2, name


def test_what_costs_him_is_never_told_from_behind_a_closed_door(alex: Scenario) -> None:
    costly = {name for name, fact in alex.facts.items() if fact.layer >= 3}
    assert not [
        line.say for line in every_line(alex.lines) if {line.fact, *line.needs} & costly and "high" in line.manner
    ]


@pytest.mark.parametrize(
    ("layer", "betrays"),
    [
        (3, r"\bpens\b|three colours|went round|sundays?\b|half past four"),
        (4, r"\bfilm\b|twenty children|two adults"),
        (5, r"photograph|\bphoto\b|why (a )?rivers? bend"),
        (6, r"draw the bend|if the write-up goes|blank paper"),
    ],
)
def test_no_line_without_the_fact_gives_it_away(alex: Scenario, layer: int, betrays: str) -> None:
    def deepest(names: list[str]) -> int:
        return max((alex.facts[name].layer for name in names), default=0)

    lines = [one for one in every_line(alex.lines) if re.search(betrays, one.say, re.IGNORECASE)]
    assert lines
    assert [one.say for one in lines if deepest([*one.needs, *([one.fact] if one.fact else [])]) < layer] == []


def test_he_keeps_to_the_length_and_the_words_of_the_voice_guide(alex: Scenario) -> None:
    lines = alex.lines
    said = [one.say for one in every_line(lines)]
    assert [one for one in said if len(one.split()) > 18] == []
    assert [one.say for one in lines.reactions if len(one.say.split()) > 4] == []
    assert [one.say for one in lines.questions_back if len(one.say.split()) > 10] == []
    assert [one for one in said if re.match(r"(?i)(because|which|so)\b", one)] == []
    not_his = r"(?i)\b(pupils?|learners?|outcomes?|impact|journey)\b|good question|i hear you"
    assert [one for one in said if re.search(not_his, one)] == []


def test_a_turn_with_no_word_of_the_leaders_has_a_twin_for_every_slot(alex: Scenario) -> None:
    slots = [one for one in alex.lines.by_situation["leader_word"] if "{word}" in one.say]
    plain = [one for one in alex.lines.by_situation["leader_word"] if "{word}" not in one.say]
    assert len(slots) == len(plain) > 0
    assert not [one.say for one in every_line(alex.lines) if "{" in one.say.replace("{word}", "")]


# How it ends


def talk(
    alex: Scenario, state: State, *told: str, moves: tuple[str, ...] = (), step: str = "", turns: int = 6
) -> Memory:
    acts = tuple(Act(Segment("Words.", move, None, 0.9)) for move in moves)
    facts = tuple(Told(name, elicited=True) for name in told)
    turn = Turn(1, "Words.", acts, (), state, (0,), 0, "Hm.", "answer", "low", told=facts, step=step)
    said = (Act(Segment("Words.", "social", None, 0.9)),) if moves else ()
    later = [replace(turn, number=number, acts=said, told=(), line=f"Hm. {number}") for number in range(2, turns + 1)]
    return Memory(alex, "Hello.", (turn, *later))


@pytest.mark.parametrize(
    ("state", "told", "moves", "step", "ending"),
    [
        (WARM, ("finished_is_learning", "trial_guttering"), ("own_view", "next_step"), "agreed", "joint_step"),
        (WARM, ("finished_is_learning", "costs_evenings"), ("own_view",), "", "shared_problem"),
        (replace(WARM, facade=65), (), ("own_view", "suggestion", "suggestion"), "", "facade_yes"),
        (replace(WARM, facade=65), (), ("own_view", "suggestion", "softening"), "", "pleasant"),
        (WARM, (), ("next_step",), "facade", "facade_yes"),
        (replace(COLD, safety=50), (), ("judgement",), "", "stand_off"),
        (COLD, (), ("directive",), "facade", "shutdown"),
        (WARM, (), ("appreciation", "softening"), "", "pleasant"),
        (replace(WARM, understood=20), ("results_fine",), ("own_view",), "", "pleasant"),
        (replace(WARM, understood=20, defensiveness=50), ("results_fine",), ("own_view",) * 3, "", "unfinished"),
        (replace(WARM, understood=20, defensiveness=50), ("results_fine",), ("own_view", "judgement"), "", "stand_off"),
    ],
)
def test_a_conversation_ends_as_it_was_led(
    alex: Scenario, state: State, told: tuple[str, ...], moves: tuple[str, ...], step: str, ending: str
) -> None:
    assert ending_of(talk(alex, state, *told, moves=moves, step=step)).id == ending


@pytest.mark.parametrize("turns", [1, 3])
def test_breaking_off_early_is_unfinished_and_no_verdict(alex: Scenario, turns: int) -> None:
    assert ending_of(talk(alex, alex.start, moves=("own_view",), turns=turns)).id == "unfinished"
    assert ending_of(Memory(alex, "Hello.", ())).id == "unfinished"


def test_saying_nothing_at_all_is_not_a_pleasant_chat(alex: Scenario) -> None:
    assert ending_of(talk(alex, alex.start, turns=8)).id == "unfinished"


def test_each_ending_says_what_became_of_it(alex: Scenario) -> None:
    assert len(alex.endings) == 7
    assert len({ending.six_weeks for ending in alex.endings.values()}) == 7
    assert all(
        len(ending.six_weeks.split()) >= 30 and ending.headline and ending.why for ending in alex.endings.values()
    )


def test_he_rates_the_leader_by_how_it_was_for_him(alex: Scenario) -> None:
    led = ratings_by_colleague(talk(alex, WARM, moves=("own_view",), step="agreed"))
    ordered = ratings_by_colleague(talk(alex, COLD, moves=("directive",), step="facade"))
    assert led == {"listened": 3, "knew_concern": 3, "could_say": 4, "hand_in_step": 4}
    assert ordered == {"listened": 0, "knew_concern": 2, "could_say": 0, "hand_in_step": 0}


# A mistake in a file


@pytest.fixture
def copied(prompts: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prompts, tmp_path / "prompts"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "names"),
    [
        ("scenario.yaml", "place: With Alex", "plaice: With Alex", "place"),
        ("scenario.yaml", "place: With Alex, after school\n", "", "place"),
        ("scenario.yaml", "name: alex-geography", "name: alex", "'alex'"),
        ("scenario.yaml", "start: {safety: 60", "start: {safety: 160", "safety"),
        ("scenario.yaml", "start: {safety: 60, ", "start: {", "safety"),
        ("scenario.yaml", "  - layer: 4\n", "  - layer: 3\n", "0 to 6"),
        ("scenario.yaml", "{move: paraphrase, form: [confirmed]}", "{move: parafrase, form: [confirmed]}", "parafrase"),
        ("scenario.yaml", "{move: paraphrase, form: [confirmed]}", "{move: paraphrase, form: [confirmd]}", "confirmd"),
        ("scenario.yaml", "focus: [belief, cause", "focus: [beliefs, cause", "beliefs"),
        ("scenario.yaml", 'state: {understood: ">=40"}', 'state: {understood: "40 or more"}', "40 or more"),
        ("scenario.yaml", "  trial: trial_guttering", "  trial: trial_gutters", "trial_gutters"),
        ("scenario.yaml", "  - id: same_units", "  - id: results_fine", "results_fine"),
        ("scenario.yaml", "  - id: shutdown", "  - id: stand_off", "ending"),
        ("scenario.yaml", "effects: []", "effects: [{move: social, form: [frendly], change: {}}]", "frendly"),
        ("lines.yaml", "fact: same_sheet}", "fact: same_shet}", "same_shet"),
        ("lines.yaml", "  - id: planning_afternoon", "  - id: last_tuesday", "last_tuesday"),
        ("lines.yaml", "topic: good_task}", "topic: god_task}", "god_task"),
        ("lines.yaml", "  - id: ultimatum", "  - id: ultimate", "ultimat"),
        (
            "lines.yaml",
            '"Is now all right? I\'ve left my marking face down."',
            '"Right. You said you\'d like a word."',
            "twice",
        ),
        ("lines.yaml", "'{word}.' Right.", "'{wrod}.' Right.", "wrod"),
        ("lines.yaml", "manner: [low, middle], fact", "manner: [low, meddle], fact", "'low', 'middle' or 'high'"),
        ("example.yaml", "title:", "titel:", "title"),
    ],
)
def test_a_mistake_in_a_scenario_is_found_when_it_is_loaded(
    copied: Path, file: str, old: str, new: str, names: str
) -> None:
    change(copied / ALEX / file, old, new)
    with pytest.raises(ScenarioError) as refusal:
        load_scenario(copied, "alex-geography")
    assert refusal.value.file == file
    assert names in refusal.value.fault
    assert refusal.value.fix


@pytest.mark.parametrize(
    ("file", "old", "new", "names"),
    [
        ("codebook.yaml", "  off_task:\n    name: Off the subject", "  of_task:\n    name: Off the subject", "of_task"),
        ("codebook.yaml", "most_in_a_turn: 15", "most_in_a_turn: fifteen", "most_in_a_turn"),
        ("codebook.yaml", "{move: paraphrase, form: [confirmed]", "{move: paraphrase, form: [confirmd]", "confirmd"),
        ("codebook.yaml", "change: {safety: 5, defensiveness", "change: {safty: 5, defensiveness", "safty"),
        ("cues.yaml", "  ultimatum:\n", "  ultimata:\n", "ultimatum"),
        ("cues.yaml", "likeness: 0.62", "likeness: 62", "likeness"),
        ("cues.yaml", "'correct me'", "'correct (me'", "correct (me"),
    ],
)
def test_a_mistake_in_the_codebook_or_the_cues_is_found_when_it_is_loaded(
    copied: Path, file: str, old: str, new: str, names: str
) -> None:
    from bot.colleague.cues import load_cues
    from bot.listen.encoder import shared_encoder

    change(copied / file, old, new)
    load: Callable[[], object] = {
        "codebook.yaml": lambda: load_codebook(copied),
        "cues.yaml": lambda: load_cues(copied, shared_encoder()),
    }[file]
    with pytest.raises(CodebookError) as refusal:
        load()
    assert refusal.value.file == file
    assert names in refusal.value.fault


@pytest.mark.parametrize(
    ("file", "old", "new", "names"),
    [
        ("rubric.yaml", "  - id: gives_grounds", "  - id: gives_ground", "ten behaviours"),
        ("rubric.yaml", "levels: [Absent, Undermined, ", "levels: [Absent, ", "levels"),
        ("coach.yaml", "  - when: accused_now", "  - when: acused_now", "acused_now"),
        ("coach.yaml", "{quote} leaves {name} two choices", "{qote} leaves {name} two choices", "qote"),
        ("coach.yaml", "  told_belief:\n", "  told_beliefs:\n", "told_belief"),
        ("coach.yaml", "  leading_question:\n    why:", "  leading_questions:\n    why:", "leading_question"),
        ("coach.yaml", "  - id: his_theory", "  - id: her_theory", "his_theory"),
    ],
)
def test_a_mistake_in_the_coachs_files_is_found_when_it_is_loaded(
    copied: Path, file: str, old: str, new: str, names: str
) -> None:
    from bot.coach.words import load_coach_words, load_rubric

    change(copied / file, old, new)
    with pytest.raises(RubricError) as refusal:
        load_coach_words(copied)
        load_rubric(copied)
    assert refusal.value.file == file
    assert names in refusal.value.fault


@pytest.mark.parametrize("section", ["effects", "wordings", "questions", "strengths", "moments", "door"])
def test_the_coach_is_refused_without_words_for_something_that_can_happen(copied: Path, section: str) -> None:
    from bot.coach.words import load_coach_words

    whole = yaml.safe_load((copied / "coach.yaml").read_text(encoding="utf-8"))
    missed = []
    for name in list(whole[section]):
        lacking = {**whole, section: {key: one for key, one in whole[section].items() if key != name}}
        (copied / "coach.yaml").write_text(yaml.safe_dump(lacking, allow_unicode=True), encoding="utf-8")
        load_coach_words.cache_clear()
        try:
            load_coach_words(copied)
        except RubricError as refusal:
            assert str(name) in refusal.fault
        else:
            missed.append(name)
    load_coach_words.cache_clear()
    assert missed == []


@pytest.mark.parametrize("file", [f"{ALEX}/scenario.yaml", f"{ALEX}/lines.yaml", f"{ALEX}/example.yaml"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "missing"),
        (b"", "empty"),
        (b"- a\n- b\n", "not a list of names and values"),
        (b"name: [1, 2\nthis: that\n", "line 2"),
        (b"name: a: b\n", "line 1"),
        (b"\tname: tab\n", "line 1"),
        ("name: caf\xe9".encode("latin-1"), "UTF-8"),
        (b"\x00\x01\x02", "scenario"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_line_and_the_remedy(
    copied: Path, file: str, content: bytes | None, says: str
) -> None:
    path = copied / file
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ScenarioError) as refusal:
        load_scenario(copied, "alex-geography")
    assert refusal.value.file == path.name
    assert refusal.value.fix
    assert says in refusal.value.fault or says == "scenario"


def test_a_scenario_that_is_not_there_is_answered_with_those_that_are(prompts: Path) -> None:
    with pytest.raises(ScenarioError) as refusal:
        load_scenario(prompts, "alex-history")
    assert "alex-history" in refusal.value.fault
    assert "alex-geography" in refusal.value.fix


@pytest.mark.parametrize("name", ["", ".", "..", "../scenarios/alex-geography", "/etc", "alex-geography/"])
def test_a_name_that_is_a_path_is_no_scenario(prompts: Path, name: str) -> None:
    with pytest.raises(ScenarioError):
        load_scenario(prompts, name)


def test_a_file_saved_by_windows_is_read_all_the_same(copied: Path) -> None:
    for name in ("scenario.yaml", "lines.yaml"):
        path = copied / ALEX / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_scenario(copied, "alex-geography").lines.count() >= 300


def test_changing_any_of_its_files_changes_its_fingerprint(copied: Path) -> None:
    first = load_scenario(copied, "alex-geography").fingerprint
    change(copied / ALEX / "lines.yaml", "You wanted a word?", "You wanted me?")
    assert load_scenario(copied, "alex-geography").fingerprint != first


def test_a_second_scenario_is_found_by_its_folder(copied: Path) -> None:
    shutil.copytree(copied / ALEX, copied / "scenarios" / "sam-geography")
    change(copied / "scenarios/sam-geography/scenario.yaml", "name: alex-geography", "name: sam-geography")
    change(copied / "scenarios/sam-geography/scenario.yaml", "  name: Alex", "  name: Sam")
    assert {"alex-geography", "sam-geography"} <= set(scenario_names(copied))
    assert load_scenario(copied, "sam-geography").colleague.name == "Sam"


# alex check


def checked(content: Path) -> tuple[list[str], list[AlexError]]:
    found = check_everything(Settings(content=content, _env_file=None))
    return found.good, found.faults


def test_everything_we_ship_is_in_order() -> None:
    good, faults = checked(Path(__file__).parent.parent)
    assert faults == []
    assert any("alex-geography" in line and "lines" in line for line in good)


def test_a_check_finds_the_faults_of_every_file_at_once(copied: Path) -> None:
    (copied.parent / "knowledge" / "articles").mkdir(parents=True)
    (copied.parent / "knowledge" / "articles" / "bare.md").write_bytes(b"---\ntitle: [\n---\nNotes.\n")
    change(copied / "codebook.yaml", "most_in_a_turn: 15", "most_in_a_turn: fifteen")
    change(copied / ALEX / "lines.yaml", "fact: same_sheet}", "fact: same_shet}")
    change(copied / "coach.yaml", "  - when: accused_now", "  - when: acused_now")
    good, faults = checked(copied.parent)
    assert [fault.fault.split(":")[0] for fault in faults] == ["codebook.yaml", "coach.yaml", "lines.yaml", "bare.md"]
    assert all((fault.fault and fault.fault != str(fault)) or not fault.fix for fault in faults)
    assert any(line.startswith("cues.yaml") for line in good)


def test_a_folder_without_a_scenario_is_a_fault(copied: Path) -> None:
    shutil.rmtree(copied / "scenarios")
    _, faults = checked(copied.parent)
    assert any("there is no scenario" in fault.fault for fault in faults)


# Levels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["first_time", "usual", "harder", "surprise"])
def test_a_level_changes_the_person_and_no_fact(alex: Scenario, name: str) -> None:
    level = load_levels(PROMPTS)[name]
    played = at_level(alex, level, seed=3)
    assert played.facts == alex.facts
    assert played.fingerprint == alex.fingerprint
    assert (played.start == alex.start) == (name == "usual")


def test_harder_is_more_guarded_and_first_time_less(alex: Scenario) -> None:
    levels = load_levels(PROMPTS)
    easy, hard = (at_level(alex, levels[name], seed=1) for name in ("first_time", "harder"))
    assert easy.start.defensiveness < alex.start.defensiveness < hard.start.defensiveness
    assert easy.gates[3].state["understood"] == ">=30"
    assert hard.gates[3].state["understood"] == ">=48"
    assert hard.gates[2].state == alex.gates[2].state


def test_a_surprise_is_the_same_for_the_same_seed_and_shifts_the_start(alex: Scenario) -> None:
    level = load_levels(PROMPTS)["surprise"]
    found = {at_level(alex, level, seed).lines.openings[0].say for seed in range(40)}
    assert found == {one.say for one in alex.lines.surprises}
    again = {at_level(alex, level, 7).lines.openings[0].say for _ in range(3)}
    assert len(again) == 1


def test_a_level_that_there_is_not_says_which_there_are() -> None:
    with pytest.raises(UsageError, match="first_time, usual, harder, surprise"):
        level_named(PROMPTS, "brutal")


def test_levels_without_a_usual_one_say_so(tmp_path: Path) -> None:
    (tmp_path / "levels.yaml").write_text("levels: [{id: soft, name: Soft, note: Soft.}]", encoding="utf-8")
    with pytest.raises(ContentError, match="usual"):
        load_levels(tmp_path)
