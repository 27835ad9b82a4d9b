"""The speaker: how likely somebody who means a program asks a question in these words. It reads the network backwards,
so that a program which leaves words of the question unexplained, or says what nobody said, is found out."""

import hashlib
import math
import random

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from model import GRAMMAR, RELATIONS, Attention, Decoder, Drop, feed

WORDS = 1200
"""So many words of the vocabulary it can say by itself, the most frequent; others it can only repeat from the program."""
PLACES = 48
"""Longest program, in words, and longest question with its end, of those it is asked about: few to learn from are longer."""
ITS_TOKEN, OWN_TABLE = 49, (37, 38)
"""Of `relations.ts`: a word of the question is part of the value; a column is of the table."""
MEANT = np.isin(np.arange(RELATIONS), (6, 7, 8, 9, 10, 16, 17, 18, 19, 20))
"""Of `relations.ts`: a word of the question meets a column or a table, at least as a word that is near it."""
BEGIN, VALUE = 0, 1
GRAMMAR_WORD, COLUMN, TABLE, VALUE_ITEM, MORE = 0, 1, 2, 3, 3
"""What an item of a program is; the words of a name that follow its first are `MORE` further on."""
KINDS = 6


class Shape:
    def __init__(self, width=128, heads=8, inner=512, readers=2, tellers=2):
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
        self.name, self.owner, self.said = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, d)
        self.readers = nn.ModuleList(Reader(shape, drop) for _ in range(shape.readers))
        self.read = nn.LayerNorm(d)
        self.tellers = nn.ModuleList(Decoder(shape, drop) for _ in range(shape.tellers))
        self.told = nn.LayerNorm(d)
        self.write, self.end, self.often = nn.Linear(d, d), nn.Parameter(torch.randn(d) * 0.05), nn.Parameter(torch.zeros(WORDS + 3))
        self.seek, self.offer, self.ways = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, 3)
        self.rare = nn.Parameter(torch.full((1,), -3.0))
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

    def owners(self, batch, shape):
        """The mean of the words of the table, for the first word of each column."""
        words, grams = self.known
        letters = F.embedding_bag(batch["ownerGram"], grams, batch["ownerGramStart"], mode="mean")
        each = (F.embedding(batch["owner"], words) + letters) * batch["ownerShare"][:, None]
        return torch.zeros(shape.numel(), self.shape.width).index_add_(0, batch["ownerAt"], each).view(*shape, -1)

    def forward(self, batch):
        """Log-probability of every word of every question [B,L], 0 where there is none."""
        kind, absent = batch["kind"], batch["absent"]
        n, length = kind.shape[1], batch["said"].shape[1]
        isGrammar = (kind == GRAMMAR_WORD)[..., None]
        x = torch.where(isGrammar, self.grammar(batch["grammar"]), self.name(self.word(batch, "name")).float())
        x = x + self.owner(self.owners(batch, kind.shape))
        x = self.drop(x + self.kind(kind) + self.places.weight[:n])
        for layer in self.readers:
            x = layer(x, absent[:, None, None, :])
        memory = self.read(x)
        marks = batch["mark"]
        y = torch.where((marks >= 0)[..., None], self.marks(marks.clamp(min=0)), self.said(self.word(batch, "said")).float())
        y = self.drop(y + self.places.weight[:length])
        causal = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)[None, None]
        for layer in self.tellers:
            y = layer(y, causal, memory, absent[:, None, None, :])
        with torch.autocast("cpu", enabled=False):
            return self.chances(batch, self.told(y.float()), memory.float())

    def chances(self, batch, y, memory):
        """@param y A row for each word of the questions and for their ends. @param memory One for each of the programs'."""
        table = torch.cat([self.known[0][: WORDS + 2], self.end[None]])
        written = (self.write(y) @ table.T + self.often).log_softmax(-1).gather(2, batch["target"][..., None])[..., 0]
        written = written.clamp(min=-30.0).masked_fill(batch["isValue"], -30.0)
        offered = (self.seek(y) @ self.offer(memory).transpose(1, 2)) / math.sqrt(self.shape.width)
        offered = offered.masked_fill(batch["unspeakable"][:, None, :], -1e4).log_softmax(-1)
        repeated = offered.masked_fill(~batch["same"], -1e4).logsumexp(-1).clamp(min=-30.0)
        meant = (offered.masked_fill(~batch["meant"], -1e4).logsumexp(-1) + self.rare).clamp(min=-30.0)
        ways = self.ways(y).log_softmax(-1) + torch.stack([written, repeated, meant], -1)
        return ways.logsumexp(-1).masked_fill(batch["over"], 0.0)


