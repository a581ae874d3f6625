"""The model room: what is sent, what comes back, what happens when it does not. Nothing leaves this machine."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi import Response
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langsmith.utils import tracing_is_enabled
from model_fakes import (
    FakeServer,
    Scripted,
    broken_off,
    called,
    counted,
    cut_short,
    for_ever,
    piece,
    running_server,
    whole,
)
from pydantic import BaseModel

from bot.colleague.memory import Memory
from bot.colleague.room import Plan
from bot.colleague.scenario import every_line
from bot.colleague.turn import Voiced
from bot.colleague.voice import Spoken
from bot.errors import ModelMisbehaved, ModelUnavailable, PromptError
from bot.model import checks, provider
from bot.model.address import Address, address_from
from bot.model.breaker import Breaker
from bot.model.checks import Checks, load_checks
from bot.model.client import asked_to_wait, open_model
from bot.model.filling import read_form
from bot.model.moment import SAMPLE, Moment, shown
from bot.model.names import Names
from bot.model.parts import figures
from bot.model.prompts import Asked, check, load_prompt
from bot.model.provider import Model, shared_model
from bot.model.spending import Price, Spent, price_of
from bot.model.worder import ModelWorder, make_worder, tidy
from bot.session import House, Rehearsal
from bot.settings import Settings

CONVERSATIONS = Path(__file__).parent / "conversations"
SHIPPED = Path(__file__).parent.parent / "prompts" / "tasks"
ASKED = Asked("Find the words.", "Leader: SECRETWORD")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings without a library, which nothing here asks."""
    return Settings(home=tmp_path / "home", content=SHIPPED.parent.parent, _env_file=None)


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with running_server() as fake:
        yield fake


@pytest.fixture(autouse=True)
def models_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    opened: list[Model] = []

    class Closed(Model):
        def __init__(self, address: Address, breaker: Breaker | None = None, price: Price | None = None) -> None:
            super().__init__(address, breaker, price)
            opened.append(self)

    monkeypatch.setattr(provider, "Model", Closed)
    yield
    for model in opened:
        model.close()
    provider._shared.cache_clear()


def model_at(url: str, timeout_s: float = 10.0) -> Model:
    return provider.Model(Address("m", url, "key", timeout_s))


def ask(model: Model) -> str:
    return model.answer(ASKED, model.timeout_s).text


# The provider -------------------------------------------------------------------------------------


def test_an_answer_comes_back_whole(server: FakeServer) -> None:
    server.replies = ["They all finish, and they get it right."]
    assert ask(model_at(server.url)) == "They all finish, and they get it right."
    body = server.bodies[0]
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert "store" not in body and body["stream_options"] == {"include_usage": True}


def test_thinking_aloud_is_not_part_of_the_answer(server: FakeServer) -> None:
    server.replies = ["<think>He is on guard.</think>\n\nIt does the job.", "<think>He never stops think"]
    model = model_at(server.url)
    assert [ask(model), ask(model)] == ["It does the job.", ""]


@pytest.mark.parametrize(
    ("reply", "fault", "kind"),
    [
        (400, "refused", ModelUnavailable),
        (401, "did not accept the key", ModelUnavailable),
        (403, "does not let this key", ModelUnavailable),
        (404, "knows no model", ModelUnavailable),
        (429, "no more requests", ModelUnavailable),
        (500, "server at 127.0.0.1 failed", ModelUnavailable),
        (503, "server at 127.0.0.1 failed", ModelUnavailable),
        (broken_off, "'m'|127.0.0.1", (ModelUnavailable, ModelMisbehaved)),
        (lambda: for_ever(0.0), "did not stop talking", ModelMisbehaved),
        (lambda: iter(["data: {not json\n\n"]), "cannot be read", ModelMisbehaved),
    ],
)
def test_every_failure_is_told_in_plain_words(server: FakeServer, reply: Any, fault: str, kind: Any) -> None:
    calls = 2 if reply == 400 else 1  # a refusal may be of the request to count tokens
    server.replies = [reply() if callable(reply) else reply for _ in range(calls)]
    with pytest.raises(kind, match=fault) as caught:
        ask(model_at(server.url))
    assert "SECRETWORD" not in str(caught.value)
    assert len(server.bodies) == calls, "nothing is retried behind our back"


def test_a_server_that_will_not_count_is_not_asked_to_again(server: FakeServer) -> None:
    server.replies = [400, "It does the job.", "It settles them."]
    model = model_at(server.url)
    assert [ask(model), ask(model)] == ["It does the job.", "It settles them."]
    assert ["stream_options" in body for body in server.bodies] == [True, False, False]


