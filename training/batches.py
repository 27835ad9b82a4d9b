"""Reads what prepare.ts wrote and makes batches of it."""

import base64
import json
import random
from copy import copy

import numpy as np
import torch

from model import FLAGS, GRAMMAR, RELATIONS

# Of `relations.ts`: a word of the question meets a column or a table by its root, a part of it, or in full.
NAMED = np.isin(np.arange(RELATIONS), (8, 9, 10, 18, 19, 20))


class Example:
    def __init__(self, line):
        entry = json.loads(line)
        self.database, self.origin = entry["database"], entry["origin"]
        self.counts, self.target = entry["counts"], entry["target"]
        self.words, self.grams = entry["words"], entry["grams"]
        items = sum(self.counts)
        self.relations = np.frombuffer(base64.b64decode(entry["relations"]), np.uint8).reshape(items, items)
        self.flags = np.frombuffer(base64.b64decode(entry["flags"]), np.float32).reshape(items, FLAGS).astype(np.float16)

    def __len__(self):
        return sum(self.counts)


def read(path, most_items=400):
    with open(path, encoding="utf8") as lines:
        examples = [Example(line) for line in lines]
    return [one for one in examples if len(one) <= most_items]


def thinned(one, share):
    """The example with some of the columns that its program does not use taken away: another schema, the same question."""
    questions, columns, tables, values = one.counts
    used = {t - GRAMMAR for t in one.target if GRAMMAR <= t < GRAMMAR + columns}
    kept = [c for c in range(columns) if c in used or random.random() >= share]
    if len(kept) == columns or not kept:
        return one
    keep = list(range(questions)) + [questions + c for c in kept]
    keep += list(range(questions + columns, len(one)))
    position = {c: at for at, c in enumerate(kept)}
    gone = columns - len(kept)
    new = copy(one)
    new.counts = [questions, len(kept), tables, values]
    new.words, new.grams = [one.words[i] for i in keep], [one.grams[i] for i in keep]
    new.relations, new.flags = one.relations[np.ix_(keep, keep)], one.flags[keep]
    new.target = [
        t if t < GRAMMAR else GRAMMAR + position[t - GRAMMAR] if t < GRAMMAR + columns else t - gone for t in one.target
    ]
    return new


def names_in(examples):
    """Each word, as (number, groups of letters), that the schemas of the examples are named with."""
    found = {}
    for one in examples:
        start, end = one.counts[0], sum(one.counts[:3])
        for words, grams in zip(one.words[start:end], one.grams[start:end]):
            for word, own in zip(words, grams):
                found[word, tuple(own)] = None
    return list(found)


def renamed(one, names, share):
    """The example with some words of its names exchanged for others, in the schema and wherever the question says them:
    what is asked for is then known only by being said. What the program uses and the question leaves unsaid keeps its
    words, since nothing else tells what is meant."""
    questions, columns, tables, _ = one.counts
    schema = range(questions, questions + columns + tables)
    said = NAMED[one.relations[:questions, questions : schema.stop]]
    used = {t - GRAMMAR for t in one.target if GRAMMAR <= t < GRAMMAR + columns + tables}
    fixed = {w for at in used if not said[:, at].any() for w in one.words[questions + at]}
    fixed |= {w for at in range(questions) if not said[at].any() for w in one.words[at]}
    known = sorted({w for at in schema for w in one.words[at] if w > 1} - fixed)
    new = {w: random.choice(names) for w in known if random.random() < share}
    if not new:
        return one
    changed = copy(one)
    changed.words = [[new[w][0] if w in new else w for w in words] for words in one.words]
    changed.grams = [
        [new[w][1] if w in new else g for w, g in zip(words, grams)] for words, grams in zip(one.words, one.grams)
    ]
    return changed


def rounded(count, to):
    """Kernels are made once a shape, so that few shapes are to be met."""
    return (count + to - 1) // to * to


def collate(examples, forget=0.0, kinds=torch.float32):
    """@param forget The share of words whose own embedding is hidden, so that the letters must do."""
    b, n = len(examples), rounded(max(map(len, examples)), 8)
    most = rounded(max(len(one) - one.counts[0] for one in examples), 8)
    kind, absent = np.zeros((b, n), np.int64), np.ones((b, n), bool)
    relations = np.zeros((b, n, n), np.uint8)
    flags = np.zeros((b, n, FLAGS), np.float32)
    item, item_absent = np.zeros((b, most), np.int64), np.ones((b, most), bool)
    word, gram, gram_start, word_item, word_share = [], [], [], [], []
    for row, one in enumerate(examples):
        length, questions = len(one), one.counts[0]
        kind[row, :length] = np.repeat(np.arange(4), one.counts)
        absent[row, :length] = False
        relations[row, :length, :length] = one.relations
        flags[row, :length] = one.flags
        item[row, : length - questions] = np.arange(questions, length)
        item_absent[row, : length - questions] = False
        for at, (words, grams) in enumerate(zip(one.words, one.grams)):
            for w, g in zip(words, grams):
                word.append(1 if forget and random.random() < forget else w)
                gram_start.append(len(gram))
                gram.extend(g)
                word_item.append(row * n + at)
                word_share.append(1 / len(words))
    steps = rounded(max(len(one.target) for one in examples) + 1, 4)
    target, previous = np.full((b, steps), -100, np.int64), np.zeros((b, steps), np.int64)
    for row, one in enumerate(examples):
        target[row, : len(one.target)] = one.target
        target[row, len(one.target)] = 1
        previous[row, 1 : len(one.target) + 1] = one.target
    one_hot = torch.zeros(b, n, n, RELATIONS, dtype=kinds)
    one_hot.scatter_(3, torch.from_numpy(relations.astype(np.int64))[..., None], 1.0)
    tensors = dict(
        kind=kind, absent=absent, flags=flags, item=item, itemAbsent=item_absent, target=target, previous=previous
    )
    batch = {name: torch.from_numpy(array) for name, array in tensors.items()}
    batch.update(
        word=torch.tensor(word), gram=torch.tensor(gram), gramStart=torch.tensor(gram_start),
        wordItem=torch.tensor(word_item), wordShare=torch.tensor(word_share), relations=one_hot,
    )
    return batch


def batches(examples, tokens, shuffled=True):
    """Batches of about `tokens` items each, of like lengths, in random order."""
    order = list(range(len(examples)))
    if shuffled:
        random.shuffle(order)
    out = []
    for start in range(0, len(order), 640):
        chunk = sorted(order[start : start + 640], key=lambda i: len(examples[i]))
        batch = []
        for i in chunk:
            if batch and (len(batch) + 1) * len(examples[i]) > tokens or len(batch) >= 40:
                out.append(batch)
                batch = []
            batch.append(i)
        out.append(batch)
    if shuffled:
        random.shuffle(out)
    for batch in out:
        yield [examples[i] for i in batch]
