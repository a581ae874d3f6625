"""The model room: what is sent, what comes back, what happens when it does not. Nothing leaves this machine."""

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from bot.colleague.memory import Memory
from bot.colleague.room import Plan
from bot.colleague.scenario import every_line
from bot.colleague.voice import Spoken
from bot.errors import ModelMisbehaved, ModelUnavailable, PromptError
from bot.model import checks, provider
from bot.model.checks import Checks, load_checks
from bot.model.moment import SAMPLE, Moment, shown
from bot.model.names import Names
from bot.model.parts import figures
from bot.model.prompts import Asked, check, load_prompt
from bot.model.provider import Address, Breaker, Model, address_from, shared_model
from bot.model.worder import ModelWorder, make_worder, tidy
from bot.session import House, Rehearsal
from bot.settings import Settings

CONVERSATIONS = Path(__file__).parent / "conversations"
ASKED = Asked("Find the words.", "Leader: SECRETWORD")


# A server that speaks the protocol, and every way of failing at it --------------------------------


@dataclass
class FakeServer:
    """Answers what it was told to, in order; a call nobody planned is remembered and refused."""

    url: str = ""
    replies: list[Any] = field(default_factory=list)
    always: Callable[[str], str] | None = None
    bodies: list[dict[str, Any]] = field(default_factory=list)
    unplanned: int = 0

    @property
    def prompts(self) -> list[str]:
        return ["\n".join(message["content"] for message in body["messages"]) for body in self.bodies]

    def next_reply(self, body: dict[str, Any]) -> Any:
        self.bodies.append(body)
        if self.always:
            return self.always(self.prompts[-1])
        if not self.replies:
            self.unplanned += 1
            return 500
        return self.replies.pop(0)


def piece(text: str) -> str:
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"


def said(text: str) -> Iterator[str]:
    yield from (piece(word) for word in re.findall(r"\S+\s*", text))
    yield "data: [DONE]\n\n"


def for_ever(pause_s: float) -> Iterator[str]:
    while True:
        time.sleep(pause_s)
        yield piece("and another thing ")


def broken_off() -> Iterator[str]:
    yield piece("They all ")
    raise ConnectionResetError


def answered(reply: Any) -> Response:
    if isinstance(reply, int):
        return Response(json.dumps({"error": {"message": "you said SECRETWORD"}}), reply, media_type="application/json")
    if isinstance(reply, str):
        reply = said(reply)
    return reply if isinstance(reply, Response) else StreamingResponse(reply, media_type="text/event-stream")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake, app = FakeServer(), FastAPI()

    @app.post("/v1/chat/completions")
    async def complete(request: Request) -> Response:
        return answered(fake.next_reply(await request.json()))

    config = uvicorn.Config(app, port=0, log_level="critical", ws="none", lifespan="off", timeout_graceful_shutdown=1)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.01)
    fake.url = f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}/v1"
    yield fake
    running.should_exit = True
    thread.join(5)
    assert fake.unplanned == 0


@pytest.fixture(autouse=True)
def models_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    opened: list[Model] = []

    class Closed(Model):
        def __init__(self, address: Address, breaker: Breaker | None = None) -> None:
            super().__init__(address, breaker)
            opened.append(self)

    monkeypatch.setattr(provider, "Model", Closed)
    yield
    for model in opened:
        model.close()
    provider._shared.cache_clear()


def model_at(url: str, timeout_s: float = 10.0) -> Model:
    return provider.Model(Address("m", url, "key", timeout_s))


def ask(model: Model) -> str:
    return model.answer(ASKED, model.timeout_s)


# The provider -------------------------------------------------------------------------------------


def test_an_answer_comes_back_whole(server: FakeServer) -> None:
    server.replies = ["They all finish, and they get it right."]
    assert ask(model_at(server.url)) == "They all finish, and they get it right."
    body = server.bodies[0]
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert "store" not in body and "stream_options" not in body


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
    server.replies = [reply() if callable(reply) else reply]
    with pytest.raises(kind, match=fault) as caught:
        ask(model_at(server.url))
    assert "SECRETWORD" not in str(caught.value)
    assert len(server.bodies) == 1, "nothing is retried behind our back"


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
    with pytest.raises(ModelUnavailable, match="resting after 2 failures"):
        ask(model)
    now[0] = 61.0
    with pytest.raises(ModelUnavailable, match="could not be reached"):
        ask(model)
    with pytest.raises(ModelUnavailable, match="resting"):
        ask(model)
    now[0] = 130.0
    breaker.worked()
    breaker.failed()
    assert breaker.rests_for() == 0.0