def test_tokens_are_counted_and_priced(server: FakeServer) -> None:
    server.replies = [counted("They all finish.", 1000, 20)]
    model = provider.Model(Address("m", server.url, "key", 10.0), price=Price(0.4, 1.6))
    answer = model.answer(ASKED, 10.0)
    assert (answer.sent, answer.heard) == (1000, 20)
    assert model.spending.so_far == Spent(1, 1000, 20, 0.0, True), "what is on this machine costs nothing"
    elsewhere = provider.Model(Address("m", "https://example.org/v1", "key", 10.0), price=Price(0.4, 1.6))
    assert elsewhere.usd(1000, 20) == pytest.approx(0.000432)
    assert elsewhere.usd(1000, None) is None


def test_prices_are_found_by_name_and_a_leaders_own_come_first() -> None:
    assert price_of("gpt-4.1-mini-2025-04-14") == price_of("openai/gpt-4.1-mini") == Price(0.4, 1.6)
    assert price_of("gpt-4.1-mini-turbo") is None and price_of("llama3") is None
    assert price_of("llama3", "0.1/0.2") == Price(0.1, 0.2)


def test_half_an_answer_is_no_answer(server: FakeServer) -> None:
    server.replies = [
        iter([piece("They all finish, and they")]),
        iter([piece("They all finish.")]),
        cut_short("They all"),
    ]
    model = model_at(server.url)
    with pytest.raises(ModelMisbehaved, match="broke off in the middle"):
        ask(model)
    assert ask(model) == "They all finish."
    with pytest.raises(ModelMisbehaved, match="broke off in the middle"):
        ask(model)


@pytest.mark.parametrize(("header", "rests"), [("7", 7.0), ("100000", 900.0), ("soon", 0.0)])
def test_a_server_that_asks_to_be_left_alone_is(server: FakeServer, header: str, rests: float) -> None:
    server.replies = [Response("{}", 429, headers={"retry-after": header}, media_type="application/json")]
    breaker = Breaker(lambda: 0.0)
    model = provider.Model(Address("m", server.url, "key", 10.0), breaker)
    with pytest.raises(ModelUnavailable, match="no more requests"):
        ask(model)
    assert breaker.rests_for() == pytest.approx(rests)


def test_a_date_to_come_back_at_is_understood() -> None:
    later = formatdate(time.time() + 30, usegmt=True)
    error = RuntimeError()
    error.response = Response(headers={"retry-after": later})  # type: ignore[attr-defined]
    assert 25 < asked_to_wait(error) <= 30


def test_a_model_whose_words_never_can_be_used_is_left_to_rest() -> None:
    breaker = Breaker(lambda: 0.0)
    for _ in range(2):
        breaker.was_used(False)
        breaker.worked()
    assert breaker.rests_for() == 0.0
    breaker.was_used(False)
    assert breaker.rests_for() == 60.0


class Fruit(BaseModel):
    """A fruit and its colour."""

    fruit: str
    colours: list[str]


@pytest.mark.parametrize(
    "text",
    [
        '{"fruit": "plum", "colours": ["blue"]}',
        'Here you are:\n```json\n{"fruit": "plum", "colours": ["blue"]}\n```\nAnything else?',
        'Certainly! {"fruit": "plum", "colours": ["blue",],} Enjoy.',
        '{"fruit": "plum", "colours": ["blue"], "taste": "sweet"}',
    ],
)
def test_a_form_is_read_with_patience(text: str) -> None:
    assert read_form(text, Fruit) == Fruit(fruit="plum", colours=["blue"])


@pytest.mark.parametrize("text", ["", "A blue plum.", '{"fruit": "plum"}', '["plum"]', '{"fruit": "plum", "colou'])
def test_what_is_no_form_is_none(text: str) -> None:
    assert read_form(text, Fruit) is None


PLUM = '{"fruit": "plum", "colours": ["blue"]}'


@pytest.mark.parametrize(
    ("replies", "method"),
    [
        ([whole(PLUM)], "json_schema"),
        ([400, called(PLUM)], "function_calling"),
        ([500, 400, PLUM], "prompt"),
        ([whole("A plum, I think."), whole("A blue plum."), f"```json\n{PLUM}\n```"], "prompt"),
    ],
)
def test_a_form_is_filled_in_by_the_way_the_server_knows_and_that_is_remembered(
    server: FakeServer, replies: list[Any], method: str
) -> None:
    server.replies = [*replies, replies[-1]]
    model = model_at(server.url)
    plum = Fruit(fruit="plum", colours=["blue"])
    assert [model.fill(ASKED, Fruit, 10.0)[0] for _ in range(2)] == [plum, plum]
    assert model.method == method
    assert len(server.bodies) == len(replies) + 1, "the second time it goes straight to what worked"


