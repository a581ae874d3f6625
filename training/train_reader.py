"""Train the reader: fine-tune a published encoder on the labelled turns; write reader.onnx (int8) and reader.json.

    make reader

Needs an environment of its own (training/requirements.txt) and the folder of a published encoder. The writers in
bot.measuring.turns.WATCHED and EXAM are never trained on; the first give the heat of the confidences and the threshold
of "not sure".
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from network import Body, Network, padded
from tokenizers import Tokenizer
from torch.nn import functional

from bot.listen.network import laid_out, word_tokens
from bot.listen.reading import FOCUSES, MOVES
from bot.listen.segments import ends_sentence
from bot.measuring.changes import CHANGES, shaken
from bot.measuring.figures import accuracy, boundary_f1, calibration_error, macro_f1
from bot.measuring.turns import WATCHED, Row, rows, trained_on, turns

MODEL = Path(__file__).resolve().parent.parent / "bot" / "listen" / "model"
NO_FOCUS = -100
FOCUS_WEIGHT = 0.3
"""How much the focus counts beside the move."""
CUT_WEIGHT, CUT_TURNS, CUT_POSITIVE = 2.0, 20, 2.0
"""How much the cuts count beside the move, in how many turns a step; a missed cut counts twice a needless one."""
CUT_SHAKEN, CUT_UNMARKED = 0.3, 0.3
"""Shares of those turns seen as others type them, and with no marks and no capitals at all."""
SMOOTHING = 0.05
WITHOUT_PREVIOUS, WITHOUT_BEFORE, SHAKEN = 0.15, 0.3, 0.4
"""Shares of the sentences seen without the line before, without the leader's words before, and as others type."""
TWINS, TWIN_WEIGHT = 0.35, 0.5
"""Share of a batch seen once more with a change, and how much it counts that both get the same reading."""
HEAD_RATE, LAYER_DECAY, WARM_UP = 10.0, 0.9, 0.06
"""Heads learn so much faster than the top layer, each layer below a little slower (Howard and Ruder 2018)."""
TAUGHT_WEIGHT, TAUGHT_HEAT = 1.0, 2.0
"""How much a teacher's scores count beside the labels, and how much they are softened."""
SURE = 0.94
"""Share right, on the watched writers, from which readings are shown as sure."""


