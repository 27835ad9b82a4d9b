"""The speaker: how likely somebody who means a program asks a question in these words. It reads the network backwards,
so that a program which leaves words of the question unexplained, or says what nobody said, is found out.
python3 training/speaker.py --data DIR --network FILE.pt --out FILE.pt [--epochs 16]"""

import argparse
import hashlib
import json
import math
import os
import random
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from batches import names_in, read, renamed
from model import GRAMMAR, Attention, Decoder, Drop, feed

WORDS = 1200
"""So many words of the vocabulary it can say by itself, the most frequent; others it can only repeat from the program."""
PLACES = 48
"""Longest program, in words, and longest question with its end, of those it is asked about: few to learn from are longer."""
ITS_TOKEN = 49
"""Of `relations.ts`: a word of the question is part of the value."""
BEGIN, VALUE = 0, 1
GRAMMAR_WORD, COLUMN, TABLE, VALUE_ITEM, MORE = 0, 1, 2, 3, 3
"""What an item of a program is; the words of a name that follow its first are `MORE` further on."""
KINDS = 6


class Shape:
    def __init__(self, width=128, heads=8, inner=256, readers=2, tellers=2):
        self.width, self.heads, self.inner, self.readers, self.tellers = width, heads, inner, readers, tellers

    def as_dict(self):
        return dict(vars(self), words=WORDS, places=PLACES)


class Reader(nn.Module):
    """One layer over the words of the program."""

    def __init__(self, shape, drop):
        super().__init__()
        self.attention, self.feed = Attention(shape, drop), feed(shape, drop)
        self.first, self.second, self.drop = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width), drop

    def forward(self, x, mask):
        y = self.first(x)
        x = x + self.drop(self.attention(y, y, mask))
        return x + self.drop(self.feed(self.second(x)))


class Speaker(nn.Module):
    """@param words, grams Tables of the network, which stay as they are."""

    def __init__(self, shape, words, grams, drop=0.2):
        super().__init__()
        d = shape.width
        self.shape, drop = shape, Drop(drop)
        self.known = [words.detach(), grams.detach()]
        self.grammar, self.kind, self.places = nn.Embedding(GRAMMAR, d), nn.Embedding(KINDS, d), nn.Embedding(PLACES, d)
        self.marks = nn.Embedding(2, d)
        self.name, self.said = nn.Linear(d, d), nn.Linear(d, d)
        self.readers = nn.ModuleList(Reader(shape, drop) for _ in range(shape.readers))
        self.read = nn.LayerNorm(d)
        self.tellers = nn.ModuleList(Decoder(shape, drop) for _ in range(shape.tellers))
        self.told = nn.LayerNorm(d)
        self.write, self.end, self.often = nn.Linear(d, d), nn.Parameter(torch.randn(d) * 0.05), nn.Parameter(torch.zeros(WORDS + 3))
        self.seek, self.offer, self.repeats = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, 1)
        self.drop = drop
        for table in (self.grammar, self.kind, self.marks, self.places):
            nn.init.normal_(table.weight, std=0.05)

    def word(self, batch, part):
        """Vectors of the words of a part of the batch, 0 where there is none."""
        words, grams = self.known
        ids = batch[part]
        letters = F.embedding_bag(batch[part + "Gram"], grams, batch[part + "GramStart"], mode="mean")
        flat = torch.zeros(ids.numel(), self.shape.width).index_add_(0, batch[part + "At"], letters)
        return (F.embedding(ids, words) * (ids > 0)[..., None]) + flat.view(*ids.shape, -1)

    def forward(self, batch):
        """Log-probability of every word of every question [B,L], 0 where there is none."""
        kind, absent = batch["kind"], batch["absent"]
        n, length = kind.shape[1], batch["said"].shape[1]
        isGrammar = (kind == GRAMMAR_WORD)[..., None]
        x = torch.where(isGrammar, self.grammar(batch["grammar"]), self.name(self.word(batch, "name")))
        x = self.drop(x + self.kind(kind) + self.places.weight[:n])
        for layer in self.readers:
            x = layer(x, absent[:, None, None, :])
        memory = self.read(x)
        marks = batch["mark"]
        y = torch.where((marks >= 0)[..., None], self.marks(marks.clamp(min=0)), self.said(self.word(batch, "said")))
        y = self.drop(y + self.places.weight[:length])
        causal = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)[None, None]
        for layer in self.tellers:
            y = layer(y, causal, memory, absent[:, None, None, :])
        y = self.told(y)
        table = torch.cat([self.known[0][: WORDS + 2], self.end[None]])
        written = (self.write(y) @ table.T + self.often).log_softmax(-1).gather(2, batch["target"][..., None])[..., 0]
        written = written.clamp(min=-30.0).masked_fill(batch["isValue"], -30.0)
        offered = (self.seek(y) @ self.offer(memory).transpose(1, 2)) / math.sqrt(self.shape.width)
        offered = offered.masked_fill(batch["unspeakable"][:, None, :], -1e4).log_softmax(-1)
        repeated = offered.masked_fill(~batch["same"], -1e4).logsumexp(-1).clamp(min=-30.0)
        repeats = self.repeats(y)[..., 0]
        both = torch.logaddexp(F.logsigmoid(-repeats) + written, F.logsigmoid(repeats) + repeated)
        return both.masked_fill(batch["over"], 0.0)