def test_a_form_that_nobody_fills_in_is_a_fault(server: FakeServer) -> None:
    server.replies = [whole("No."), whole("No."), "No."]
    with pytest.raises(ModelMisbehaved, match="did not fill in"):
        model_at(server.url).fill(ASKED, Fruit, 10.0)
    server.replies = [401]
    with pytest.raises(ModelUnavailable, match="key"):
        model_at(server.url).fill(ASKED, Fruit, 10.0)


def test_a_page_instead_of_an_answer_is_no_answer(server: FakeServer) -> None:
    server.replies = [Response("<html>Log in to the school's network</html>", media_type="text/html")]
    try:
        assert ask(model_at(server.url)) == ""
    except ModelMisbehaved as error:
        assert "cannot be read" in error.fault


def test_nobody_there() -> None:
    with pytest.raises(ModelUnavailable, match="could not be reached"):
        ask(model_at("http://127.0.0.1:9/v1"))


def test_the_wait_counts_everything_not_each_piece(server: FakeServer) -> None:
    server.replies = [for_ever(0.1)]
    with pytest.raises(ModelUnavailable):
        ask(model_at("http://127.0.0.1:9/v1"))  # so that LangChain has been imported
    start = time.monotonic()
    with pytest.raises(ModelUnavailable, match=r"No answer from 'm' in 0\.6 s"):
        ask(model_at(server.url, timeout_s=0.6))
    assert time.monotonic() - start < 2.0


def test_what_keeps_failing_rests_and_is_tried_again() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    model = provider.Model(Address("m", "http://127.0.0.1:9/v1", "key", 5.0), breaker)
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="could not be reached"):
            ask(model)
    with pytest.raises(ModelUnavailable, match="left to rest"):
        ask(model)
    now[0] = 61.0
    with pytest.raises(ModelUnavailable, match="could not be reached"):
        ask(model)
    with pytest.raises(ModelUnavailable, match="left to rest"):
        ask(model)
    now[0] = 130.0
    breaker.worked()
    breaker.failed()
    assert breaker.rests_for() == 0.0


def test_openai_itself_is_told_to_store_nothing(settings: Settings) -> None:
    address = address_from(settings.model_copy(update={"openai_api_key": "sk-1"}))
    assert (address.name, address.url, address.is_openai) == ("gpt-4.1-mini", "https://api.openai.com/v1", True)
    assert vars(open_model(address))["store"] is False
    assert "sk-1" not in repr(address)


def test_an_address_of_ones_own(settings: Settings) -> None:
    chosen = settings.model_copy(update={"model_url": "http://127.0.0.1:11434/v1/", "model": "llama3"})
    address = address_from(chosen)
    assert (address.name, address.url, address.is_openai) == ("llama3", "http://127.0.0.1:11434/v1", False)
    assert vars(open_model(address))["store"] is None
    assert shared_model(chosen) is shared_model(chosen), "one breaker for all sessions"


# A scripted model, and a moment of a conversation -------------------------------------------------


def written(prompt: str) -> str:
    return str(re.findall(r"The line as written: (.+)", prompt)[0])


def turns_of(name: str) -> list[str]:
    content = yaml.safe_load((CONVERSATIONS / f"{name}.yaml").read_text(encoding="utf-8"))
    return [turn["leader"] for turn in content["turns"]]


MOMENTS: dict[tuple[str, int], list[Moment]] = {}


def moments_of(house: House, name: str, seed: int = 0) -> list[Moment]:
    """Return every moment of a conversation in which a line was about to be spoken; each is played once."""
    if (name, seed) not in MOMENTS:
        MOMENTS[name, seed] = played(house, name, seed)
    return MOMENTS[name, seed]


def played(house: House, name: str, seed: int) -> list[Moment]:
    found: list[Moment] = []

    def watch(plan: Plan, words: str, memory: Memory, spoken: Spoken) -> Voiced:
        found.append(Moment(plan, words, memory, spoken))
        return Voiced(spoken.line)

    rehearsal = Rehearsal(house, house.scenario("alex-geography"), seed, worder=watch)
    for words in turns_of(name):
        rehearsal.take_turn(words)
    return found