class Words:
    """The tokenizer that ships with the program, and what it makes of rows and turns."""

    def __init__(self) -> None:
        self._tokenizer = Tokenizer.from_file(str(MODEL / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def of_row(self, row: Row) -> tuple[list[int], list[int]]:
        """Return (ids, own) of a segment."""
        laid = laid_out(self._tokenizer, row.text, row.previous, row.before)
        return laid.ids, laid.own

    def of_turn(self, texts: Sequence[str]) -> tuple[list[int], list[int], list[float]]:
        """Return (ids, places of words that could begin a segment, whether they do); ends of sentences are left out."""
        words = [word for text in texts for word in text.split()][:120]
        begins = {sum(len(text.split()) for text in texts[:i]) for i in range(len(texts))}
        ids, firsts = word_tokens(self._tokenizer, words)
        open_places = [at for at in range(1, len(words)) if not ends_sentence(words[at - 1], words[at])]
        return ids, [firsts[at] for at in open_places], [float(at in begins) for at in open_places]


def as_seen(row: Row, dice: random.Random) -> Row:
    """Return a segment as it is seen in training: at times with nothing before it, at times as others type it."""
    return replace(
        row,
        previous="" if dice.random() < WITHOUT_PREVIOUS else row.previous,
        before="" if dice.random() < WITHOUT_BEFORE else row.before,
        text=shaken(row.text, dice) if dice.random() < SHAKEN else row.text,
    )


Taught = Mapping[Row, torch.Tensor]
"""What a larger network scores each segment's moves."""


def heads_loss(
    net: Network, words: Words, batch: Sequence[Row], dice: random.Random, taught: Taught | None = None
) -> torch.Tensor:
    """Return the loss of moves and focuses, of readings that change with the typing, and of being unlike a teacher."""
    seen = [as_seen(row, dice) for row in batch]
    places = dice.sample(range(len(seen)), int(TWINS * len(seen)))
    twins = [replace(seen[at], text=shaken(batch[at].text, dice, at_least=1)) for at in places]
    with torch.autocast("cpu", torch.bfloat16):
        moves, focuses, _ = net(*padded([words.of_row(row) for row in [*seen, *twins]]))
    moves, both = moves.float(), [*batch, *(batch[at] for at in places)]
    truth = torch.tensor([MOVES.index(row.move) for row in both])
    asked = torch.tensor([FOCUSES.index(row.focus) if row.focus else NO_FOCUS for row in both])
    loss = functional.cross_entropy(moves, truth, label_smoothing=SMOOTHING)
    if (asked >= 0).any():
        loss = loss + FOCUS_WEIGHT * functional.cross_entropy(focuses.float(), asked, ignore_index=NO_FOCUS)
    if taught:
        loss = loss + TAUGHT_WEIGHT * from_teacher(moves, torch.stack([taught[row] for row in both]))
    if places:
        loss = loss + TWIN_WEIGHT * apart(moves[places], moves[len(batch) :])
    return loss


def from_teacher(moves: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Return how far the scores lie from the teacher's, both softened (Hinton et al. 2015)."""
    wanted = functional.log_softmax(teacher / TAUGHT_HEAT, 1)
    given = functional.log_softmax(moves / TAUGHT_HEAT, 1)
    return TAUGHT_HEAT**2 * functional.kl_div(given, wanted, log_target=True, reduction="batchmean")


def apart(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Return how far two readings of the same words lie from each other (both ways round, in nats)."""
    first, second = functional.log_softmax(one, 1), functional.log_softmax(other, 1)
    there = functional.kl_div(first, second, log_target=True, reduction="batchmean")
    back = functional.kl_div(second, first, log_target=True, reduction="batchmean")
    return (there + back) / 2


def cut_loss(net: Network, words: Words, found: Sequence[Sequence[str]], dice: random.Random) -> torch.Tensor:
    """Return the loss of the cuts inside sentences."""
    laid = [words.of_turn(turn_as_seen(texts, dice)) for texts in found]
    with torch.autocast("cpu", torch.bfloat16):
        scores = net.cuts_of(*padded([(ids, [1] * len(ids)) for ids, _, _ in laid]))
    open_scores = torch.cat([scores[row, places] for row, (_, places, _) in enumerate(laid)]).float()
    truth = torch.tensor([one for _, _, begins in laid for one in begins])
    return functional.binary_cross_entropy_with_logits(open_scores, truth, pos_weight=torch.tensor(CUT_POSITIVE))


def turn_as_seen(texts: Sequence[str], dice: random.Random) -> list[str]:
    """Return a turn's segments as they are, as others type them, or with no marks and no capitals at all."""
    chance = dice.random()
    if chance < CUT_UNMARKED:
        return [CHANGES["case"](CHANGES["punctuation"](text, dice) or text, dice) for text in texts]
    if chance < CUT_UNMARKED + CUT_SHAKEN:
        seed = dice.random()
        return [shaken(text, random.Random(seed)) for text in texts]
    return list(texts)


def optimiser_of(net: Network, rate: float) -> torch.optim.Optimizer:
    """Return AdamW with the rate of each part."""
    layers = len(net.body.encoder.layer)

    def rate_of(name: str) -> float:
        if not name.startswith("body"):
            return HEAD_RATE * rate
        deep = int(name.split("layer.")[1].split(".", maxsplit=1)[0]) if "layer." in name else -1
        return rate * LAYER_DECAY ** (layers - 1 - deep)

    plain = ("bias", "LayerNorm")
    groups = [
        {"params": [one], "lr": rate_of(name), "weight_decay": 0.0 if any(x in name for x in plain) else 0.01}
        for name, one in net.named_parameters()
        if one.requires_grad
    ]
    return torch.optim.AdamW(groups, fused=True)


def in_batches(found: list[Row], size: int, dice: random.Random) -> list[list[Row]]:
    """Return the rows in batches of like length, in an order of chance."""
    dice.shuffle(found)
    pools = [
        sorted(found[k : k + size * 16], key=lambda row: len(row.text) + len(row.previous) + len(row.before))
        for k in range(0, len(found), size * 16)
    ]
    batches = [pool[k : k + size] for pool in pools for k in range(0, len(pool), size)]
    dice.shuffle(batches)
    return batches


def train(net: Network, words: Words, args: argparse.Namespace) -> None:
    """Fine-tune the network on every writer that may be trained on."""
    dice = random.Random(args.seed)
    known = rows(trained_on())
    if args.share < 1:
        keep = {id(one) for one in dice.sample(known, int(args.share * len(known)))}
        known = [row for row in known if id(row) in keep]
    optimiser = optimiser_of(net, args.rate)
    taught = dict(zip(known, torch.load(args.taught_by), strict=True)) if args.taught_by else None
    steps = int(args.epochs * (len(known) // args.batch + 1))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda k: min(1.0, (k + 1) / (WARM_UP * steps)) * max(0.01, 1 - k / steps)
    )
    print(f"{len(known)} segments, {steps} steps", flush=True)
    started, step, cuts = time.time(), 0, cut_batches(dice)
    while step < steps:
        net.train()
        for batch in in_batches(known, args.batch, dice)[: steps - step]:
            loss = heads_loss(net, words, batch, dice, taught)
            of_cuts = cut_loss(net, words, next(cuts), dice)
            (loss + CUT_WEIGHT * of_cuts).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            step += 1
            if step % 100 == 0:
                print(
                    f"step {step}, {time.time() - started:.0f} s, loss {loss.item():.2f}, of cuts {of_cuts.item():.3f}",
                    flush=True,
                )
        if args.look:
            print(look(net, words), flush=True)


def cut_batches(dice: random.Random) -> Iterator[list[list[str]]]:
    """Yield the turns that the cuts are learnt from, some at a time, for ever; one short sentence teaches nothing."""
    known = [turn.texts for turn in turns(trained_on()) if len(turn.segments) > 1 or len(turn.texts[0].split()) > 7]
    while True:
        dice.shuffle(known)
        pools = [
            sorted(known[k : k + CUT_TURNS * 16], key=lambda one: sum(map(len, one)))
            for k in range(0, len(known), CUT_TURNS * 16)
        ]
        batches = [pool[k : k + CUT_TURNS] for pool in pools for k in range(0, len(pool), CUT_TURNS)]
        dice.shuffle(batches)
        yield from batches


def scores_of(net: Network, words: Words, found: Sequence[Row]) -> tuple[np.ndarray, np.ndarray]:
    """Return (move scores, focus scores) of the rows."""
    net.eval()
    moves, focuses = np.zeros((len(found), len(MOVES)), np.float32), np.zeros((len(found), len(FOCUSES)), np.float32)
    order = sorted(range(len(found)), key=lambda i: len(found[i].text) + len(found[i].previous))
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        for k in range(0, len(order), 64):
            places = order[k : k + 64]
            move, focus, _ = net(*padded([words.of_row(found[i]) for i in places]))
            moves[places], focuses[places] = move.float().numpy(), focus.float().numpy()
    return moves, focuses


def look(net: Network, words: Words) -> str:
    """Return the figures on the watched writers."""
    found = rows(WATCHED)
    moves, focuses = scores_of(net, words, found)
    pairs = [(row.move, MOVES[int(guess)]) for row, guess in zip(found, moves.argmax(1), strict=True)]
    hard = [pair for pair, row in zip(pairs, found, strict=True) if row.hard]
    asked = [(row.focus, FOCUSES[int(g)]) for row, g in zip(found, focuses.argmax(1), strict=True) if row.focus]
    cuts = []
    with torch.no_grad():
        for turn in turns(WATCHED):
            ids, places, begins = words.of_turn(turn.texts)
            if places:
                scores = net(*padded([(ids, [1] * len(ids))]))[2][0][places]
                made = {at for at, one in zip(places, scores.tolist(), strict=True) if one > 0}
                cuts.append(({at for at, one in zip(places, begins, strict=True) if one}, made))
    return (
        f"watched: right {accuracy(pairs):.3f}, macro-F1 {macro_f1(pairs):.3f}, hard {macro_f1(hard):.3f}, "
        f"focus {macro_f1(asked):.3f}, cuts inside sentences {boundary_f1(cuts):.3f}"
    )


def best_heat(scores: np.ndarray, truth: np.ndarray) -> float:
    """Return the temperature under which the held-out scores are best calibrated (Guo et al. 2017)."""

    def loss(heat: float) -> float:
        scaled = (scores - scores.max(1, keepdims=True)) / heat
        return float(-(scaled[np.arange(len(truth)), truth] - np.log(np.exp(scaled).sum(1))).mean())

    return float(min(np.linspace(0.5, 4.0, 141), key=loss))


def sure_from(chances: np.ndarray, right: np.ndarray) -> float:
    """Return the least confidence above which a share of SURE is right."""
    order = np.argsort(-chances)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.nonzero(share >= SURE)[0]
    return float(chances[order[good[-1]]]) if len(good) else 1.0


def export(net: Network, into: Path) -> None:
    """Write the network as ONNX with weights of 8 bits."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    names = ["input_ids", "attention_mask", "segment_mask"]
    example = padded([([101, 2054, 102, 102], [1, 1, 1, 0]), ([101, 2054, 2003, 102], [1, 1, 1, 1])])
    axes = {name: {0: "texts", 1: "tokens"} for name in [*names, "cuts"]} | {
        "moves": {0: "texts"},
        "focuses": {0: "texts"},
    }
    with tempfile.TemporaryDirectory() as scratch:
        full, ready = Path(scratch) / "full.onnx", Path(scratch) / "ready.onnx"
        torch.onnx.export(
            net.eval().float(),
            example,
            str(full),
            input_names=names,
            output_names=["moves", "focuses", "cuts"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
        quant_pre_process(str(full), str(ready), skip_symbolic_shape=True)
        delicate = with_delicate_layers_apart(ready, len(net.body.encoder.layer))
        quantize_dynamic(delicate, into, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)


def with_delicate_layers_apart(model: Path, layers: int) -> Path:
    """Give the upper half's last matrices weights of 4 bits by blocks, and return the file.

    Their inputs have outliers: one scale for all of an input costs 2 points of accuracy, one a block costs none.
    """
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    graph = onnx.load(model)
    names = [node.name for node in graph.graph.node if node.op_type == "MatMul"]
    upper = tuple(f"layer.{layer}/output/dense/MatMul" for layer in range(layers // 2, layers))
    others = [name for name in names if not name.endswith(upper)]
    smaller = MatMulNBitsQuantizer(
        graph, bits=4, block_size=32, is_symmetric=True, accuracy_level=4, nodes_to_exclude=others
    )
    smaller.process()
    target = model.with_name("delicate.onnx")
    smaller.model.save_model_to_file(str(target), use_external_data_format=False)
    return target


def settle(into: Path) -> None:
    """Write reader.json: what is measured with the exported network itself, on the watched writers."""
    from bot.listen.network import Network as Shipped

    settings = into / "reader.json"
    shipped, found = Shipped(into), rows(WATCHED)
    scores = [shipped.scores(row.text, row.previous, row.before) for row in found]
    moves = np.stack([one for one, _ in scores])
    truth = np.array([MOVES.index(row.move) for row in found])
    heat = best_heat(moves, truth)
    grown = np.exp((moves - moves.max(1, keepdims=True)) / heat)
    chances, right = (grown / grown.sum(1, keepdims=True)).max(1), moves.argmax(1) == truth
    found_settings = {
        "move_heat": round(heat, 3),
        "cut_from": best_cut(shipped),
        "sure_from": round(sure_from(chances, right), 3),
    }
    settings.write_text(json.dumps(found_settings, indent=2) + "\n", encoding="utf-8")
    print(
        f"as shipped, watched: right {right.mean():.3f}, "
        f"ECE {calibration_error(list(chances), list(right)):.3f}, {found_settings}"
    )


def best_cut(shipped: object) -> float:
    """Return the score from which to cut, the best of a few on the watched writers."""
    seen = []
    for turn in turns(WATCHED):
        tokens = " ".join(turn.texts).split()
        lengths = [len(text.split()) for text in turn.texts]
        begins = {sum(lengths[:i]) for i in range(1, len(lengths))}
        open_places = [at for at in range(1, len(tokens)) if not ends_sentence(tokens[at - 1], tokens[at])]
        if open_places:
            scores = shipped.cuts(tokens)  # type: ignore[attr-defined]
            seen.append(({at for at in open_places if at in begins}, {at: float(scores[at]) for at in open_places}))
    marks = [round(-2 + k * 0.25, 2) for k in range(17)]
    return max(marks, key=lambda mark: boundary_f1([(t, {a for a, s in made.items() if s > mark}) for t, made in seen]))


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("encoder", type=Path, help="folder of a published encoder")
    ask.add_argument("--layers", default="", help="which layers are kept, e.g. 0-9; all by default")
    ask.add_argument("--frozen", type=int, default=0)
    ask.add_argument("--epochs", type=float, default=4)
    ask.add_argument("--rate", type=float, default=5e-5)
    ask.add_argument("--batch", type=int, default=48)
    ask.add_argument("--seed", type=int, default=0)
    ask.add_argument(
        "--share", type=float, default=1.0, help="share of the segments to train on, for the learning curve"
    )
    ask.add_argument("--look", action="store_true", help="print the figures on the watched writers after each epoch")
    ask.add_argument("--into", type=Path, default=MODEL)
    ask.add_argument("--weights", type=Path, help="also keep the weights here")
    ask.add_argument("--scores", type=Path, help="also keep here what it scores the segments it learnt from")
    ask.add_argument(
        "--taught-by", type=Path, help="scores that a larger network kept, to learn from beside the labels"
    )
    ask.add_argument("--learnt", type=Path, help="weights kept before: they are exported, nothing is learnt")
    args = ask.parse_args()
    random.seed(args.seed)
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    torch.set_num_threads(2)
    first, _, last = args.layers.partition("-")
    count = json.loads((args.encoder / "config.json").read_text(encoding="utf-8"))["num_hidden_layers"]
    layers = tuple(range(int(first), int(last) + 1)) if args.layers else tuple(range(count))
    words, net = Words(), Network(Body(args.encoder, layers, args.frozen))
    if args.learnt:
        net.load_state_dict(torch.load(args.learnt))
    else:
        train(net, words, args)
    if args.weights:
        torch.save(net.state_dict(), args.weights)
    if args.scores:
        torch.save(torch.from_numpy(scores_of(net, words, rows(trained_on()))[0]), args.scores)
    print(look(net, words))
    args.into.mkdir(parents=True, exist_ok=True)
    export(net, args.into / "reader.onnx")
    settle(args.into)


if __name__ == "__main__":
    main()
