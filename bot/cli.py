"""The console command `alex`. Each command imports what it needs when it runs, and nothing before."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import __version__
from bot.errors import AlexError, UsageError

if TYPE_CHECKING:
    from bot.settings import Settings

app = typer.Typer(
    name="alex",
    help="A rehearsal room for difficult conversations in schools. Alex is simulated: practice, never appraisal.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
)
evaluate = typer.Typer(help="Measure the reader, the colleague or the library, now.")
app.add_typer(evaluate, name="evaluate")

model = typer.Typer(help="The language model, where one is set.")
app.add_typer(model, name="model")

card = typer.Typer(help="Scenarios as character cards (V3, JSON).")
app.add_typer(card, name="card")

library = typer.Typer(help="What the library holds; add to it, take from it.", invoke_without_command=True)
app.add_typer(library, name="library")

accounts = typer.Typer(help="Who may sign in to a server.", no_args_is_help=True)
app.add_typer(accounts, name="accounts")

PROPOSAL = "proposal.md"
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Start the program in the browser (the same as `alex serve`)."""
    if version:
        typer.echo(f"alex {__version__}")
    elif context.invoked_subcommand is None:
        serve(None, None)


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; any but loopback makes a server, with accounts.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=1, max=65535)] = None,
) -> None:
    """Start the program in the browser."""
    from bot.settings import load_settings
    from bot.web.serve import serve as run

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    run(load_settings().model_copy(update=given))


@app.command()
def rehearse(
    name: Annotated[str, typer.Argument(help="The scenario, for example alex-geography.")] = "alex-geography",
    script: Annotated[Path | None, typer.Option(help="Play this file: one leader turn a line, or a JSON list.")] = None,
    as_json: AsJson = False,
    seed: Annotated[int | None, typer.Option(help="The same seed and words give the same conversation.")] = None,
    level: Annotated[str, typer.Option(help="first_time, usual, harder or surprise.")] = "usual",
) -> None:
    """Talk in the terminal, or play a script."""
    from bot.settings import load_settings
    from bot.terminal import play, talk

    settings = load_settings()
    if script is None and not as_json:
        talk(settings, name, seed, level)
    else:
        play(settings, name, script, seed or 0, as_json=as_json, level=level)


@app.command()
def read(
    one_segment: Annotated[bool, typer.Option("--one-segment", help="Take each text as one segment.")] = False,
) -> None:
    """Code sentences: JSON Lines {"previous", "text"} in, {"text", "segments"} out, in order."""
    from bot.listen.lines import read_lines

    for line in read_lines(sys.stdin, one_segment=one_segment):
        print(json.dumps(line, ensure_ascii=False), flush=True)  # noqa: T201


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="What you would like to know.")],
    k: Annotated[int, typer.Option("-k", help="At most so many passages.", min=1, max=50)] = 5,
    as_json: AsJson = False,
    within: Annotated[
        list[str] | None, typer.Option("--in", help="Look in this article only; its title, or the name of its file.")
    ] = None,
) -> None:
    """Ask the library. It answers with passages, or says that it holds no answer."""
    from bot.library.search import Library
    from bot.listen.encoder import shared_encoder
    from bot.settings import load_settings

    with Library(load_settings(), shared_encoder()) as library:
        library.ensure()
        places = [library.catalogue().named(article).place for article in within] if within else None
        found = library.search(question, k, places)
        start, end = library.sentence(question, found[0].passage) if found and not as_json else (0, 0)
    if as_json:
        typer.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=2))
        return
    if not found:
        typer.echo("Nothing in the library answers that.")
        return
    best = found[0].passage
    if found[0].outright:
        typer.echo(f"“{' '.join(best.text[start:end].split())}”\n{best.place}")
    else:
        typer.echo("Nothing in the library answers that outright. These come nearest.")
    for one in found:
        typer.echo(f"\n{one.passage.place}  ({one.score:.2f})\n{one.passage.text}")


