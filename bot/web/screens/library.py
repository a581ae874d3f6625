"""Library: ask the articles, or read them."""

from typing import TYPE_CHECKING

import gradio as gr

from bot.errors import ModelError, UsageError
from bot.web.parts import Frame, Updates, drawn, quiet
from bot.web.render import library as render
from bot.web.render.drawing import look
from bot.web.render.voice import answered

if TYPE_CHECKING:
    from bot.studio import Studio

MOST_PASSAGES = 5


class Library:
    """The fourth screen."""

    def __init__(self, studio: "Studio", frame: Frame) -> None:
        self.studio, self.frame = studio, frame
        with gr.Column(elem_classes="screen"):
            drawn(
                look(
                    '<h1>Library</h1><p class="lead">Ask a question, and read what the articles say. '
                    "You get their own words, with where they stand.</p>"
                )
            )
            with gr.Row(elem_id="library", equal_height=False):
                with gr.Column(scale=2, min_width=260, elem_id="catalogue"):
                    self.question = gr.Textbox(
                        label="Ask the library", placeholder="How do I check I have understood?", elem_id="question"
                    )
                    with gr.Row(elem_classes="buttons"):
                        self.search = gr.Button("Search", variant="primary", elem_id="search-library")
                        self.word = gr.Button("Answer in a few words", visible=False, elem_id="answer-library")
                    self.articles = drawn()
                    self.again = quiet("Look again at the folder", elem_id="reindex")
                    self.report = gr.HTML("", apply_default_css=False, elem_id="report")
                with gr.Column(scale=3, min_width=280, elem_id="pages"):
                    self.answered = drawn()
                    self.results = drawn()
                    self.article = drawn()

    def draw(self) -> Updates:
        """Return the list of articles."""
        card = self.studio.voice()
        return {
            self.articles: render.articles(self.studio.library().articles()),
            self.word: gr.Button(visible=bool(card and card.on)),
        }

    def answer(self, question: str) -> Updates:
        """Return the passages, and an answer from them that the language model worded; each sentence quotes one."""
        if not question.strip():
            raise UsageError("There is nothing to answer yet.", "Write a question, then ask again.")
        found = self.ask(question)
        try:
            sentences, fault = self.studio.answer(question), ""
        except ModelError as error:
            sentences, fault = [], str(error)
        said = answered(self.studio.voice(), sentences, fault)
        return {**found, self.answered: said, self.frame.focus: "#answered"}

    def ask(self, question: str) -> Updates:
        """Return the passages that answer the question."""
        library = self.studio.library()
        found = library.search(question, MOST_PASSAGES)
        answers = [library.sentence(question, one.passage) for one in found]
        return {
            self.results: gr.HTML(render.results(question, found, answers), visible=True),
            self.answered: "",
            self.article: "",
        }

    def open_passage(self, which: str, question: str = "") -> Updates:
        """Return the article with the passage marked and in sight."""
        library = self.studio.library()
        passage, shelf = library.passage(which), library.articles()
        whole = render.article_of(passage, shelf) if passage else None
        if passage is None or whole is None:
            raise UsageError("That passage is no longer in the library.", "Its article was changed or removed.")
        return {
            self.articles: render.articles(shelf, render.key(whole)),
            self.results: gr.HTML(visible=False),
            self.article: render.article(whole, passage, back=bool(question.strip())),
            self.frame.focus: "#here",
        }

    def back(self) -> Updates:
        """Return to the passages that were found."""
        return {self.results: gr.HTML(visible=True), self.article: "", self.frame.focus: ".passages a"}

    def open_article(self, key: str) -> Updates:
        """Return an article from its beginning."""
        shelf = self.studio.library().articles()
        whole = next((one for one in shelf if render.key(one) == key), None)
        if whole is None:
            raise UsageError("That article is no longer in the library.", "Look again at the folder.")
        return {
            self.articles: render.articles(shelf, key),
            self.results: gr.HTML("", visible=False),
            self.article: render.article(whole),
            self.frame.focus: "#article",
        }

    def reindex(self) -> Updates:
        """Read the folder again and say what changed."""
        said = self.studio.reindex()
        return {**self.draw(), self.report: look(f'<p class="small" role="status">{render.plainly(said)}</p>')}
