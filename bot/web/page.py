"""The page: five screens in one frame, and what happens between them."""

import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import gradio as gr

from bot.errors import RecordError, ScenarioError, UsageError
from bot.record.kept import is_kept
from bot.web.parts import PRIVATE, Frame, Updates, calm, calm_steps, calm_stream, drawn, hidden
from bot.web.render.drawing import mast, notice, strip, where_kept
from bot.web.render.voice import voice
from bot.web.screens.debrief import Debrief
from bot.web.screens.elsewhere import Elsewhere
from bot.web.screens.library import Desk, Library
from bot.web.screens.prepare import Prepare
from bot.web.screens.rehearse import BOX, Rehearse
from bot.web.screens.transcripts import Transcripts
from bot.web.sparing import Sparing

if TYPE_CHECKING:
    from bot.studio import Studio, View

TABS = ("prepare", "rehearse", "debrief", "library", "transcripts")
GONE = UsageError("That conversation is not here any more.", "What is kept stands under Transcripts.")
CHOSEN = "#who input:checked"
FORGOTTEN = UsageError("That conversation is gone: nothing of it was kept.", "Begin another on Prepare.")
ARRIVE = "(session, reading, focus) => alexRoom.arrive(session, reading, focus)"
SETTLE = "(session, reading, focus) => alexRoom.settle(session, reading, focus)"


def build_page(studio: "Studio") -> gr.Blocks:
    """Return the page as Gradio Blocks. Raise ContentError if there is no scenario to rehearse."""
    blocks = Sparing(title="Prepare · Alex", analytics_enabled=False, delete_cache=(3600, 3600))
    with blocks:
        Page(studio)
    return blocks


