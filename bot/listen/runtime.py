"""The networks' runtime: how an ONNX file and the word pieces they all share are opened."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import onnxruntime

WORD_PIECES = "tokenizer.json"


def open_network(path: Path, threads: int, also: str = "", *, packed: bool = False) -> "onnxruntime.InferenceSession":
    """Return the network in `path`, ready to run. Raises what the runtime raises where the file is damaged.

    Without an arena of its own: it would keep as much memory as the longest text ever needed, and gains no time here.
    `also` names numbers inside the network that it is to give out as well. `packed` lays its weights out anew, beside
    the file's, which takes half as much memory again: for a network whose numbers were set that way and differ else.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    if not packed:
        options.add_session_config_entry("session.disable_prepacking", "1")
    with _in_a_file(path, also) as file:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


@contextmanager
def _in_a_file(path: Path, also: str) -> Iterator[Path]:
    """Yield a file with the network. Opened from bytes, it would keep them all beside what it makes of them."""
    if not also:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / path.name
        file.write_bytes(path.read_bytes() + _given_out(also))
        yield file


def _given_out(name: str) -> bytes:
    """Return what, put behind a network's bytes, makes it give out the float32 numbers called `name`.

    An ONNX file is one protocol buffer, and two put one behind the other are read as one with the fields of both: here
    ModelProto.graph (7), GraphProto.output (12), ValueInfoProto name (1) and type (2). So the file stays as published.
    """

    def field(number: int, inside: bytes) -> bytes:
        assert len(inside) < 128, "a length of two bytes is written otherwise"
        return bytes([number << 3 | 2, len(inside)]) + inside

    element_is_float32 = bytes([1 << 3, 1])
    return field(7, field(12, field(1, name.encode()) + field(2, field(1, element_is_float32))))


@lru_cache(maxsize=4)
def word_pieces(folder: Path) -> Any:
    """Return the tokenizer in `folder`, neither padding nor cutting off; one for all networks, 10 MB each."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / WORD_PIECES))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