STEPPED = {"agreed": "skilled-warm", "bargain": "skilled-warm", "facade": "hard_sell-rank"}


def moment_at(house: House, step: str) -> Moment:
    """Return a moment of the conversations in which a step stands like that."""
    return next(one for one in moments_of(house, STEPPED[step]) if one.plan.step == step)


@pytest.fixture(scope="module")
def moments(house: House) -> list[Moment]:
    return moments_of(house, "skilled-terse", 2)


@pytest.fixture(scope="module")
def the_sheet(moments: list[Moment]) -> Moment:
    """He is asked what he did last Tuesday, and says that it was last year's sheet."""
    told = (one for one in moments if one.telling == ("same_sheet",) and one.plan.manner == "middle")
    return next(one for one in told if one.spoken.line.startswith("Last year's sheet"))


@pytest.fixture(scope="module")
def alex(house: House) -> Checks:
    return Checks(house.scenario("alex-geography"), house.encoder)


def worded(house: House, alex: Checks, model: Scripted, moment: Moment) -> tuple[str, str, str]:
    """Return the line, whose voice it is, and why it is the written one where it is."""
    worder = ModelWorder(model, load_prompt(house.prompts, "word_line"), alex)
    said = worder(moment.plan, moment.words, moment.memory, moment.spoken)
    assert not model.replies, "a planned call was not made"
    return said.line, said.voice, said.model.why if said.model else ""


GOOD = "Rivers. The sheet from last autumn, and nobody got stuck on it."
LEAK = "The sheet from last autumn. Mind, last July a child found the photo and couldn't say why rivers bend."


def test_a_good_line_is_spoken(house: House, alex: Checks, the_sheet: Moment) -> None:
    assert worded(house, alex, Scripted([f' Alex: "{GOOD}"\n']), the_sheet) == (GOOD, "model", "")


def test_a_locked_fact_is_asked_for_again_and_then_the_written_line_is_spoken(
    house: House, alex: Checks, the_sheet: Moment
) -> None:
    model = Scripted([LEAK, LEAK])
    line, voice, why = worded(house, alex, model, the_sheet)
    assert (line, voice) == (the_sheet.spoken.line, "authored")
    assert why.endswith("could not be used: it told something that the written line does not tell.")
    assert checks.LOCKED in model.asked[1].conversation
    assert "found the photo" not in model.asked[1].conversation, "what it gave away is not given back to it"


def test_the_second_attempt_may_do(house: House, alex: Checks, the_sheet: Moment) -> None:
    assert worded(house, alex, Scripted([LEAK, GOOD]), the_sheet)[:2] == (GOOD, "model")


def test_both_attempts_share_one_wait(house: House, alex: Checks, the_sheet: Moment) -> None:
    model = Scripted([LEAK, "never heard"], timeout_s=0.1, slow_s=0.2)
    worder = ModelWorder(model, load_prompt(house.prompts, "word_line"), alex)
    said = worder(the_sheet.plan, the_sheet.words, the_sheet.memory, the_sheet.spoken)
    assert (said.line, said.voice, model.replies) == (the_sheet.spoken.line, "authored", ["never heard"])


@pytest.mark.parametrize("fault", [ModelUnavailable("Away."), ModelMisbehaved("Odd."), RuntimeError("SECRETWORD")])
def test_nothing_that_goes_wrong_reaches_the_rehearsal(
    house: House, alex: Checks, the_sheet: Moment, fault: Exception
) -> None:
    line, voice, why = worded(house, alex, Scripted([fault]), the_sheet)
    assert (line, voice) == (the_sheet.spoken.line, "authored")
    assert why and "SECRETWORD" not in why


@pytest.mark.parametrize("name", ["gibberish-keys", "empty-silences"])
def test_nothing_is_sent_where_nothing_was_said(house: House, alex: Checks, name: str) -> None:
    odd = [one for one in moments_of(house, name) if one.plan.situation.startswith(("off_task", "silence"))]
    assert odd
    for moment in odd:
        assert worded(house, alex, Scripted([]), moment)[:2] == (moment.spoken.line, "authored")