def test_openai_itself_is_told_to_store_nothing(settings: Settings) -> None:
    address = address_from(settings.model_copy(update={"openai_api_key": "sk-1"}))
    assert (address.name, address.url, address.is_openai) == ("gpt-4.1-mini", "https://api.openai.com/v1", True)
    assert provider._client(address).store is False
    assert "sk-1" not in repr(address)


def test_an_address_of_ones_own(settings: Settings) -> None:
    chosen = settings.model_copy(update={"model_url": "http://127.0.0.1:11434/v1/", "model": "llama3"})
    address = address_from(chosen)
    assert (address.name, address.url, address.is_openai) == ("llama3", "http://127.0.0.1:11434/v1", False)
    assert provider._client(address).store is None
    assert shared_model(chosen) is shared_model(chosen), "one breaker for all sessions"


# A scripted model, and a moment of a conversation -------------------------------------------------


@dataclass
class Scripted:
    """Replies in order; a call nobody planned fails the test, and no `except Exception` hides it."""

    replies: list[str | Exception]
    name: str = "scripted"
    place: str = "localhost"
    timeout_s: float = 5.0
    asked: list[Asked] = field(default_factory=list)
    slow_s: float = 0.0

    def answer(self, asked: Asked, within_s: float) -> str:
        self.asked.append(asked)
        if not self.replies:
            pytest.fail(f"call {len(self.asked)} has no scripted reply")
        time.sleep(self.slow_s)
        if within_s < 0:
            raise ModelUnavailable("No time was left.")
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def written(prompt: str) -> str:
    return str(re.findall(r"The line as written: (.+)", prompt)[0])


def turns_of(name: str) -> list[str]:
    content = yaml.safe_load((CONVERSATIONS / f"{name}.yaml").read_text(encoding="utf-8"))
    return [turn["leader"] for turn in content["turns"]]


def moments_of(house: House, name: str, seed: int = 0) -> list[Moment]:
    found: list[Moment] = []

    def watch(plan: Plan, words: str, memory: Memory, spoken: Spoken) -> tuple[str, str]:
        found.append(Moment(plan, words, memory, spoken))
        return spoken.line, "authored"

    rehearsal = Rehearsal(house, house.scenario("alex-geography"), seed, worder=watch)
    for words in turns_of(name):
        rehearsal.take_turn(words)
    return found


def moment_at(house: House, step: str) -> Moment:
    """Return a moment of the conversations in which a step stands like that."""
    names = ("skilled-warm", "skilled-stumbles", "vague-breezy", "hard_sell-rank", "leading-tags")
    found = (one for name in names for one in moments_of(house, name))
    return next(one for one in found if one.plan.step == step)


@pytest.fixture(scope="module")
def moments(house: House) -> list[Moment]:
    return [one for seed in range(3) for one in moments_of(house, "skilled-terse", seed)]


@pytest.fixture(scope="module")
def the_sheet(moments: list[Moment]) -> Moment:
    """He is asked what he did last Tuesday, and says that it was last year's sheet."""
    told = (one for one in moments if one.telling == ("same_sheet",) and one.plan.manner == "middle")
    return next(one for one in told if one.spoken.line.startswith("Last year's sheet"))


@pytest.fixture(scope="module")
def alex(house: House) -> Checks:
    return Checks(house.scenario("alex-geography"), house.encoder)


def worded(house: House, alex: Checks, model: Scripted, moment: Moment) -> tuple[str, str, ModelWorder]:
    worder = ModelWorder(model, load_prompt(house.prompts, "word_line"), alex)
    line, voice = worder(moment.plan, moment.words, moment.memory, moment.spoken)
    assert not model.replies, "a planned call was not made"
    return line, voice, worder


GOOD = "Rivers. The sheet from last autumn, and nobody got stuck on it."
LEAK = "The sheet from last autumn. Mind, last July a child found the photo and couldn't say why rivers bend."


