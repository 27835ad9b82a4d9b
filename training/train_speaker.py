"""Trains the speaker: first to say what is asked for by a program, then also to hold what is right likelier than what the
network takes for it.
python3 training/train_speaker.py --data DIR --network FILE.pt --out FILE.pt [--start FILE.pt --rivals DIR]"""

import argparse
import json
import math
import os
import random
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch

from batches import names_in, read, renamed, reworded, untelling_of, words_of
from descent import Descent, share_among
from speaker import PLACES, Shape, Speaker, collate, digest, telling

GROUPS = 32
"""Questions in a batch, each with what is right and some of its rivals."""
RIVALS = 3


def batches(groups, size, shuffled=True):
    order = list(range(len(groups)))
    if shuffled:
        random.shuffle(order)
    out = []
    for start in range(0, len(order), size * 16):
        chunk = sorted(order[start : start + size * 16], key=lambda i: len(groups[i][0][0]) + len(groups[i][0][1]))
        out += [chunk[i : i + size] for i in range(0, len(chunk), size)]
    if shuffled:
        random.shuffle(out)
    for batch in out:
        yield [groups[i] for i in batch]


def judge(net, groups):
    """Nats a word of what is right, and how often that is likelier than all its rivals."""
    total, words, first = 0.0, 0, []
    for group in batches(groups, 16, shuffled=False):
        batch = collate([pair for one in group for pair in one])
        said, ends = net(batch).sum(1), (~batch["over"]).sum(1)
        at = 0
        for one in group:
            own = said[at : at + len(one)]
            total, words = total - own[0].item(), words + ends[at].item()
            if len(one) > 1:
                first.append((own[0] > own[1:].max()).item())
            at += len(one)
    return round(total / words, 4), round(sum(first) / max(1, len(first)), 4)


def fits(pair):
    return len(pair[0]) <= PLACES and len(pair[1]) < PLACES


def grouped(one, rivals):
    """What is right, and what is not, as it is told; nothing where what is right is too long."""
    told = [telling(one, target) for target in (one.target, *rivals)]
    return [pair for pair in told if fits(pair)] if fits(told[0]) else []


def varied(one, names, untelling):
    new = renamed(one, names, 0.7) if random.random() < 0.5 else one
    return reworded(new, names, untelling, 0.4) if random.random() < 0.2 else new


def some(rivals):
    """The likeliest, and others by chance."""
    return rivals if len(rivals) <= RIVALS else rivals[:1] + random.sample(rivals[1:], RIVALS - 1)


def losses(net, group, short):
    """Nats of what is right, by word, and nats by question that it loses to its rivals; and the words.

    @param short Products of matrices in bfloat16."""
    batch = collate([pair for one in group for pair in one], 0.1)
    sizes = [len(one) for one in group]
    starts = np.cumsum([0] + sizes[:-1])
    with torch.autocast("cpu", torch.bfloat16, enabled=short):
        said = net(batch).sum(1)
    words = (~batch["over"])[starts].sum()
    told = torch.full((len(group), max(sizes)), -1e9)
    rows = np.repeat(np.arange(len(group)), sizes)
    places = np.concatenate([np.arange(size) for size in sizes])
    told = told.index_put((torch.from_numpy(rows), torch.from_numpy(places)), said)
    contested = max(1, sum(size > 1 for size in sizes))
    return -said[starts].sum() / words, -told.log_softmax(1)[:, 0].sum() / contested, words.item()


def work(rank, meeting, given, net, network, learned, pool, kept, untelling):
    """One of `given.workers` processes with the same weights, each with its share of the examples."""
    torch.manual_seed(given.seed + rank)
    names = names_in([one for one, _ in learned])
    drawn = min(len(pool), given.drawn)
    total = given.epochs * math.ceil((len(learned) + drawn) / GROUPS)
    descent = Descent(net, given.rate, total, 300, rank, given.workers, meeting)
    net.train()
    for epoch in range(given.epochs):
        random.seed(f"{given.seed} {epoch}")
        began, sums, words, seen = time.time(), np.zeros(2), 0, 0
        every = learned + random.sample(pool, drawn)
        random.shuffle(every)
        random.seed(f"{given.seed} {epoch} {rank}")
        new = [grouped(varied(one, names, untelling), some(rivals)) for one, rivals in every[rank :: given.workers]]
        groups = list(batches([one for one in new if one], max(1, GROUPS // given.workers)))
        for group in groups[: descent.least(len(groups))]:
            loss, contest, count = losses(net, group, given.short)
            descent.step(loss + contest)
            sums += (loss.item() * count, contest.item())
            words, seen = words + count, seen + 1
        if rank > 0:
            continue
        line = dict(epoch=epoch, loss=round(sums[0] / words, 4), contest=round(sums[1] / seen, 4))
        if epoch % 4 == 3 or epoch == given.epochs - 1:
            with descent.averaged():
                line["kept"] = judge(net, kept)
        print(json.dumps(dict(line, seconds=round(time.time() - began))), flush=True)
        torch.save(dict(average=descent.average, shape=net.shape.as_dict(), network=network), given.out)


def with_rivals(given, name):
    """Examples with their rivals, as `prepare.ts --rivals` wrote them, or with none."""
    examples = read(os.path.join(given.data, f"{name}.jsonl"), math.inf)
    if given.rivals is None:
        return [(one, []) for one in examples]
    with open(os.path.join(given.rivals, f"{name}-rivals.jsonl"), encoding="utf8") as lines:
        return list(zip(examples, map(json.loads, lines), strict=True))


def main():
    parser = argparse.ArgumentParser()
    for name in ("data", "network", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--extra", action="append", default=[])
    parser.add_argument("--pool", help="made questions of which every epoch draws some")
    parser.add_argument("--drawn", type=int, default=5000)
    parser.add_argument("--start", help="a speaker over the same network, to go on from")
    parser.add_argument("--rivals", help="folder of what the network takes for likely beside what is right")
    parser.add_argument("--workers", type=int, default=1, help="processes, each with a core of its own")
    parser.add_argument("--short", action="store_true", help="products in bfloat16, where the processor has it")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.manual_seed(given.seed)
    learned = [(one, rivals) for one, rivals in with_rivals(given, "train") if len(one) <= 260]
    for path in given.extra:
        learned += [(one, []) for one in read(path, 260)]
    pool = [] if given.pool is None else [(one, []) for one in read(given.pool, 260)]
    kept = [group for group in (grouped(one, rivals) for one, rivals in with_rivals(given, "kept")) if group]
    tables = torch.load(given.network)["average"]
    net = Speaker(Shape(), tables["words.weight"], tables["grams.weight"])
    if given.start:
        net.load_state_dict(torch.load(given.start)["average"])
    weights = sum(p.numel() for p in net.parameters())
    print(json.dumps(dict(parameters=weights, examples=len(learned), pool=len(pool))), flush=True)
    told = (given, net, digest(tables), learned, pool, kept, untelling_of(words_of(given.data)))
    share_among(given.workers, work, *told)


if __name__ == "__main__":
    main()
