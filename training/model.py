"""The network: a relation-aware encoder over question, columns, tables and values, and a decoder that writes a program by
pointing at them or at words of a fixed grammar. The TypeScript run time computes the same numbers from the same weights."""

import math
import random

import torch
from torch import nn

RELATIONS = 64
FLAGS = 40
GRAM_ROWS = 6000
GRAMMAR = 53
MOST_STEPS = 64


class Shape:
    """Sizes of the layers; saved with the weights."""

    def __init__(self, vocabulary, width=128, heads=8, inner=512, encoders=4, decoders=2):
        self.vocabulary, self.width, self.heads, self.inner = vocabulary, width, heads, inner
        self.encoders, self.decoders = encoders, decoders

    def as_dict(self):
        return dict(vars(self), relations=RELATIONS, flags=FLAGS, gramRows=GRAM_ROWS, grammar=GRAMMAR, steps=MOST_STEPS)


class Drop(nn.Module):
    """Dropout whose masks are cut from one long random strip: drawing fresh ones takes a fifth of the training time."""

    STRIP = 1 << 23

    def __init__(self, share):
        super().__init__()
        self.share, self.strip = share, None

    def forward(self, x):
        if not self.training or self.share == 0:
            return x
        if self.strip is None or random.random() < 0.001:
            self.strip = (torch.rand(self.STRIP) >= self.share).float() / (1 - self.share)
        start = random.randrange(self.STRIP - x.numel()) if x.numel() < self.STRIP else 0
        return x * self.strip[start : start + x.numel()].view(x.shape)


class Attention(nn.Module):
    def __init__(self, shape, drop, related=False):
        super().__init__()
        width, self.heads = shape.width, shape.heads
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)
        self.drop = drop
        self.related = related
        if related:
            self.relation = nn.Parameter(torch.randn(RELATIONS, width // shape.heads) * 0.02)

    def forward(self, x, memory, mask, kinds=None, bias=None):
        """x [B,N,d], memory [B,M,d], mask True where not to look, kinds one-hot relations [B,N,M,R], bias [B,H,N,M]."""
        b, n, d = x.shape
        m, h = memory.shape[1], self.heads
        w = d // h
        query = self.query(x).view(b, n, h, w).transpose(1, 2)
        key = self.key(memory).view(b, m, h, w).transpose(1, 2)
        value = self.value(memory).view(b, m, h, w).transpose(1, 2)
        weight = query @ key.transpose(-1, -2) / math.sqrt(w)
        if self.related:
            weight = weight + bias
        weight = self.drop(weight.masked_fill(mask, -1e9).softmax(-1))
        mixed = weight @ value
        if self.related:
            mass = weight.permute(0, 2, 1, 3).reshape(b * n, h, m) @ kinds.view(b * n, m, RELATIONS)
            mixed = mixed + (mass @ self.relation).view(b, n, h, w).transpose(1, 2)
        return self.out(mixed.transpose(1, 2).reshape(b, n, d))


def feed(shape, drop):
    return nn.Sequential(
        nn.Linear(shape.width, shape.inner), nn.GELU(), drop, nn.Linear(shape.inner, shape.width)
    )


class Encoder(nn.Module):
    def __init__(self, shape, drop):
        super().__init__()
        self.attention, self.feed = Attention(shape, drop, related=True), feed(shape, drop)
        self.first, self.second, self.drop = nn.LayerNorm(shape.width), nn.LayerNorm(shape.width), drop

    def forward(self, x, mask, kinds, bias):
        y = self.first(x)
        x = x + self.drop(self.attention(y, y, mask, kinds, bias))
        return x + self.drop(self.feed(self.second(x)))


class Decoder(nn.Module):
    def __init__(self, shape, drop):
        super().__init__()
        self.own, self.cross, self.feed = Attention(shape, drop), Attention(shape, drop), feed(shape, drop)
        self.first, self.second, self.third = (nn.LayerNorm(shape.width) for _ in range(3))
        self.drop = drop

    def forward(self, x, causal, memory, mask):
        y = self.first(x)
        x = x + self.drop(self.own(y, y, causal))
        x = x + self.drop(self.cross(self.second(x), memory, mask))
        return x + self.drop(self.feed(self.third(x)))


class Network(nn.Module):
    def __init__(self, shape, drop=0.2):
        super().__init__()
        d = shape.width
        self.shape, drop = shape, Drop(drop)
        self.words = nn.Embedding(shape.vocabulary + 2, d)
        self.grams = nn.EmbeddingBag(GRAM_ROWS, d, mode="mean")
        self.kind, self.flags = nn.Embedding(4, d), nn.Linear(FLAGS, d)
        self.bias = nn.Parameter(torch.zeros(RELATIONS, shape.encoders * shape.heads))
        self.encoders = nn.ModuleList(Encoder(shape, drop) for _ in range(shape.encoders))
        self.encoded = nn.LayerNorm(d)
        self.grammar, self.steps = nn.Embedding(GRAMMAR, d), nn.Embedding(MOST_STEPS, d)
        self.item = nn.Linear(d, d)
        self.decoders = nn.ModuleList(Decoder(shape, drop) for _ in range(shape.decoders))
        self.decoded = nn.LayerNorm(d)
        self.write, self.point, self.target = nn.Linear(d, GRAMMAR), nn.Linear(d, d), nn.Linear(d, d)
        self.drop = drop
        for table in (self.words, self.grams, self.grammar):
            nn.init.normal_(table.weight, std=0.05)
        nn.init.normal_(self.steps.weight, std=0.02)

    def encode(self, batch):
        words = self.words(batch["word"]) + self.grams(batch["gram"], batch["gramStart"])
        b, n = batch["kind"].shape
        x = torch.zeros(b * n, self.shape.width).index_add_(0, batch["wordItem"], words * batch["wordShare"][:, None])
        x = self.drop(x.view(b, n, -1) + self.kind(batch["kind"]) + self.flags(batch["flags"]))
        mask = batch["absent"][:, None, None, :]
        kinds = batch["relations"]
        biases = (kinds.view(-1, RELATIONS) @ self.bias).view(b, n, n, len(self.encoders), -1).permute(3, 0, 4, 1, 2)
        for layer, bias in zip(self.encoders, biases):
            x = layer(x, mask, kinds, bias)
        return self.encoded(x)

    def decode(self, memory, batch, previous):
        """Scores of every next step [B,L,GRAMMAR+items] after the steps `previous` [B,L]."""
        b, length = previous.shape
        d = self.shape.width
        items = torch.gather(memory, 1, batch["item"][:, :, None].expand(-1, -1, d))
        table = torch.cat([self.grammar.weight[None].expand(b, -1, -1), self.item(items)], 1)
        x = torch.gather(table, 1, previous[:, :, None].expand(-1, -1, d)) + self.steps.weight[:length][None]
        x = self.drop(x)
        causal = torch.triu(torch.ones(length, length, dtype=torch.bool), 1)[None, None]
        mask = batch["absent"][:, None, None, :]
        for layer in self.decoders:
            x = layer(x, causal, memory, mask)
        x = self.decoded(x)
        pointed = self.point(x) @ self.target(items).transpose(1, 2) / math.sqrt(d)
        pointed = pointed.masked_fill(batch["itemAbsent"][:, None, :], -1e9)
        return torch.cat([self.write(x), pointed], -1)
