"""What each task is passed, with a value to try its prompt file on."""

from collections.abc import Mapping
from typing import Any

from bot.model.moment import SAMPLE

SAID = ("Leader: What made it work last year?", "Alex: They all finished.")

TASKS: Mapping[str, Mapping[str, Any]] = {
    "word_line": SAMPLE,
    "word_tip": {
        "name": "Alex",
        "turns": SAID,
        "words": "You never look back at anything.",
        "line": "Is this appraisal?",
        "tip": "“Never” closes the door. Say what you saw.",
        "reason": "",
    },
    "word_it": {
        "name": "Alex",
        "turns": SAID,
        "reads_as": "Verdict",
        "why": "It puts a verdict where a worry could stand.",
        "examples": ("What made you choose it?",),
        "draft": "Your lessons are out of date.",
        "reason": "",
    },
    "debrief": {
        "name": "Alex",
        "findings": ("At turn 4 Alex told you about the sheet.",),
        "quotes": ("What did you keep from last year?",),
        "reason": "",
    },
    "read_again": {
        "name": "Alex",
        "moves": ("open_question: invites the other's own thinking",),
        "sentences": ("1. (Alex: They all finished.) How do you know?",),
    },
    "answer": {
        "question": "How do I check I have understood?",
        "passages": ("Say back what you heard, and ask.",),
        "reason": "",
    },
    "propose_scenario": {"colleague": "Sam", "notes": "A careful colleague let a shared record go.", "reason": ""},
}