def telling(counts, words, grams, relations, target):
    """A program as its words, and a question as what is to be said: lists of (kind, number, letters, key) and of
    (number, letters, key), where what has the same key is the same word."""
    questions, columns, tables, _ = counts
    program, values = [], set()
    for step in target:
        if step < GRAMMAR:
            program.append((GRAMMAR_WORD, step, (), None))
            continue
        item = questions + step - GRAMMAR
        if item >= questions + columns + tables:
            values.add(item)
            program.append((VALUE_ITEM, 0, (), ("value", item)))
            continue
        kind = COLUMN if item < questions + columns else TABLE
        for at, (word, own) in enumerate(zip(words[item], grams[item])):
            program.append((kind if at == 0 else kind + MORE, word, tuple(own), same_as(word, own)))
    question = []
    for token in range(questions):
        value = next((item for item in sorted(values) if relations[token, item] == ITS_TOKEN), None)
        word, own = words[token][0], grams[token][0]
        question.append((None, (), ("value", value)) if value is not None else (word, tuple(own), same_as(word, own)))
    return program, question


def same_as(word, grams):
    """A word of the vocabulary is the same in all its inflections; of another its letters are all that is known."""
    return word if word > 1 else tuple(grams)


def told(one):
    return telling(one.counts, one.words, one.grams, one.relations, one.target)


def digest(tables):
    """Of the tables of words and letters, by which a speaker knows the network it was made for."""
    both = [tables[name].detach().numpy().tobytes() for name in ("words.weight", "grams.weight")]
    return hashlib.sha256(b"".join(both)).hexdigest()


class Letters:
    """Groups of letters of many words, each with its place."""

    def __init__(self):
        self.grams, self.starts, self.places = [], [], []

    def add(self, grams, place):
        self.starts.append(len(self.grams))
        self.grams.extend(grams)
        self.places.append(place)

    def tensors(self, part):
        named = {"Gram": self.grams, "GramStart": self.starts, "At": self.places}
        return {part + name: torch.tensor(values, dtype=torch.long) for name, values in named.items()}


def collate(pairs, forget=0.0):
    """@param forget The share of words whose own vector is hidden, so that the letters must do."""
    b = len(pairs)
    n, length = max(len(program) for program, _ in pairs), max(len(question) for _, question in pairs) + 1
    kind, grammar, name = (np.zeros((b, n), np.int64) for _ in range(3))
    absent, unspeakable = np.ones((b, n), bool), np.ones((b, n), bool)
    said, target = np.zeros((b, length), np.int64), np.zeros((b, length), np.int64)
    mark, over, is_value = np.full((b, length), -1), np.ones((b, length), bool), np.zeros((b, length), bool)
    same = np.zeros((b, length, n), bool)
    names, saids = Letters(), Letters()
    seen = lambda word: 1 if forget and random.random() < forget else word
    for row, (program, question) in enumerate(pairs):
        places = {}
        for at, (what, number, grams, key) in enumerate(program):
            kind[row, at], absent[row, at] = what, False
            if what == GRAMMAR_WORD:
                grammar[row, at] = number
            elif what != VALUE_ITEM:
                name[row, at] = seen(number)
                names.add(grams, row * n + at)
            if key is not None:
                unspeakable[row, at] = False
                places.setdefault(key, []).append(at)
        mark[row, 0] = BEGIN
        for at, (number, grams, key) in enumerate(question):
            over[row, at] = False
            is_value[row, at] = number is None
            target[row, at] = 0 if number is None else number if number < WORDS + 2 else 1
            same[row, at, places.get(key, [])] = True
            if number is None:
                mark[row, at + 1] = VALUE
            else:
                said[row, at + 1] = seen(number)
                saids.add(grams, row * length + at + 1)
        over[row, len(question)], target[row, len(question)] = False, WORDS + 2
    arrays = dict(
        kind=kind, grammar=grammar, name=name, absent=absent, unspeakable=unspeakable, said=said, target=target,
        mark=mark, over=over, isValue=is_value, same=same,
    )
    batch = {key: torch.from_numpy(array) for key, array in arrays.items()}
    return dict(batch, **names.tensors("name"), **saids.tensors("said"))