Article = Annotated[str, typer.Argument(help="Its title, or the name of its file.")]
Title = Annotated[str | None, typer.Option(help="Its title.")]
Author = Annotated[str | None, typer.Option(help="Who wrote it.")]
Date = Annotated[str | None, typer.Option(help="When, as you would write it: 2017, or June 2026.")]
Source = Annotated[str | None, typer.Option(help="Where it is from.")]


@library.callback()
def list_library(context: typer.Context, as_json: AsJson = False) -> None:
    """List what the library holds, what could not be read and what is put away."""
    from bot.settings import load_settings
    from bot.shelving import list_articles

    if context.invoked_subcommand is None:
        list_articles(load_settings(), typer.echo, as_json=as_json)


@library.command(name="add")
def add_articles(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of them. They are copied, and stay.")],
    title: Title = None,
    author: Author = None,
    date: Date = None,
    source: Source = None,
) -> None:
    """Copy files into the library and read them there."""
    from bot.library.told import Details
    from bot.settings import load_settings
    from bot.shelving import add, asker

    if title and (len(paths) != 1 or paths[0].is_dir()):
        raise UsageError("A title is for one file.", "Add that file alone.")
    if not add(load_settings(), paths, Details(title, author, date, source), typer.echo, asker()):
        raise typer.Exit(1)


@library.command(name="about")
def about_article(
    article: Article, title: Title = None, author: Author = None, date: Date = None, source: Source = None
) -> None:
    """Print what is known of an article and what it was cited for, or keep what you know of it."""
    from bot.settings import load_settings
    from bot.shelving import about

    about(load_settings(), article, {"title": title, "author": author, "date": date, "source": source}, typer.echo)


@library.command(name="remove")
def remove_article(article: Article) -> None:
    """Take an article out. A copy is deleted; a file in a folder of yours stays, and is read no more."""
    from bot.settings import load_settings
    from bot.shelving import remove

    remove(load_settings(), article, typer.echo)


@library.command(name="back")
def bring_article_back(article: Article) -> None:
    """Read an article again that was put away."""
    from bot.settings import load_settings
    from bot.shelving import bring_back

    bring_back(load_settings(), article, typer.echo)


@library.command(name="index")
def make_index_anew() -> None:
    """Make the index anew from the library. Nothing else is touched."""
    from bot.settings import load_settings
    from bot.shelving import make_index

    make_index(load_settings(), typer.echo)


Account = Annotated[str, typer.Argument(help="The name they sign in with; an e-mail address, for example.")]
PasswordFile = Annotated[
    Path | None, typer.Option("--password-file", help="Take the password from here, not a made-up one.")
]


@accounts.command(name="add")
def add_account(
    name: Account,
    role: Annotated[str, typer.Option(help="leader, coach or admin.")] = "leader",
    password_file: PasswordFile = None,
) -> None:
    """Make an account and print its first password, which has to be changed at the first sign-in."""
    from bot.doorkeeping import add
    from bot.settings import load_settings

    add(load_settings(), name, role, password_file, typer.echo)


@accounts.command(name="list")
def list_accounts(as_json: AsJson = False) -> None:
    """List the accounts."""
    from bot.doorkeeping import listed
    from bot.settings import load_settings

    listed(load_settings(), typer.echo, as_json=as_json)


@accounts.command(name="password")
def change_account_password(name: Account, password_file: PasswordFile = None) -> None:
    """Give an account a new password and sign it out everywhere."""
    from bot.doorkeeping import new_password
    from bot.settings import load_settings

    new_password(load_settings(), name, password_file, typer.echo)


@accounts.command(name="role")
def change_account_role(name: Account, role: Annotated[str, typer.Argument(help="leader, coach or admin.")]) -> None:
    """Give an account another role."""
    from bot.doorkeeping import new_role
    from bot.settings import load_settings

    new_role(load_settings(), name, role, typer.echo)