class Page:
    """The screens and the wires between them. Must be made inside Blocks."""

    def __init__(self, studio: "Studio") -> None:
        self.studio = studio
        if not (scenarios := studio.scenarios()):
            raise ScenarioError(
                "prompts/scenarios", "there is no scenario to rehearse.", "Put one back, or set ALEX_CONTENT."
            )
        name = scenarios[0].colleague.name
        where_kept(studio.kept_on, keeps_nothing=studio.settings.keep_nothing)
        self.mast = drawn(self._mast(), elem_id="mast")
        self.address = hidden()
        self.frame = Frame()
        self.tabs: list[gr.Tab] = []
        with self.frame.nav:
            self.prepare = self._screen("Prepare", Prepare, name)
            self.rehearse = self._screen("Rehearse", Rehearse, name)
            self.debrief = self._screen("Debrief", Debrief, name)
            self.library = self._screen("Library", Library, name)
            self.transcripts = self._screen("Transcripts", Transcripts, name)
        self.elsewhere = Elsewhere(studio, self.frame, self.transcripts)
        self.everything = self._everything()
        self._wire()

    def _mast(self) -> str:
        """Return the masthead as it is now: somebody may have switched a language model off since the page was made."""
        return mast(self.studio.where_words_go(), account=self.studio.settings.is_server)

    def _screen(self, title: str, screen: Callable[["Studio", Frame], Any], name: str) -> Any:
        with gr.Tab(title, id=title.lower()) as tab:
            self.frame.strips.append(drawn(strip(name)))
            self.frame.notices.append(drawn(elem_classes="top-notice"))
            self.tabs.append(tab)
            return screen(self.studio, self.frame)

    def _everything(self) -> list[Any]:
        frame = self.frame
        found: list[Any] = [
            frame.session,
            frame.reading,
            frame.focus,
            frame.skipped,
            frame.standing,
            frame.nav,
            self.mast,
            *frame.strips,
            *frame.notices,
        ]
        for screen in (self.prepare, self.rehearse, self.debrief, self.library, self.transcripts):
            found += [part for part in vars(screen).values() if isinstance(part, gr.blocks.Block)]
        return [*found, *self.prepare.notes.values()]

    # Wires ------------------------------------------------------------------------------------------------

    def _wire(self) -> None:
        frame, prepare = self.frame, self.prepare
        session = [frame.session]
        came = self._on(gr.on, self.arrive, [self.address], triggers=None, js="() => [alexRoom.address]", after=ARRIVE)
        self._on(came.then, self.library.come_late, [self.library.awaited], at=3)
        self._on(prepare.who.input, prepare.choose, [prepare.who], at=0)
        self._on(prepare.begin.click, self.begin, prepare.inputs(), at=0)
        self._on(prepare.show_example.click, prepare.read_example, [], at=0)
        self._wire_room(session)
        self._on(self.debrief.save.click, self.debrief.reflect, [*session, self.debrief.reflection], at=2)
        question = [*self.library.desk()[:2], frame.session]
        asked = [self.library.question.submit, self.library.search.click]
        self._on(gr.on, self.library.patiently(self.library.ask), question, at=3, triggers=asked)
        self._on(self.library.word.click, self.library.patiently(self.library.answer), question, at=3)
        said = [self.transcripts.search, frame.reading]
        self._on(self.transcripts.search.input, self.transcripts.find, said, at=4, trigger_mode="always_last")
        draw_library = self.library.patiently(self.library.draw)
        for place, select in enumerate((prepare.refresh, None, self.debrief.draw, draw_library, self.transcripts.draw)):
            inputs = {2: [frame.session, frame.skipped], 3: self.library.desk()[1:3], 4: said}.get(place, [])
            self._on(self.tabs[place].select, select or dict, inputs, at=place)
        self._wire_drawn()

    def _wire_room(self, session: list[Any]) -> None:
        room = self.rehearse
        said = gr.on(
            [room.box.submit, room.say_it.click],
            calm_stream(room.say, self.frame),
            [*session, room.box, self.frame.standing],
            room.changed_by_turn(),
            trigger_mode="multiple",
            **PRIVATE,
        )
        self._settle(said)
        for button, handler, inputs in (
            (room.word_it, room.help_word, [*session, room.box]),
            (room.ask, room.ask_coach, session),
            (room.back, room.take_back, session),
            (room.finish, self.finish, session),
        ):
            self._on(button.click, handler, inputs, box=room.notice)

    def _wire_drawn(self) -> None:
        """Let every drawn block act; what it asks for comes with the event."""
        inputs = [self.frame.session, self.transcripts.search, self.library.question]
        for place, screen in enumerate((self.prepare, self.rehearse, self.debrief, None, self.transcripts)):
            box = self.rehearse.notice if screen is self.rehearse else self.frame.notices[place]
            for part in vars(screen).values() if screen else ():
                if isinstance(part, gr.HTML):
                    self._on(part.click, self.act, inputs, box=box, event=True, trigger_mode="multiple")
        steps = calm_steps(self.act_in_library, self.frame.notices[3], self.library.report, self.frame)
        for part in vars(self.library).values():
            if isinstance(part, gr.HTML):
                pressed = part.click(
                    _steps_with_event(steps),
                    [*inputs, *self.library.desk()[1:]],
                    self.everything,
                    trigger_mode="multiple",
                    **PRIVATE,
                )
                self._settle(pressed)

    def _on(self, trigger: Any, handler: Callable[..., Any], inputs: list[Any], *, at: int = 0, **how: Any) -> Any:
        """Answer an event calmly, then bring address, title and keyboard to where they belong. Return the event."""
        box = how.pop("box", None) or self.frame.notices[at]
        if at == 3 and inspect.isgeneratorfunction(handler):
            answer: Callable[..., Any] = calm_steps(handler, box, self.library.report, self.frame)
        else:
            answer = calm(handler, box, self.frame)
        after = how.pop("after", SETTLE)
        fn = _with_event(answer) if how.pop("event", False) else answer
        event = trigger(fn=fn, inputs=inputs, outputs=self.everything, **PRIVATE, **how)
        self._settle(event, after)
        return event

    def _settle(self, event: Any, after: str = SETTLE) -> None:
        frame = self.frame
        shown = [frame.session, frame.reading, frame.focus]
        event.then(None, shown, None, js=after, api_visibility="private", show_progress="hidden")

    # Between screens --------------------------------------------------------------------------------------

    def arrive(self, address: str) -> Updates:
        """Return the page as its address says: the conversation, the screen, what is being read."""
        asked = {name: values[0] for name, values in parse_qs(address.lstrip("?")).items()}
        tab = asked.get("at", "prepare") if asked.get("at") in TABS else "prepare"
        view, lost = self._found(asked.get("s", ""))
        changes = {**self.prepare.refresh(), **self.rehearse.draw(view), **self.frame.go(tab), self.mast: self._mast()}
        changes[self.frame.reading] = asked.get("r", "")
        if "who" in asked:
            changes |= self.prepare.set(asked["who"], asked.get("level", ""))
        if tab == "debrief" and view:
            changes |= self.debrief.draw(view.id)
        if tab == "library":
            changes |= self.library.arrive(asked.get("p", ""))
        if tab == "transcripts":
            changes |= self.transcripts.draw("", asked.get("r", ""))
        return changes | lost

    def _found(self, session: str) -> "tuple[View | None, Updates]":
        """Return the conversation of an address, or a word about why there is none."""
        if not session:
            return None, {}
        try:
            return self.studio.open(session), {}
        except UsageError:
            gone = GONE if is_kept(session) else FORGOTTEN
            return None, dict.fromkeys(self.frame.notices, notice(gone))
        except RecordError as error:
            return None, dict.fromkeys(self.frame.notices, notice(error))

    def begin(self, who: str, mode: str, level: str, unkept: bool, *notes: str) -> Updates:
        """Begin a conversation and go to it."""
        view = self.studio.begin(who, mode, self.prepare.noted(notes), level=level, kept=not unkept)
        return self._enter(view)

    def finish(self, session: str) -> Updates:
        """Finish the conversation and look back on it."""
        view = self.studio.finish(session)
        return {**self.rehearse.draw(view), **self.debrief.draw(view.id), **self.frame.go("debrief")}

    def act(self, session: str, search: str, question: str, asked: dict[str, str]) -> Updates:
        """Do what a drawn button, link or form asks for."""
        which, session_or = asked.get("id", ""), asked.get("id") or session
        acts: dict[str, Callable[[], Updates]] = {
            "go": lambda: self._go(asked.get("at", ""), session),
            "set": lambda: self.prepare.set(asked.get("who", ""), asked.get("level", "")) | {self.frame.focus: CHOSEN},
            "resume": lambda: self._enter(self.studio.open(which)),
            "use": lambda: self.rehearse.use(asked.get("words", "")),
            "keep": self.rehearse.keep,
            "correct": lambda: self.rehearse.correct(session, asked),
            "finish": lambda: self.finish(session),
            "rate": lambda: self.debrief.rate(session, asked),
            "skip": lambda: self.debrief.skip(session),
            "overrule": lambda: self.debrief.overrule(session, asked),
            "prose": lambda: self.debrief.prose(session),
            "second": lambda: self.debrief.second(session),
            "settle": lambda: self.debrief.settle(session, asked),
            "stay-local": lambda: self._stay_local(session, bool(asked.get("local"))),
            "beside": lambda: self.debrief.beside(session, which),
            "try": lambda: self._enter(self.studio.branch(session, int(asked["after"]))),
            "passage": lambda: (
                self.library.open_passage(which, question) | {self.frame.nav: gr.Tabs(selected="library")}
            ),
            "found": self.library.back,
            "article": lambda: self.library.open_article(asked.get("name", "")),
            "read": lambda: self._read(which, search, asked.get("turn", "")),
            "rename": lambda: self.transcripts.rename(which, asked.get("title", ""), search),
            "delete": lambda: self._delete(which, session, search),
            "branch": lambda: self._enter(self.studio.branch(session_or, int(asked["after"]))),
            "go-on": lambda: self._enter(self.transcripts.go_on(which)),
            "debrief": lambda: self._look_back(which),
            **self.elsewhere.acts(asked),
        }
        act = acts.get(asked.get("do", ""))
        return act() if act else {}

    def _stay_local(self, session: str, local: bool) -> Updates:
        """Use no model from now on, or use it again, and say so everywhere."""
        self.studio.stay_local(local)
        shown = voice(self.studio.voice(session))
        return {
            self.mast: self._mast(),
            self.prepare.voice: voice(self.studio.voice()),
            self.rehearse.voice: shown,
            self.debrief.other: "",
            self.library.word: gr.Button(visible=not local),
            self.frame.focus: "",
        }

    def act_in_library(
        self, session: str, search: str, question: str, within: str, opened: str, came: str, asked: dict[str, str]
    ) -> Iterator[Updates]:
        """Do what a drawn part of the Library asks for, step by step where it takes a while."""
        steps = self.library.steps(Desk(question, within, opened, came, session), asked)
        yield from steps if steps is not None else [self.act(session, search, question, asked)]

    def _go(self, tab: str, session: str) -> Updates:
        if tab == "debrief":
            return {**self.debrief.draw(session), **self.frame.go(tab)}
        return self.frame.go(tab if tab in TABS else "prepare")

    def _read(self, session: str, search: str, turn: str = "") -> Updates:
        """Show a transcript, and one turn of it where one is named."""
        at = {self.frame.focus: f"#turn-{int(turn)}"} if turn.isdecimal() else {}
        return {**self.transcripts.read(session, search), self.frame.nav: gr.Tabs(selected="transcripts"), **at}

    def _enter(self, view: "View") -> Updates:
        """Take a conversation into the room."""
        return {**self.rehearse.draw(view), self.rehearse.box: "", **self.frame.go("rehearse", BOX)}

    def _look_back(self, session: str) -> Updates:
        view = self.studio.open(session)
        return {**self.rehearse.draw(view), **self.debrief.draw(session), **self.frame.go("debrief")}

    def _delete(self, which: str, session: str, search: str) -> Updates:
        gone = self.transcripts.delete(which, search)
        return {**gone, **self.rehearse.draw(None)} if which == session else gone


def _steps_with_event(answer: Callable[..., Iterator[Updates]]) -> Callable[..., Iterator[Updates]]:
    """Return the handler that answers in steps so that what the drawn block asked for is its last value."""

    def act(  # Gradio counts the values and finds the event by its type
        session: str, search: str, question: str, within: str, opened: str, came: str, event: gr.EventData
    ) -> Iterator[Updates]:
        yield from answer(session, search, question, within, opened, came, dict(event._data or {}))

    return act


def _with_event(answer: Callable[..., Updates]) -> Callable[..., Updates]:
    """Return the handler so that what the drawn block asked for is its last value."""

    def act(session: str, search: str, question: str, event: gr.EventData) -> Updates:
        return answer(session, search, question, dict(event._data or {}))

    return act