def batches(pairs, size, shuffled=True):
    order = list(range(len(pairs)))
    if shuffled:
        random.shuffle(order)
    out = []
    for start in range(0, len(order), size * 16):
        chunk = sorted(order[start : start + size * 16], key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
        out += [chunk[i : i + size] for i in range(0, len(chunk), size)]
    if shuffled:
        random.shuffle(out)
    for batch in out:
        yield [pairs[i] for i in batch]


def judge(net, pairs):
    """Nats a word."""
    net.eval()
    total, words = 0.0, 0
    with torch.no_grad():
        for group in batches(pairs, 64, shuffled=False):
            batch = collate(group)
            total -= net(batch).sum().item()
            words += (~batch["over"]).sum().item()
    return round(total / words, 4)


def fits(pair):
    return len(pair[0]) <= PLACES and len(pair[1]) < PLACES


def train(given, net, network, learned, pool, kept, dev):
    names = names_in(learned)
    drawn = min(len(pool), given.drawn)
    total, step = given.epochs * math.ceil((len(learned) + drawn) / 64), 0
    optimiser = torch.optim.AdamW(net.parameters(), lr=given.rate, weight_decay=0.02, betas=(0.9, 0.98))
    plan = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: min((s + 1) / 300, max(0.02, 1 - s / total)))
    average = {name: value.clone() for name, value in net.state_dict().items()}
    for epoch in range(given.epochs):
        net.train()
        began, total_loss, words = time.time(), 0.0, 0
        new = [told(renamed(one, names, 0.7) if random.random() < 0.5 else one) for one in learned + random.sample(pool, drawn)]
        for group in batches([pair for pair in new if fits(pair)], 64):
            batch = collate(group, 0.1)
            count = (~batch["over"]).sum()
            loss = -net(batch).sum() / count
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            plan.step()
            step += 1
            if step % 10 == 0:
                keep = min(0.999**10, step / (step + 100))
                with torch.no_grad():
                    for name, value in net.state_dict().items():
                        average[name].mul_(keep).add_(value, alpha=1 - keep)
            total_loss, words = total_loss + loss.item() * count.item(), words + count.item()
        line = dict(epoch=epoch, loss=round(total_loss / words, 4))
        if epoch % 4 == 3 or epoch == given.epochs - 1:
            mine = {name: value.clone() for name, value in net.state_dict().items()}
            net.load_state_dict(average)
            line.update(kept=judge(net, kept), dev=judge(net, dev))
            net.load_state_dict(mine)
        print(json.dumps(dict(line, seconds=round(time.time() - began))), flush=True)
        torch.save(dict(average=average, shape=net.shape.as_dict(), network=network), given.out)


def main():
    parser = argparse.ArgumentParser()
    for name in ("data", "network", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--extra", action="append", default=[])
    parser.add_argument("--pool", help="made questions of which every epoch draws some")
    parser.add_argument("--drawn", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    torch.set_num_threads(1)
    random.seed(given.seed)
    torch.manual_seed(given.seed)
    learned = read(os.path.join(given.data, "train.jsonl"), 260)
    for path in given.extra:
        learned += read(path, 260)
    pool = [] if given.pool is None else read(given.pool, 260)
    kept, dev = ([told(one) for one in read(os.path.join(given.data, f"{name}.jsonl"))] for name in ("kept", "dev"))
    tables = torch.load(given.network)["average"]
    net = Speaker(Shape(), tables["words.weight"], tables["grams.weight"])
    print(json.dumps(dict(parameters=sum(p.numel() for p in net.parameters()), examples=len(learned), pool=len(pool))), flush=True)
    train(given, net, digest(tables), learned, pool, [p for p in kept if fits(p)], [p for p in dev if fits(p)])


if __name__ == "__main__":
    main()