# The checks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (GOOD, ""),
        ("", checks.EMPTY),
        ("…", checks.EMPTY),
        ("As an AI language model I have no classroom, but the sheet was last year's.", checks.ROLE),
        ("I'm sorry, but I can't help with that.", checks.ROLE),
        ("Here's the line: it was last year's sheet.", checks.ROLE),
        ("It was the sheet. They liked the sheet. Nobody was stuck on it. We all went home after.", checks.TOO_LONG),
        ("the sheet from last autumn and " * 14, checks.TOO_LONG),
        ("*shrugs* The rivers sheet from last autumn.", checks.NOT_SPEECH),
        ("(sighs) The rivers sheet from last autumn.", checks.NOT_SPEECH),
        ("Leader: And then? The rivers sheet from last autumn.", checks.NOT_SPEECH),
        ("That's a great question. The rivers sheet from last autumn.", checks.COACHING),
        ("The rivers sheet. You could try asking what they learnt.", checks.COACHING),
        ("Thank you for asking. The rivers sheet from last autumn.", checks.COACHING),
        ("The rivers sheet from last autumn!", checks.REGISTER),
        ("Absolutely, the rivers sheet from last autumn.", checks.REGISTER),
        ("The rivers sheet from last autumn 🙂", checks.REGISTER),
        ("河流的练习,和去年一样。", checks.REGISTER),
        ("The rivers sheet, and I'll change it next week.", checks.AGREED),
        ("You're right, the rivers sheet needs changing.", checks.AGREED),
        ("The rivers sheet, and I'd be willing to do it differently.", checks.AGREED),
        ("The rivers sheet. Come on Thursday and see.", checks.DATED),
        ("The rivers sheet, and all thirty-one of them did it.", checks.FIGURE),
        ("The rivers sheet, and 80% of them did it.", checks.FIGURE),
        ("The rivers sheet. Ask Priya next door.", checks.SOMEBODY),
        (LEAK, checks.LOCKED),
        ("The sheet. I've still got the pens from marking in three colours.", checks.FIGURE),
        ("The sheet. I've still got the pens from all that marking.", checks.LOCKED),
        ("A new unit comes out of my own time at weekends, and I've children at home.", checks.LOCKED),
        ("It was raining, mostly.", checks.LEFT_OUT),
    ],
)
def test_a_line_is_shown_only_if_it_stands_up(alex: Checks, the_sheet: Moment, line: str, fault: str) -> None:
    assert alex.fault(line, the_sheet) == fault


def test_what_has_been_said_is_not_said_again(alex: Checks, moments: list[Moment]) -> None:
    assert alex.fault(moments[-1].memory.lines[3].upper(), moments[-1]) == checks.SAID_BEFORE


def test_a_real_yes_may_be_worded_and_a_bargain_may_not_become_one(house: House, alex: Checks) -> None:
    steps = {step: moment_at(house, step) for step in ("agreed", "bargain")}
    assert alex.fault("Go on. They draw it before I pour, and then we find out.", steps["agreed"]) == ""
    assert alex.fault("It's a deal, the write-up goes and I get my Tuesday.", steps["bargain"]) == checks.AGREED
    assert alex.fault("If the write-up goes I'd have a Tuesday, say this Friday.", steps["bargain"]) == checks.DATED
    assert alex.fault("I don't know about that.", steps["agreed"]) == checks.LEFT_OUT


def test_a_facade_names_no_day(house: House, alex: Checks) -> None:
    facade = moment_at(house, "facade")
    assert alex.fault("Yep. I'll build some of that in by Friday.", facade) in {checks.DATED, checks.LEFT_OUT}
    assert alex.fault(f"Yep. {facade.spoken.line}", facade) == ""


def test_every_authored_telling_of_a_hidden_fact_is_caught(house: House, alex: Checks, the_sheet: Moment) -> None:
    hidden = [line for line in every_line(the_sheet.scenario.lines) if line.fact in the_sheet.hidden]
    assert len(hidden) > 100
    assert [line.say for line in hidden if not alex.fault(line.say, the_sheet)] == []


def test_figures_are_the_same_in_digits_and_words() -> None:
    assert figures(["All twenty-nine, 29 of them, in 2 hundred"]) == {29, 2, 100}
    assert figures(["1,500 and 3.5 and the 90s"]) == {1500, 3.5, 90}


def test_the_marks_give_their_reasons() -> None:
    assert all(mark.why for _, mark in load_checks().marks)


# What is sent -------------------------------------------------------------------------------------


def hidden_texts(moment: Moment) -> list[str]:
    """Every text of the scenario that tells, twists or quotes what has not come out."""
    facts = [moment.scenario.facts[name] for name in moment.hidden]
    own = [[one.known_as, one.thought, one.replaced, *one.said_back, *one.twisted] for one in facts]
    lines = [line.say for line in every_line(moment.scenario.lines) if line.fact in moment.hidden]
    thoughts = [one.think for one in moment.scenario.lines.thoughts]
    return [*(text for texts in own for text in texts), *lines, *thoughts]


