"""Reads what prepare.ts wrote and makes batches of it."""

import base64
import json
import os
import random
from copy import copy

import numpy as np
import torch

from model import FLAGS, GRAMMAR, RELATIONS

# Of `relations.ts`: a word of the question meets a column or a table by its root, a part of it, or in full.
NAMED = np.isin(np.arange(RELATIONS), (8, 9, 10, 18, 19, 20))
# What each kind becomes where the word is only related to the name, a synonym of it, or a part of it.
RELATED, SYNONYM, PART = np.arange(RELATIONS), np.arange(RELATIONS), np.arange(RELATIONS)
for first in (6, 11, 16, 21):
    RELATED[first : first + 5], SYNONYM[first + 1 : first + 5], PART[first + 4] = first, first + 1, first + 3
# Of `link-names.ts`.
UNTELLING = ("id", "of", "the", "code", "in", "and", "to", "for", "by")
UNRELATED, OWN_COLUMN = (26, 27, 28, 29), (40, 41)
# Of `features.ts`, by flag: of a word of the question, of a column and of a table.
TOKEN_NAMED, TOKEN_VALUE = slice(0, 2), 2
COLUMN_FLAGS, TABLE_FLAGS = 9, 25
SHARE, WHOLE, SOME, LOOSE, OF_TABLE, WHOLE_OF_TABLE, LOOSE_OF_TABLE = 0, 1, 2, 3, 12, 13, 14
WHOLE_COLUMN = 4


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


def words_of(data):
    """The vocabulary that `prepare.ts` wrote; its first word has the number 2."""
    with open(os.path.join(data, "vocabulary.txt"), encoding="utf8") as words:
        return words.read().split("\n")[:-1]


def untelling_of(vocabulary):
    """Numbers of the words that are not looked for in a name which has others."""
    return {at + 2 for at, word in enumerate(vocabulary) if word in UNTELLING}


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


def reworded(one, names, untelling, share):
    """The example with some words that say a name exchanged for others that are only near it, or a synonym of it: no
    word is then known, and the relation is all there is. As in a thesaurus, other names are near the new word as well.

    @param untelling Numbers of the words that are not looked for in a name which has others."""
    questions, columns, tables, _ = one.counts
    start, stop = questions, questions + columns + tables
    said = NAMED[one.relations[:questions, start:stop]]
    chosen = [i for i in range(questions) if said[i].any() and not one.flags[i, TOKEN_VALUE] and random.random() < share]
    if not chosen:
        return one
    new = copy(one)
    new.words, new.grams, new.relations, new.flags = (
        list(one.words), list(one.grams), one.relations.copy(), one.flags.copy()
    )
    telling = sorted({word for own in one.words[start:stop] for word in own if word > 1 and word not in untelling})
    loosely = set()
    for i in chosen:
        there, back = new.relations[i, start:stop], new.relations[start:stop, i]
        to = SYNONYM if random.random() < 0.3 else RELATED
        there[:], back[:] = to[there], to[back]
        if to is SYNONYM:
            loosely.add(i)
        else:
            for word in random.sample(telling, min(len(telling), random.choice((0, 1, 1, 2)))):
                for node in range(columns + tables):
                    if word in one.words[start + node] and there[node] in UNRELATED:
                        there[node], back[node] = (6, 11) if node < columns else (16, 21)
        word, grams = random.choice(names)
        new.words[i], new.grams[i] = [word], [grams]
        new.flags[i, TOKEN_NAMED] = 0
    for node in np.flatnonzero(said[chosen].any(0)):
        say_less(one, new, node, [i for i in chosen if said[i, node]], loosely, untelling)
    flag_tables(new)
    return new


def say_less(one, new, node, exchanged, loosely, untelling):
    """Brings the flags of a name in line with what the question says of it now, and its other words: a name that is not
    said in full any more is said in part."""
    questions, columns, _, _ = one.counts
    item = questions + node
    core = [word for word in one.words[item] if word not in untelling] or one.words[item]
    still = {one.words[i][0] for i in np.flatnonzero(NAMED[new.relations[:questions, item]])}
    lost = {one.words[i][0] for i in exchanged} - still
    gone = {one.words[i][0] for i in exchanged if i not in loosely} - still
    flags = new.flags[item, COLUMN_FLAGS:TABLE_FLAGS] if node < columns else new.flags[item, TABLE_FLAGS:]
    loose = LOOSE if node < columns else LOOSE - 1
    share = max(0, flags[SHARE] - len(lost) / len(core)) if still else 0
    flags[loose] = max(share, flags[loose] - len(gone) / len(core))
    flags[SHARE], flags[WHOLE] = share, 0
    if node < columns:
        flags[SOME] = share > 0
    for line in (new.relations[:questions, item], new.relations[item, :questions]):
        line[:] = PART[line]


def flag_tables(one):
    """What tables and columns know of each other's names."""
    questions, columns, tables, _ = one.counts
    first_table = questions + columns
    for table in range(first_table, first_table + tables):
        own = np.flatnonzero(np.isin(one.relations[table, questions:first_table], OWN_COLUMN)) + questions
        of_columns = one.flags[own, COLUMN_FLAGS:TABLE_FLAGS]
        share, loose = one.flags[table, TABLE_FLAGS + SHARE], one.flags[table, TABLE_FLAGS + LOOSE - 1]
        one.flags[own, COLUMN_FLAGS + OF_TABLE] = share
        one.flags[own, COLUMN_FLAGS + LOOSE_OF_TABLE] = loose
        one.flags[own, COLUMN_FLAGS + WHOLE_OF_TABLE] = of_columns[:, WHOLE] * (share > 0)
        one.flags[table, TABLE_FLAGS + WHOLE_COLUMN] = of_columns[:, WHOLE].any()


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
