"""Gradio's page, made to leave alone what an event leaves alone.

Gradio builds every output of an event anew, settings, schema and all, even one that the handler did not name. With some
seventy outputs and several steps to an answer that cost more than the answer itself (docs/server.md has the figures).
"""

from copy import copy
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.blocks import Block

if TYPE_CHECKING:
    from gradio.block_function import BlockFunction
    from gradio.state_holder import SessionState


class Sparing(gr.Blocks):
    """Blocks that work out only the outputs which a handler names in the dictionary it returns."""

    async def postprocess_data(
        self, block_fn: "BlockFunction", predictions: Any, state: "SessionState | None"
    ) -> list[Any]:
        """Return what is sent for each output, in order: a mark that says "as it was" for those not named."""
        if not _names_outputs(predictions):
            return await super().postprocess_data(block_fn, predictions, state)
        named = {block._id for block in predictions}
        changed = copy(block_fn)
        changed.outputs = [block for block in block_fn.outputs if block._id in named]
        if len(changed.outputs) != len(named):
            return await super().postprocess_data(block_fn, predictions, state)
        sent = iter(await super().postprocess_data(changed, predictions, state))
        return [next(sent) if block._id in named else gr.skip() for block in block_fn.outputs]


def _names_outputs(predictions: Any) -> bool:
    return isinstance(predictions, dict) and bool(predictions) and all(isinstance(key, Block) for key in predictions)