@pytest.mark.parametrize("name", ["skilled-terse", "injection-system", "leading-barrister", "hard_sell-rank"])
def test_what_is_hidden_is_in_no_prompt(house: House, name: str) -> None:
    prompt = load_prompt(house.prompts, "word_line")
    for moment in moments_of(house, name):
        asked = prompt.render(**shown(moment, Names(moment.heard, moment.authored, "Alex")))
        heard = " ".join(moment.in_the_open)
        leaked = [text for text in hidden_texts(moment) if text not in heard and text in asked.conversation]
        assert leaked == []
        assert "{" not in asked.instructions + asked.conversation


def test_the_inputs_are_those_the_prompt_is_tried_on(the_sheet: Moment) -> None:
    assert shown(the_sheet, Names([], [], "Alex")).keys() == SAMPLE.keys()


def test_a_whole_conversation_over_the_wire(server: FakeServer, house: House, settings: Settings) -> None:
    server.always = lambda prompt: f"Well. {written(prompt)}"
    scenario = house.scenario("alex-geography")
    worder = make_worder(settings.model_copy(update={"model_url": server.url}), house, scenario)
    rehearsal, plain = Rehearsal(house, scenario, 0, worder=worder), moments_of(house, "skilled-terse")
    for words in turns_of("skilled-terse"):
        before, seen = rehearsal.memory, len(server.bodies)
        turn = rehearsal.take_turn(words)
        out = {*before.told, *(told.fact for told in turn.told)}
        hidden = [fact for fact in scenario.plot.facts if fact.layer and fact.id not in out]
        heard = " ".join(
            (*before.lines, turn.line, words, *(one.words for one in before.turns), *scenario.plot.brief.you_know)
        )
        for prompt in server.prompts[seen:]:
            for fact in hidden:
                texts = [fact.known_as, fact.words, fact.thought, fact.replaced, *fact.said_back, *fact.twisted]
                assert [text for text in texts if text in prompt and text not in heard] == []
    assert len(rehearsal.turns) == len(plain)
    assert [turn.voice for turn in rehearsal.turns].count("model") >= 0.8 * len(rehearsal.turns)
    assert rehearsal.ending.id == "joint_step"


@pytest.mark.parametrize("reply", [401, 429, 500, "", "As an AI language model, I have no class."])
def test_a_rehearsal_goes_on_in_the_written_voice(
    server: FakeServer, house: House, settings: Settings, reply: int | str
) -> None:
    server.replies = [reply] * 2
    scenario = house.scenario("alex-geography")
    worder = make_worder(settings.model_copy(update={"model_url": server.url}), house, scenario)
    with_model, without = Rehearsal(house, scenario, 3, worder=worder), Rehearsal(house, scenario, 3)
    turns = 2 if isinstance(reply, int) else 1
    for words in turns_of("skilled-terse")[:turns]:
        turn = with_model.take_turn(words)
        assert turn.model is not None and turn.model.why
        assert replace(turn, model=None) == without.take_turn(words)


def test_nothing_heavy_is_imported_before_a_line_is_asked_for() -> None:
    heavy = "langchain_core langchain_openai openai fastapi gradio"
    look = f"import sys; import bot.model.worder; print([one for one in {heavy.split()!r} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_hanging_server_does_not_keep_the_program_alive(server: FakeServer) -> None:
    server.replies = [for_ever(0.2)]
    asks = (
        "from bot.model.provider import *; from bot.model.prompts import Asked\n"
        "from bot.errors import ModelUnavailable\n"
        f"try: Model(Address('m', {server.url!r}, 'key', 0.3)).answer(Asked('a', 'b'), 0.3)\n"
        "except ModelUnavailable as error: print(error.fault)"
    )
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-W", "error", "-c", asks], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("No answer") and not done.stderr
    assert time.monotonic() - start < 30.0


def test_without_a_choice_there_is_no_model(house: House, settings: Settings) -> None:
    scenario = house.scenario("alex-geography")
    chosen = {"openai_api_key": "sk-1", "model_url": "http://127.0.0.1:9/v1", "stay_local": True}
    assert make_worder(settings, house, scenario) is None
    assert make_worder(settings.model_copy(update=chosen), house, scenario) is None


# Names --------------------------------------------------------------------------------------------


