"""Writes the trained network as the run time reads it: bytes, a manifest, and golden vectors for the test of both.
python3 training/export.py --model FILE.pt --speaker FILE.pt --data DIR --out DIR [--golden FILE.jsonl]"""

import argparse
import hashlib
import json
import os

import numpy as np
import torch

from batches import Example, collate, words_of
from model import GRAMMAR, Network, Shape
import speaker as speaking


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


def export(model, speaker, data, out):
    saved, spoken = torch.load(model), torch.load(speaker)
    if spoken["network"] != speaking.digest(saved["average"]):
        raise SystemExit(f"{speaker} was trained over the words of another network than {model}")
    shape = dict(saved["shape"], speaker=spoken["shape"])
    tensors, blob, back = [], bytearray(), {}
    average = dict(saved["average"], **{f"speaker.{name}": tensor for name, tensor in spoken["average"].items()})
    for name, tensor in average.items():
        kind, content, value = packed(tensor)
        tensors.append(dict(name=name, shape=list(tensor.shape), type=kind, offset=len(blob)))
        blob += content
        blob += b"\0" * (-len(blob) % 4)
        back[name] = torch.from_numpy(value.copy())
    vocabulary = words_of(data)
    manifest = dict(format=3, sha256=hashlib.sha256(blob).hexdigest(), shape=shape, tensors=tensors, vocabulary=vocabulary)
    with open(os.path.join(out, "network.bin"), "wb") as file:
        file.write(blob)
    with open(os.path.join(out, "network.json"), "w", encoding="utf8") as file:
        json.dump(manifest, file, separators=(",", ":"))
    return shape, back


def golden(shape, weights, examples, out):
    """Of each example the scores of its first, middle and last step, and how likely each word of the question is by its
    program, from the weights as they were written."""
    net = Network(Shape(shape["vocabulary"], shape["width"], shape["heads"], shape["inner"], shape["encoders"], shape["decoders"]))
    net.load_state_dict({name: value for name, value in weights.items() if not name.startswith("speaker.")})
    net.eval()
    own = {key: shape["speaker"][key] for key in ("width", "heads", "inner", "readers", "tellers")}
    speaker = speaking.Speaker(speaking.Shape(**own), weights["words.weight"], weights["grams.weight"])
    speaker.load_state_dict({name[8:]: value for name, value in weights.items() if name.startswith("speaker.")})
    speaker.eval()
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
            told = [round(float(x), 5) for x in speaker(speaking.collate([speaking.telling(one, one.target)]))[0]]
            asked = dict(database=entry["database"], question=entry["question"])
            vectors.append(dict(asked, target=one.target, steps=steps, scores=logs, told=told))
    with open(out, "w", encoding="utf8") as file:
        json.dump(vectors, file, separators=(",", ":"))


def main():
    parser = argparse.ArgumentParser()
    for name in ("model", "speaker", "data", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--examples")
    parser.add_argument("--golden")
    given = parser.parse_args()
    torch.set_num_threads(1)
    shape, weights = export(given.model, given.speaker, given.data, given.out)
    if given.golden:
        golden(shape, weights, given.examples, given.golden)


if __name__ == "__main__":
    main()