def test_a_good_line_is_spoken(house: House, alex: Checks, the_sheet: Moment) -> None:
    line, voice, worder = worded(house, alex, Scripted([f' Alex: "{GOOD}"\n']), the_sheet)
    assert (line, voice) == (GOOD, "model")
    assert worder.status.says == "The last line was worded by 'scripted'."


def test_a_locked_fact_is_asked_for_again_and_then_the_written_line_is_spoken(
    house: House, alex: Checks, the_sheet: Moment
) -> None:
    model = Scripted([LEAK, LEAK])
    line, voice, worder = worded(house, alex, model, the_sheet)
    assert (line, voice) == (the_sheet.spoken.line, "authored")
    assert worder.status.says.endswith("could not be used: it told something that the written line does not tell.")
    assert checks.LOCKED in model.asked[1].conversation
    assert "found the photo" not in model.asked[1].conversation, "what it gave away is not given back to it"


def test_the_second_attempt_may_do(house: House, alex: Checks, the_sheet: Moment) -> None:
    assert worded(house, alex, Scripted([LEAK, GOOD]), the_sheet)[:2] == (GOOD, "model")


def test_both_attempts_share_one_wait(house: House, alex: Checks, the_sheet: Moment) -> None:
    model = Scripted([LEAK, "never heard"], timeout_s=0.1, slow_s=0.2)
    worder = ModelWorder(model, load_prompt(house.prompts, "word_line"), alex)
    line, voice = worder(the_sheet.plan, the_sheet.words, the_sheet.memory, the_sheet.spoken)
    assert (line, voice, model.replies) == (the_sheet.spoken.line, "authored", ["never heard"])


@pytest.mark.parametrize("fault", [ModelUnavailable("Away."), ModelMisbehaved("Odd."), RuntimeError("SECRETWORD")])
def test_nothing_that_goes_wrong_reaches_the_rehearsal(
    house: House, alex: Checks, the_sheet: Moment, fault: Exception
) -> None:
    line, voice, worder = worded(house, alex, Scripted([fault]), the_sheet)
    assert (line, voice, worder.status.voice) == (the_sheet.spoken.line, "authored", "authored")
    assert "SECRETWORD" not in worder.status.says


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
        asked = prompt.render(**shown(moment, Names(moment.in_the_open, "Alex")))
        heard = " ".join(moment.in_the_open)
        leaked = [text for text in hidden_texts(moment) if text not in heard and text in asked.conversation]
        assert leaked == []
        assert "{" not in asked.instructions + asked.conversation


def test_the_inputs_are_those_the_prompt_is_tried_on(the_sheet: Moment) -> None:
    assert shown(the_sheet, Names([], "Alex")).keys() == SAMPLE.keys()


def test_a_whole_conversation_over_the_wire(server: FakeServer, house: House, settings: Settings) -> None:
    server.always = lambda prompt: f"Well. {written(prompt)}"
    scenario = house.scenario("alex-geography")
    worder = make_worder(settings.model_copy(update={"model_url": server.url}), house, scenario)
    assert worder is not None and "on this machine" in worder.status.says
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
        assert with_model.take_turn(words) == without.take_turn(words)
    assert worder is not None and worder.status.says.startswith("The last line is a written one.")


def test_nothing_heavy_is_imported_before_a_line_is_asked_for() -> None:
    heavy = "langchain_core langchain_openai openai fastapi gradio"
    look = f"import sys; import bot.model.worder; print([one for one in {heavy.split()!r} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_hanging_server_does_not_keep_the_program_alive(server: FakeServer) -> None:
    server.replies = [for_ever(0.2)]
    asks = (
        "from bot.model.provider import *; from bot.errors import ModelUnavailable\n"
        f"try: Model(Address('m', {server.url!r}, 'key', 0.3)).answer(Asked('a', 'b'), 3.0)\n"
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
    names = Names([text], keep="Alex")
    assert [name for name in gone if name in names.hide(text)] == []
    assert names.restore(names.hide(text)) == text


@pytest.mark.parametrize(
    "text", ["Our Primary School in October.", "Mr Alex said so.", "Year 5, 29 children, 2019 to 2024."]
)
def test_what_is_no_name_stays(text: str) -> None:
    assert Names([text], keep="Alex").hide(text) == text


def test_a_stand_in_is_never_a_word_of_the_conversation() -> None:
    names = Names(["Mrs Quillby met Mr Tarnley."], keep="Alex")
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