def test_names_are_replaced_in_what_is_sent_and_put_back(server: FakeServer, house: House, settings: Settings) -> None:
    words = "Alex, I spoke to Mrs Patel about St Mary's. What did you do last Tuesday?"
    seen: list[str] = []

    def echo(prompt: str) -> str:
        seen.append(prompt)
        stand_in = str(re.findall(r"Mrs (\w+)", prompt)[0])
        return f"Mrs {stand_in} wasn't in the room. " + written(prompt)

    server.always = echo
    scenario = house.scenario("alex-geography")
    worder = make_worder(settings.model_copy(update={"model_url": server.url}), house, scenario)
    turn = Rehearsal(house, scenario, 1, worder=worder).take_turn(words)
    assert all("Patel" not in prompt and "St Mary" not in prompt for prompt in seen)
    assert all("Alex" in prompt for prompt in seen)
    assert seen and turn.voice == "model"
    assert turn.line.startswith("Mrs Patel wasn't in the room.")


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Ask Dr. Khan's class.", ["Khan"]),
        ("Our Lady of Lourdes Catholic Primary School does it.", ["Lourdes"]),
        ("At Oak Hill Academy they stopped.", ["Oak Hill"]),
        ("My name is Sarah Jones.", ["Sarah", "Jones"]),
        ("Ring +44 7700 900 123 tonight.", ["7700"]),
        ("Mrs Patel, then Miss Patel-Smith.", ["Patel", "Smith"]),
        (
            "mr o'brien, or j.patel@greenfield.sch.uk at Greenfield Primary School",
            ["brien", "@greenfield", "Greenfield"],
        ),
        ("Patel rang. Mrs Patel rang from 07700 900123.", ["Patel", "07700"]),
    ],
)
def test_names_are_found_by_their_shape(text: str, gone: list[str]) -> None:
    names = Names([text], [], keep="Alex")
    assert [name for name in gone if name in names.hide(text)] == []
    assert names.restore(names.hide(text)) == text


@pytest.mark.parametrize(
    "text", ["Our Primary School in October.", "Mr Alex said so.", "Year 5, 29 children, 2019 to 2024."]
)
def test_what_is_no_name_stays(text: str) -> None:
    assert Names([text], [], keep="Alex").hide(text) == text


def test_a_stand_in_is_never_a_word_of_the_conversation() -> None:
    names = Names(["Mrs Quillby met Mr Tarnley."], [], keep="Alex")
    assert names.restore(names.hide("Quillby and Tarnley")) == "Quillby and Tarnley"


def test_what_models_like_to_add_is_taken_off() -> None:
    assert tidy('Alex:  "It does\nthe job."', "Alex") == "It does the job."
    assert tidy("“It does the job.”", "Alex") == "It does the job."
    assert tidy("'Everyone.' Who's that, then?", "Alex") == "'Everyone.' Who's that, then?"


# Prompt files -------------------------------------------------------------------------------------


FRONT = "---\ntask: word_line\nsays: Words a line.\ninputs: [name, line]\n---\n"
PARTS = "# Instructions\n\nYou are {{ name }}.\n\n# Conversation\n\n{{ line }}\n"


def with_prompt(folder: Path, words: str, name: str = "word_line") -> Path:
    (folder / "tasks").mkdir(exist_ok=True)
    for shipped in SHIPPED.glob("*.md"):
        if shipped.stem != "word_line":
            shutil.copy(shipped, folder / "tasks")
    (folder / "tasks" / f"{name}.md").write_text(words, encoding="utf-8")
    return folder


def test_the_shipped_prompts_are_in_order(prompts: Path) -> None:
    assert check(prompts) == []


@pytest.mark.parametrize(
    ("words", "fault", "fix"),
    [
        (
            FRONT + PARTS.replace("{{ name }}", "{{ persona }}"),
            "uses 'persona', which its inputs do not list",
            "Inputs are line, name.",
        ),
        (
            FRONT.replace("name, line", "name, line, mood") + PARTS,
            "lists the input 'mood' and does not use it",
            "take it out",
        ),
        (FRONT.replace("name,", "name, age,") + PARTS + "{{ age }}", "'age', which nobody passes", "Inputs are brief"),
        (FRONT + PARTS + "{{ name.surname }}", "has no attribute 'surname'", ""),
        (FRONT + PARTS + "{% if name %}", "line 13: ", "Check the braces."),
        (FRONT + PARTS + "{{ name | shout }}", "No filter named 'shout'", ""),
        (FRONT + PARTS.replace("# Conversation", "# Talk"), "it needs two parts", "# Conversation"),
        (FRONT.replace("says: Words a line.\n", "") + PARTS, "says is missing", ""),
        (FRONT.replace("says:", "colour: red\nsays:") + PARTS, "colour is not a name that belongs here", ""),
        (FRONT.replace("task: word_line", "task: other") + PARTS, "task is 'other'", "Make them the same."),
        (FRONT.replace("inputs: [", "inputs: [[") + PARTS, "not valid YAML", ""),
        (PARTS, "task is missing", ""),
        ("", "task is missing", ""),
    ],
)
def test_a_mistake_in_a_prompt_file_says_what_to_do(tmp_path: Path, words: str, fault: str, fix: str) -> None:
    with pytest.raises(PromptError) as caught:
        load_prompt(with_prompt(tmp_path, words), "word_line")
    assert caught.value.fault.startswith("word_line.md: ") and fault in caught.value.fault
    assert fix in caught.value.fix
    assert [str(one) for one in check(tmp_path)] == [str(caught.value)]