def telling(one, target):
    """A program as its words, and a question as what is to be said: lists of (kind, number, letters, key, words of its table) and of
    (number, letters, key, places that it may stand for), where what has the same key is the same word."""
    words, grams, relations = one.words, one.grams, one.relations
    questions, columns, tables, _ = one.counts
    program, values = [], set()
    # For each word of the program, the item that it is of.
    items = []
    for step in target:
        if step < GRAMMAR:
            program.append((GRAMMAR_WORD, step, (), None, ()))
            items.append(0)
            continue
        item = questions + step - GRAMMAR
        if item >= questions + columns + tables:
            values.add(item)
            program.append((VALUE_ITEM, 0, (), ("value", item), ()))
            items.append(0)
            continue
        kind = COLUMN if item < questions + columns else TABLE
        owner = table_of(item, questions + columns, tables, relations) if kind == COLUMN else None
        for at, (word, own) in enumerate(zip(words[item], grams[item])):
            owned = () if at > 0 or owner is None else tuple(zip(words[owner], grams[owner]))
            program.append((kind if at == 0 else kind + MORE, word, tuple(own), same_as(word, own), owned))
            items.append(item)
    question = []
    for token in range(questions):
        value = next((item for item in sorted(values) if relations[token, item] == ITS_TOKEN), None)
        word, own = words[token][0], grams[token][0]
        if value is not None:
            question.append((None, (), ("value", value), ()))
            continue
        key = same_as(word, own)
        repeated = {items[at] for at, part in enumerate(program) if part[3] == key}
        meant = [at for at, item in enumerate(items) if item and MEANT[relations[token, item]] and item not in repeated]
        question.append((word, tuple(own), key, meant))
    return program, question


def table_of(item, first, tables, relations):
    return next((table for table in range(first, first + tables) if relations[item, table] in OWN_TABLE), None)


def same_as(word, grams):
    """A word of the vocabulary is the same in all its inflections; of another its letters are all that is known."""
    return word if word > 1 else tuple(grams)


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
    same, meant = np.zeros((b, length, n), bool), np.zeros((b, length, n), bool)
    names, saids, owners = Letters(), Letters(), Letters()
    owner, shares = [], []
    seen = lambda word: 1 if forget and random.random() < forget else word
    for row, (program, question) in enumerate(pairs):
        places = {}
        for at, (what, number, grams, key, owned) in enumerate(program):
            kind[row, at], absent[row, at] = what, False
            if what == GRAMMAR_WORD:
                grammar[row, at] = number
            elif what != VALUE_ITEM:
                name[row, at] = seen(number)
                names.add(grams, row * n + at)
            for word, own in owned:
                owner.append(seen(word))
                shares.append(1 / len(owned))
                owners.add(own, row * n + at)
            if key is not None:
                unspeakable[row, at] = False
                places.setdefault(key, []).append(at)
        mark[row, 0] = BEGIN
        for at, (number, grams, key, near) in enumerate(question):
            over[row, at] = False
            is_value[row, at] = number is None
            target[row, at] = 0 if number is None else number if number < WORDS + 2 else 1
            same[row, at, places.get(key, [])] = True
            meant[row, at, near] = True
            if number is None:
                mark[row, at + 1] = VALUE
            else:
                said[row, at + 1] = seen(number)
                saids.add(grams, row * length + at + 1)
        over[row, len(question)], target[row, len(question)] = False, WORDS + 2
    arrays = dict(
        kind=kind, grammar=grammar, name=name, absent=absent, unspeakable=unspeakable, said=said, target=target,
        mark=mark, over=over, isValue=is_value, same=same, meant=meant,
    )
    batch = {key: torch.from_numpy(array) for key, array in arrays.items()}
    batch.update(owner=torch.tensor(owner, dtype=torch.long), ownerShare=torch.tensor(shares, dtype=torch.float))
    return dict(batch, **names.tensors("name"), **saids.tensors("said"), **owners.tensors("owner"))
