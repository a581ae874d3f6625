"""The networks' runtime: how an ONNX file and the word pieces they all share are opened."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import onnxruntime

WORD_PIECES = "tokenizer.json"


def open_network(path: Path, threads: int) -> "onnxruntime.InferenceSession":
    """Return the network in `path`, ready to run. Raises what the runtime raises where the file is damaged.

    Without an arena of its own: it would keep as much memory as the longest text ever needed, and gains no time here.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@lru_cache(maxsize=4)
def word_pieces(folder: Path) -> Any:
    """Return the tokenizer in `folder`, neither padding nor cutting off; one for all networks, 10 MB each."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / WORD_PIECES))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