def test_a_file_for_no_task_and_a_task_without_a_file(tmp_path: Path) -> None:
    faults = [one.fault for one in check(with_prompt(tmp_path, FRONT + PARTS, "word_lime"))]
    assert faults == ["word_lime.md: there is no such task.", "word_line.md: the file is missing."]


def test_an_input_not_passed_is_an_error(tmp_path: Path) -> None:
    prompt = load_prompt(with_prompt(tmp_path, FRONT + PARTS), "word_line")
    assert prompt.render(name="Alex", line="Hm.") == Asked("You are Alex.", "Hm.")
    with pytest.raises(PromptError, match="the input 'line' was not passed"):
        prompt.render(name="Alex")


def test_what_the_leader_types_is_never_a_template(house: House) -> None:
    prompt = load_prompt(house.prompts, "word_line")
    asked = prompt.render(**{**SAMPLE, "words": "{{ name.__class__ }} {% for x in y %}"})
    assert "{{ name.__class__ }} {% for x in y %}" in asked.conversation


def test_a_broken_prompt_is_an_error_at_the_start(tmp_path: Path, house: House, settings: Settings) -> None:
    broken = House(**{**vars(house), "prompts": with_prompt(tmp_path, FRONT)})
    with pytest.raises(PromptError):
        make_worder(settings.model_copy(update={"openai_api_key": "sk-1"}), broken, house.scenario("alex-geography"))


# Any provider -------------------------------------------------------------------------------------


def test_a_provider_is_named_before_a_colon_and_ollamas_own_names_are_left_alone(settings: Settings) -> None:
    named = address_from(settings.model_copy(update={"model": "google_genai:gemini-pro"}))
    assert (named.provider, named.name, named.host) == ("google_genai", "gemini-pro", "google_genai")
    local = {"model_url": "http://localhost:11434/v1", "model": "llama3.2:3b"}
    assert address_from(settings.model_copy(update=local)).name == "llama3.2:3b"


def test_a_provider_whose_package_is_missing_is_told_by_name(settings: Settings) -> None:
    model = shared_model(settings.model_copy(update={"model": "anthropic:claude"}))
    with pytest.raises(ModelUnavailable, match="pip install langchain-anthropic"):
        ask(model)
    with pytest.raises(ModelUnavailable, match="left to rest"):
        ask(model)
    with pytest.raises(ModelUnavailable, match="no provider that LangChain knows"):
        ask(shared_model(settings.model_copy(update={"model": "nobody:nothing"})))


def test_any_provider_speaks_through_the_same_seam(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    said = GenericFakeChatModel(messages=iter([AIMessage("They all finish.")]))
    monkeypatch.setattr("langchain.chat_models.init_chat_model", lambda *_, **__: said)
    assert ask(shared_model(settings.model_copy(update={"model": "somebody:model"}))) == "They all finish."


def test_a_provider_without_forms_is_asked_in_words(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    said = GenericFakeChatModel(messages=iter([AIMessage(PLUM)]))
    monkeypatch.setattr("langchain.chat_models.init_chat_model", lambda *_, **__: said)
    model = shared_model(settings.model_copy(update={"model": "somebody:model"}))
    assert model.fill(ASKED, Fruit, 10.0)[0].fruit == "plum" and model.method == "prompt"


def test_tracing_is_off_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(name, "true")
    open_model(Address("m", "http://127.0.0.1:9/v1", "key", 1.0))
    assert not any(
        os.environ[name] == "true" for name in os.environ if name.startswith(("LANGSMITH_TR", "LANGCHAIN_TR"))
    )
    assert not tracing_is_enabled()
