"""Write words.txt: what two writers or more say, and the encoder's English words do not hold. `make words` runs it."""

import re
from collections import Counter

from bot.listen.encoder import FOLDER
from bot.listen.spelling import SHORTEST_SLIP, is_english
from bot.measuring.turns import trained_on, turns

WORD = re.compile(rf"(?<![\w'’])[a-z]{{{SHORTEST_SLIP},}}(?![\w'’])")


def main() -> None:
    said: Counter[str] = Counter()
    for name in trained_on():
        texts = [text for turn in turns([name]) for text in (*turn.texts, turn.previous)]
        said.update({word for text in texts for word in WORD.findall(text)})
    words = sorted(word for word, writers in said.items() if writers > 1 and not is_english(word))
    (FOLDER / "words.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    print(f"{len(words)} words")


if __name__ == "__main__":
    main()