@accounts.command(name="remove")
def remove_account(
    name: Account, yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False
) -> None:
    """Delete an account with every conversation of its owner, for good."""
    from bot.doorkeeping import remove
    from bot.settings import load_settings

    if not yes:
        typer.confirm(f"Delete {name} and everything they kept, for good?", abort=True)
    remove(load_settings(), name, typer.echo)


@app.command(name="export")
def export_session(
    session: Annotated[str, typer.Argument(help="The session's id; `alex sessions` lists them.")],
    to: Annotated[Path, typer.Option(help="The file to write; .md, .docx, .pdf, .jsonl or .vtt decides the form.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
    without_notes: Annotated[bool, typer.Option("--without-notes", help="Leave out what the coach said.")] = False,
    without_thoughts: Annotated[
        bool, typer.Option("--without-thoughts", help="Leave out what was thought and not said, and the reflection.")
    ] = False,
    without_names: Annotated[
        bool, typer.Option("--without-names", help="Put stand-ins in place of the names that can be found.")
    ] = False,
) -> None:
    """Write a session to a file: to read, to hand over, or to take elsewhere."""
    from bot.exports.paper import Choice
    from bot.exports.writing import kind_of, put
    from bot.settings import load_settings
    from bot.studio import Studio

    kind = kind_of(to, overwrite=overwrite)
    choice = Choice(notes=not without_notes, thoughts=not without_thoughts, names=not without_names)
    _, content = Studio(load_settings()).export(session, kind, choice)
    typer.echo(f"Written: {put(to, content)}")


@app.command()
def sessions(words: Annotated[str, typer.Argument(help="Only those in which this was said.")] = "") -> None:
    """List the sessions, newest first."""
    from bot.record.store import Record
    from bot.settings import load_settings

    with Record(load_settings().record_url) as record:
        found = record.sessions(words)
    for one in found:
        ending = (one.ending or "not finished").replace("_", " ")
        typer.echo(f"{one.id}  {one.created.astimezone():%d %b %H:%M}  {one.turns:>2} turns  {ending:<16}  {one.title}")
    if not found:
        typer.echo("No sessions yet." if not words else "Nothing with these words.")


@app.command()
def backup(to: Annotated[Path, typer.Argument(help="The file to write, ending in .zip.")]) -> None:
    """Write everything that is kept to one file: accounts, conversations, questions, added articles."""
    from bot.record.backup import back_up
    from bot.record.store import Record
    from bot.settings import load_settings

    settings = load_settings()
    with Record(settings.record_url) as record:
        beside = [path for path in (settings.added_path, settings.told_path) if path.exists()]
        rows = back_up(record, to, beside)
    typer.echo(f"Written: {to} ({rows} rows). It holds people's words: keep it as you keep those.")


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="A file that `alex backup` has written.")]) -> None:
    """Read a backup into an empty database, of the same kind or another."""
    from bot.record.backup import restore as read_back
    from bot.record.store import Record
    from bot.settings import load_settings

    settings = load_settings()
    with Record(settings.record_url) as record:
        rows = read_back(record, file, settings.home)
    typer.echo(f"Restored: {rows} rows.")


