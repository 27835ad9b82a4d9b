"""Trains the network. python3 training/train.py --data DIR --out FILE.pt [--epochs 40] [--workers 2] [--start FILE.pt]"""

import argparse
import json
import os
import random
import time

# More threads make matrices this small slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# One kernel a shape is compiled; keep them all.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "20000")
os.environ.setdefault("DNNL_PRIMITIVE_CACHE_CAPACITY", "20000")

import torch
import torch.nn.functional as F

from batches import batches, collate, names_in, read, renamed, reworded, thinned, untelling_of, words_of
from descent import Descent, share_among
from model import Network, Shape


def loss_of(net, examples, forget, short=False):
    """@param short Products of matrices in bfloat16."""
    batch = collate(examples, forget, torch.bfloat16 if short else torch.float32)
    with torch.autocast("cpu", torch.bfloat16, enabled=short):
        scores = net.decode(net.encode(batch), batch, batch["previous"]).float()
    target = batch["target"]
    loss = F.cross_entropy(scores.reshape(-1, scores.shape[-1]), target.reshape(-1), ignore_index=-100)
    right = ((scores.argmax(-1) == target) | (target == -100)).all(1).sum().item()
    return loss, right


def judge(net, examples):
    """Loss, and the share of programs of which every step is right given the right steps before it."""
    total, right = 0.0, 0
    for group in batches(examples, 2500, shuffled=False):
        loss, ok = loss_of(net, group, 0)
        total, right = total + loss.item() * len(group), right + ok
    return total / len(examples), right / len(examples)


def begin(given, words):
    net = Network(Shape(words), given.drop)
    if given.start:
        known = torch.load(given.start)["average"]
        # Words that came later keep the vectors they were given by chance.
        rows = known["words.weight"]
        known["words.weight"] = torch.cat([rows, net.state_dict()["words.weight"][len(rows) :]])
        net.load_state_dict(known)
    return net


def varied(one, names, untelling):
    """What is learnt from an example is different each time: fewer columns, other names, names said in other words."""
    new = thinned(one, random.choice((0, 0.3, 0.6)))
    if random.random() < 0.5:
        new = renamed(new, names, 0.7)
    return reworded(new, names, untelling, 0.4) if random.random() < 0.3 else new


def work(rank, meeting, given, vocabulary, learned, pool, kept, dev):
    """One of `given.workers` processes with the same weights and the same examples in the same order, each of which
    computes every so many-th example of a batch."""
    torch.manual_seed(given.seed)
    net = begin(given, len(vocabulary))
    torch.manual_seed(given.seed + rank)
    names = names_in(learned)
    untelling = untelling_of(vocabulary)
    drawn = [min(len(pool), round(given.drawn * (1 - 0.75 * e / given.epochs))) for e in range(given.epochs)]
    groups = sum(1 for _ in batches(learned, given.tokens))
    total = groups * sum(1 + d / len(learned) for d in drawn)
    descent = Descent(net, given.rate, total, 400, rank, given.workers, meeting)
    net.train()
    for epoch in range(given.until or given.epochs):
        random.seed(f"{given.seed} {epoch}")
        began, sum_loss, right, seen = time.time(), 0.0, 0, 0
        new = [varied(one, names, untelling) for one in learned + random.sample(pool, drawn[epoch])]
        for group in list(batches(new, given.tokens)):
            own = group[rank :: given.workers] or group
            loss, ok = loss_of(net, own, 0.1, given.short)
            descent.step(loss)
            sum_loss, right, seen = sum_loss + loss.item() * len(own), right + ok, seen + len(own)
            if rank == 0 and epoch == 0 and descent.steps % 100 == 0:
                print(descent.steps, groups, round(sum_loss / seen, 3), round(time.time() - began), flush=True)
        if rank > 0:
            continue
        line = dict(epoch=epoch, loss=round(sum_loss / seen, 4), right=round(right / seen, 4))
        if epoch % 4 == 3 or epoch == given.epochs - 1:
            with descent.averaged():
                line["kept"], line["dev"] = judge(net, kept), judge(net, dev)
        print(json.dumps(dict(line, seconds=round(time.time() - began))), flush=True)
        torch.save(dict(state=net.state_dict(), average=descent.average, shape=net.shape.as_dict()), given.out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--until", type=int, help="stop after so many of the epochs that the rate is planned for")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--tokens", type=int, default=2200)
    parser.add_argument("--workers", type=int, default=1, help="processes, each with a core of its own")
    parser.add_argument("--short", action="store_true", help="products in bfloat16, where the processor has it")
    parser.add_argument("--drop", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start")
    parser.add_argument("--extra", action="append", default=[])
    parser.add_argument("--pool", help="made questions of which every epoch draws some, fewer and fewer")
    parser.add_argument("--drawn", type=int, default=8000, help="so many in the first epoch")
    given = parser.parse_args()
    random.seed(given.seed)
    vocabulary = words_of(given.data)
    learned = read(os.path.join(given.data, "train.jsonl"), 260)
    for path in given.extra:
        learned += read(path, 260)
    pool = [] if given.pool is None else read(given.pool, 260)
    kept, dev = (read(os.path.join(given.data, f"{name}.jsonl")) for name in ("kept", "dev"))
    weights = sum(p.numel() for p in begin(given, len(vocabulary)).parameters())
    print(json.dumps(dict(parameters=weights, examples=len(learned), pool=len(pool))), flush=True)
    share_among(given.workers, work, given, vocabulary, learned, pool, kept, dev)


if __name__ == "__main__":
    main()
