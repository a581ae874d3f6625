"""A conversation held elsewhere: brought in, its speakers named, looked back on. It is drawn on Transcripts."""

import base64
import binascii
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.errors import UsageError
from bot.web.parts import Frame, Updates
from bot.web.render import elsewhere as render
from bot.web.screens.transcripts import Transcripts

if TYPE_CHECKING:
    from bot.studio import Studio

TOO_LARGE = "too large"
PASTED = "What you pasted"


class Elsewhere:
    """What happens in the place where a transcript is read."""

    def __init__(self, studio: "Studio", frame: Frame, transcripts: Transcripts) -> None:
        self.studio, self.frame, self.transcripts = studio, frame, transcripts

    def acts(self, asked: dict[str, str]) -> dict[str, Callable[[], Updates]]:
        """Return what drawn buttons and forms of this part ask for."""
        return {
            "bring": lambda: self._show(render.bring(), "#bring"),
            "brought": lambda: self.brought(asked),
            "look-back": lambda: self.look_back(asked),
        }

    def brought(self, asked: dict[str, str]) -> Updates:
        """Read in what was chosen or pasted, and ask who leads."""
        name, raw = self._given(asked)
        return self._show(render.who_leads(self.studio.elsewhere.brought(name, raw)), "#who-leads")

    def look_back(self, asked: dict[str, str]) -> Updates:
        """Show the debrief."""
        hide = [name for name in asked.get("hide", "").split(",") if name.strip()] if asked.get("names") else None
        shown = self.studio.elsewhere.looked_back(asked.get("said", ""), asked.get("leader", ""), hide=hide)
        return self._show(render.looked_back(shown), "#looked-back")

    def _given(self, asked: dict[str, str]) -> tuple[str, bytes]:
        if asked.get("file") == TOO_LARGE:
            raise UsageError("That file is larger than a conversation.", "Choose the transcript of one conversation.")
        if asked.get("file"):
            try:
                return asked.get("file_name", ""), base64.b64decode(asked["file"], validate=True)
            except binascii.Error:
                raise UsageError("That file did not arrive whole.", "Choose it again.") from None
        if not asked.get("text", "").strip():
            raise UsageError("There is nothing to read in yet.", "Choose a file, or paste a transcript.")
        return PASTED, asked["text"].encode("utf-8", "replace")

    def _show(self, html: str, focus: str) -> Updates:
        return {self.transcripts.reading: html, self.frame.reading: "", self.frame.focus: focus}