@app.command()
def debrief(
    file: Annotated[Path, typer.Argument(help="Text with speakers, WebVTT, Word, or JSON.")],
    as_json: AsJson = False,
    leader: Annotated[str | None, typer.Option(help="Which of the speakers leads; asked for where unclear.")] = None,
    scenario: Annotated[str | None, typer.Option(help="The scenario of ours it belongs to, if it does.")] = None,
    without_names: Annotated[
        bool, typer.Option("--without-names", help="Put stand-ins in place of the names that can be found.")
    ] = False,
    hide: Annotated[list[str] | None, typer.Option(help="One more name to take out; give it once for each.")] = None,
    to: Annotated[Path | None, typer.Option(help="Write it to this file too: .md, .docx, .pdf or .vtt.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Debrief a conversation that was held elsewhere. Nothing of it is kept."""
    from bot.settings import load_settings
    from bot.terminal_elsewhere import Asked, debrief_elsewhere

    asked = Asked(leader, scenario, without_names or bool(hide), tuple(hide or ()), to, overwrite, as_json)
    debrief_elsewhere(load_settings().prompts, file, asked)


@app.command()
def check() -> None:
    """Check every file that a coach can edit."""
    from bot.checking import check_everything
    from bot.settings import load_settings

    faults = check_everything(load_settings())
    for line in faults.good:
        typer.echo(line)
    for fault in faults.faults:
        typer.echo(f"{fault.fault}\n    {fault.fix}" if fault.fix else fault.fault)
    if faults.faults:
        raise typer.Exit(1)


@app.command(name="new-scenario")
def new_scenario(
    name: Annotated[str, typer.Argument(help="A name for its folder: small letters, digits, hyphens.")],
    colleague: Annotated[str, typer.Option(help="The colleague's first name.")] = "Sam",
    pronouns: Annotated[str, typer.Option(help="he, she or they.")] = "they",
    notes: Annotated[
        Path | None, typer.Option("--from", help="Your notes on the case: a model proposes the bones of it.")
    ] = None,
) -> None:
    """Begin a scenario of your own: a folder that can be played at once, with everything still to be made yours."""
    from bot.colleague.starting import start_scenario
    from bot.settings import load_settings

    settings = load_settings()
    page = _proposed(settings, colleague, notes) if notes else ""
    folder = start_scenario(settings.prompts, name, colleague, pronouns)
    typer.echo(f"Written: {folder}")
    if page:
        (folder / PROPOSAL).write_text(page, encoding="utf-8")
        typer.echo(f"What the model proposes is in {PROPOSAL} there. Nothing of it is in the scenario yet.")
    typer.echo(
        f"Open scenario.yaml there, follow docs/for-coaches.md from section 14, and try it: alex rehearse {name}"
    )


def _proposed(settings: "Settings", colleague: str, notes: Path) -> str:
    """Return what a model proposes from a coach's notes. Raise UsageError or ModelError; nothing is written then."""
    from bot.model.proposing import as_page
    from bot.studio import Studio

    try:
        words = notes.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{notes} cannot be read as text.", "Save your notes as a text file, in UTF-8.") from None
    if not words:
        raise UsageError(f"{notes} is empty.", "Write a few sentences about the case in it.")
    proposal, by = Studio(settings).wordsmith.propose(colleague, words)
    return as_page(proposal, colleague, by)


@card.command(name="export")
def export_card(
    name: Annotated[str, typer.Argument(help="The scenario.")],
    to: Annotated[Path, typer.Option(help="The file to write, ending in .json.")],
    facilitator: Annotated[bool, typer.Option("--facilitator", help="With everything that is hidden.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Write a scenario as a character card: what anybody may know, or with --facilitator all of it."""
    from bot.colleague.cards import card_of
    from bot.colleague.loading import load_scenario
    from bot.settings import load_settings

    if to.exists() and not overwrite:
        raise UsageError(f"{to} is there already.", "Choose another name, or add --overwrite.")
    prompts = load_settings().prompts
    made = card_of(prompts, load_scenario(prompts, name), facilitator=facilitator)
    to.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    typer.echo(f"Written: {to}")


@card.command(name="import")
def import_card(
    file: Annotated[Path, typer.Argument(help="A facilitator's card.")],
    name: Annotated[str | None, typer.Option(help="A name for its folder, if not its own.")] = None,
) -> None:
    """Read a scenario from a facilitator's card."""
    from bot.colleague.cards import read_card, take_in
    from bot.settings import load_settings

    taken = take_in(load_settings().prompts, read_card(file), name)
    typer.echo(
        f"The scenario {taken.name} is there, with {taken.lines.count()} lines. Try it: alex rehearse {taken.name}"
    )


@model.command(name="check")
def check_model(
    all_of_it: Annotated[bool, typer.Option("--all", help="Hold every conversation to its end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Try the language model: what works on its server, and whether it is fit to play."""
    from bot.settings import load_settings
    from bot.trying import as_json as found_as_json
    from bot.trying import in_words, try_model

    found = try_model(load_settings(), to_the_end=all_of_it)
    typer.echo(json.dumps(found_as_json(found), ensure_ascii=False, indent=2) if as_json else in_words(found))
    if not found.fitness or found.fitness.verdict == "unfit":
        raise typer.Exit(1)


@evaluate.command(name="library")
def evaluate_library(
    on: Annotated[str, typer.Option(help="Which questions: watched; held, for the end; documents.")] = "watched",
    default: Annotated[
        Path | None, typer.Option(help="The encoder in full precision (training/export_encoder.py), for one row more.")
    ] = None,
) -> None:
    """Print how well the library answers the questions in tests/library/asked.jsonl, beside plainer searches.

    `documents` are invented school documents, each with its questions, which a library of their own answers.
    """
    from bot.measuring.library import library_table
    from bot.settings import load_settings

    typer.echo(library_table(load_settings(), on, default))


@evaluate.command(name="reader")
def evaluate_reader(
    on: Annotated[str, typer.Option(help="Whom to measure on: watched, exam or both.")] = "both",
    baselines: Annotated[bool, typer.Option(help="Train three plain readers and print them beside ours.")] = True,
) -> None:
    """Print how well the reader codes writers it was never trained on."""
    from bot.measuring.reader import SETS, reader_table

    if on not in SETS:
        raise UsageError(f"There is nothing to measure on called {on!r}.", f"There are {', '.join(SETS)}.")
    typer.echo(reader_table(on, baselines=baselines))  # type: ignore[arg-type]


@evaluate.command(name="coach")
def evaluate_coach(
    on: Annotated[str, typer.Option(help="The conversations to measure on: one or two.")] = "one",
    advice: Annotated[bool, typer.Option("--advice", help="Measure what it offers instead.")] = False,
) -> None:
    """Print how often the coach finds what a conversation was written to show, or whether its advice is sound."""
    from bot.measuring.advice import advice_table
    from bot.measuring.coach import coach_table
    from bot.settings import load_settings

    if advice:
        typer.echo(advice_table(load_settings().prompts))
        return
    if on not in {"one", "two"}:
        raise UsageError(f"There are no conversations called {on!r}.", "There are one and two.")
    typer.echo(coach_table(load_settings().prompts, on))


@evaluate.command(name="colleague")
def evaluate_colleague(
    scenario: Annotated[str | None, typer.Option(help="One scenario; all by default.")] = None,
    seeds: Annotated[int, typer.Option(help="Conversations of each kind.", min=1)] = 20,
    level: Annotated[str, typer.Option(help="first_time, usual, harder or surprise.")] = "usual",
    effects: Annotated[bool, typer.Option("--effects", help="What each rule of the state table does.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Draw the relationship, turn by turn, into this file.")] = None,
) -> None:
    """Play simulated leaders of every kind, and print what they got to hear and how it ended."""
    from bot.measuring.colleague import colleague_table, table_of_effects
    from bot.settings import load_settings

    if effects:
        typer.echo(table_of_effects(load_settings(), scenario or "alex-geography", seeds))
        return
    typer.echo(colleague_table(load_settings(), scenario, seeds, level, plot))


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Turn an error of ours into a sentence on standard error, and exit 1 (2 for a wrong use)."""
    try:
        yield
    except AlexError as error:
        print(error.fault, error.fix, sep="\n" if error.fix else "", file=sys.stderr)  # noqa: T201
        raise SystemExit(2 if isinstance(error, UsageError) else 1) from error
    except BrokenPipeError:
        sys.stderr.close()


def main(run: Callable[[], Any] = app) -> None:
    """Run the console command."""
    with in_plain_words():
        run()
