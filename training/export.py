"""Writes the trained network as the run time reads it: bytes, a manifest, and golden vectors for the test of both.
python3 training/export.py --model FILE.pt --data DIR --out DIR [--golden FILE.jsonl]"""

import argparse
import hashlib
import json
import os
import struct

import numpy as np
import torch

from batches import Example, collate
from model import GRAMMAR, Network, Shape


def packed(tensor):
    """A matrix as one float32 scale a row and int8 rows; anything else as float32. Returns (type, bytes, value read back)."""
    array = tensor.detach().numpy().astype(np.float32)
    if array.ndim < 2:
        return "float32", array.astype("<f4").tobytes(), array
    rows = array.reshape(array.shape[0], -1)
    scale = np.maximum(np.abs(rows).max(1), 1e-12).astype(np.float32) / np.float32(127)
    whole = np.clip(np.rint(rows / scale[:, None]), -127, 127).astype(np.int8)
    back = (whole.astype(np.float32) * scale[:, None]).reshape(array.shape)
    return "int8", scale.astype("<f4").tobytes() + whole.tobytes(), back


def export(model, data, out):
    saved = torch.load(model)
    shape = saved["shape"]
    tensors, blob, back = [], bytearray(), {}
    for name, tensor in saved["average"].items():
        kind, content, value = packed(tensor)
        tensors.append(dict(name=name, shape=list(tensor.shape), type=kind, offset=len(blob)))
        blob += content
        blob += b"\0" * (-len(blob) % 4)
        back[name] = torch.from_numpy(value.copy())
    with open(os.path.join(data, "vocabulary.txt"), encoding="utf8") as words:
        vocabulary = words.read().split("\n")[:-1]
    manifest = dict(format=1, sha256=hashlib.sha256(blob).hexdigest(), shape=shape, tensors=tensors, vocabulary=vocabulary)
    with open(os.path.join(out, "network.bin"), "wb") as file:
        file.write(blob)
    with open(os.path.join(out, "network.json"), "w", encoding="utf8") as file:
        json.dump(manifest, file, separators=(",", ":"))
    return shape, back


def golden(shape, weights, examples, out):
    """Scores of the first, middle and last step of each example, from the weights as they were written."""
    net = Network(Shape(shape["vocabulary"], shape["width"], shape["heads"], shape["inner"], shape["encoders"], shape["decoders"]))
    net.load_state_dict(weights)
    net.eval()
    vectors = []
    with open(examples, encoding="utf8") as lines, torch.no_grad():
        for line in lines:
            entry, one = json.loads(line), Example(line)
            batch = collate([one])
            scores = torch.log_softmax(net.decode(net.encode(batch), batch, batch["previous"]), -1)[0]
            steps = sorted({0, len(one.target) // 2, len(one.target)})
            # What batches are filled up with is no token.
            tokens = GRAMMAR + len(one) - one.counts[0]
            logs = [[round(float(x), 5) for x in scores[step][:tokens]] for step in steps]
            told = dict(database=entry["database"], question=entry["question"])
            vectors.append(dict(told, target=one.target, steps=steps, scores=logs))
    with open(out, "w", encoding="utf8") as file:
        json.dump(vectors, file, separators=(",", ":"))


def main():
    parser = argparse.ArgumentParser()
    for name in ("model", "data", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--examples")
    parser.add_argument("--golden")
    given = parser.parse_args()
    torch.set_num_threads(1)
    shape, weights = export(given.model, given.data, given.out)
    if given.golden:
        golden(shape, weights, given.examples, given.golden)


if __name__ == "__main__":
    main()
