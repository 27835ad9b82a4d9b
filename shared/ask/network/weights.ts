/** Reads the trained weights: one file of bytes, one manifest that says what lies where and how it came to be. */
import { createHash } from "node:crypto";
import { NOBODY } from "./attention.ts";
import { FLAGS } from "./features.ts";
import {
  type FeedWeights,
  keepLinear,
  type Linear,
  type Norm,
  strideOf,
  type WholeRows,
} from "./matrix.ts";
import { PANEL } from "./multiply-kernels.ts";
import { RELATIONS } from "./relations.ts";
import { GRAMMAR_SIZE } from "./vocabulary.ts";
import { GRAM_ROWS } from "./words.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

export interface Manifest {
  readonly format: 3;
  /** Of the file of bytes, hexadecimal. */
  readonly sha256: string;
  readonly shape: {
    readonly vocabulary: number;
    readonly width: number;
    readonly heads: number;
    readonly inner: number;
    readonly encoders: number;
    readonly decoders: number;
    readonly relations: number;
    readonly flags: number;
    readonly gramRows: number;
    readonly grammar: number;
    readonly steps: number;
    /** Of the speaker, whose tensors are named with it. */
    readonly speaker: {
      readonly width: number;
      readonly heads: number;
      readonly inner: number;
      readonly readers: number;
      readonly tellers: number;
      readonly words: number;
      readonly places: number;
    };
  };
  /** `int8`: one little-endian float32 scale a row, then the rows. `float32`: little-endian. */
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly type: "int8" | "float32";
    readonly offset: number;
  }[];
  /** Row n + 2 of the word table is the n-th; 1 stands for all others. */
  readonly vocabulary: readonly string[];
}

export interface AttentionWeights {
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly out: Linear;
}

export interface EncoderWeights extends FeedWeights {
  readonly attention: AttentionWeights;
  /** Address of heads × RELATIONS: what is added to a score. */
  readonly bias: number;
  /** RELATIONS × (width / heads). */
  readonly relation: Float32Array;
  readonly first: Norm;
  readonly second: Norm;
}

export interface DecoderWeights extends FeedWeights {
  readonly own: AttentionWeights;
  readonly cross: AttentionWeights;
  readonly first: Norm;
  readonly second: Norm;
  readonly third: Norm;
}

/** Of the same width and heads as the network, over the same words. */
export interface SpeakerWeights {
  readonly grammar: Embedding;
  readonly kind: Embedding;
  readonly places: Embedding;
  readonly marks: Embedding;
  readonly name: Linear;
  /** Of the table that a column is of. */
  readonly owner: Linear;
  readonly said: Linear;
  readonly readers: readonly (FeedWeights & {
    readonly attention: AttentionWeights;
    readonly first: Norm;
    readonly second: Norm;
  })[];
  readonly read: Norm;
  readonly tellers: readonly DecoderWeights[];
  readonly told: Norm;
  readonly write: Linear;
  /** From what `write` gives to the score of every word that can be said freely; room for the end behind them. */
  readonly often: Linear;
  /** From the same to the score of the end. */
  readonly end: { readonly weights: Float32Array; readonly bias: number };
  readonly seek: Linear;
  readonly offer: Linear;
  /** Scores of saying a word freely, of repeating one of the program's, and of putting one in other words. */
  readonly ways: Linear;
  /** Logarithm of the share of one word among all that a word of the program may be put in. */
  readonly rare: number;
  /** Rows of the word table that can be said freely. */
  readonly words: number;
  /** Words of the longest program, and of the longest question and its end. */
  readonly mostPlaces: number;
}

/** A table of rows, each of which is to be multiplied by its scale. */
export interface Embedding {
  readonly scales: Float32Array;
  readonly values: Int8Array | Float32Array;
}

export interface Weights {
  /** Holds what the layers below give addresses of. */
  readonly space: Workspace;
  readonly width: number;
  readonly heads: number;
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly words: Embedding;
  readonly grams: Embedding;
  readonly kind: Embedding;
  readonly flags: Linear;
  readonly encoders: readonly EncoderWeights[];
  readonly encoded: Norm;
  readonly grammar: Float32Array;
  readonly steps: Float32Array;
  readonly item: Linear;
  readonly decoders: readonly DecoderWeights[];
  readonly decoded: Norm;
  readonly write: Linear;
  readonly point: Linear;
  readonly target: Linear;
  readonly speaker: SpeakerWeights;
}

/** @throws Error where the bytes are not those of the manifest, or were made for another reading of questions. */
export function readWeights(manifest: Manifest, bytes: Uint8Array): Weights {
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest !== manifest.sha256) {
    throw new Error("the weights of the question network are not the ones its manifest names");
  }
  const { shape } = manifest;
  const fits =
    manifest.format === 3 &&
    shape.relations === RELATIONS &&
    shape.flags === FLAGS &&
    shape.gramRows === GRAM_ROWS &&
    shape.grammar === GRAMMAR_SIZE;
  if (!fits) {
    throw new Error("the weights of the question network were trained for other features");
  }
  if (shape.speaker.width !== shape.width || shape.speaker.heads !== shape.heads) {
    throw new Error("the speaker of the question network is not as wide as the network");
  }
  if (shape.width % PANEL !== 0 || (shape.width / shape.heads) % PANEL !== 0) {
    throw new Error(`the question network's kernels compute ${PANEL} numbers at a time`);
  }
  return assemble(manifest, new TensorFile(manifest, bytes, createWorkspace()));
}

class TensorFile {
  readonly space: Workspace;
  private readonly tensors: ReadonlyMap<string, Manifest["tensors"][number]>;
  private readonly bytes: Uint8Array;

  constructor(manifest: Manifest, bytes: Uint8Array, space: Workspace) {
    this.tensors = new Map(manifest.tensors.map((one) => [one.name, one]));
    this.bytes = bytes;
    this.space = space;
  }

  embedding(name: string): Embedding {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) {
      throw new Error(`the weights of the question network lack ${name}`);
    }
    const count = tensor.shape.reduce((product, size) => product * size, 1);
    const rows = tensor.shape[0] ?? 0;
    if (tensor.type === "float32") {
      return { scales: new Float32Array(rows).fill(1), values: this.floats(tensor.offset, count) };
    }
    const start = this.bytes.byteOffset + tensor.offset + 4 * rows;
    return {
      scales: this.floats(tensor.offset, rows),
      // A copy, so that the file need not stay in memory for it.
      values: new Int8Array(this.bytes.buffer, start, count).slice(),
    };
  }

  read(name: string): Float32Array {
    const { scales, values } = this.embedding(name);
    const width = values.length / scales.length;
    return Float32Array.from(values, (value, at) => value * (scales[Math.floor(at / width)] ?? 0));
  }

  private floats(offset: number, count: number): Float32Array {
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + offset);
    return Float32Array.from({ length: count }, (_, at) => view.getFloat32(4 * at, true));
  }

  /** Where the numbers are for the kernels. */
  place(values: Float32Array): number {
    const address = this.space.keep(values.length);
    this.space.floats(address, values.length).set(values);
    return address;
  }

  linear(name: string): Linear {
    return keepLinear(this.space, this.whole(`${name}.weight`), this.read(`${name}.bias`));
  }

  /** A score for each of the first words, by how like its vector is; none for what fills the panel up. */
  firstWords(words: number): Linear {
    const { scales, values } = this.whole("words.weight");
    const width = values.length / scales.length;
    const filled = strideOf(words + 1);
    const bias = new Float32Array(filled).fill(NOBODY);
    bias.set(this.read("speaker.often").subarray(0, words));
    // Where there is no word its weights are worth nothing.
    const worth = scales.slice(0, filled).fill(0, words);
    return keepLinear(this.space, { scales: worth, values: values.slice(0, filled * width) }, bias);
  }

  /** @throws Error where the weights are no whole numbers. */
  private whole(name: string): WholeRows {
    const { scales, values } = this.embedding(name);
    if (!(values instanceof Int8Array)) {
      throw new Error(`the weights of the question network are not whole numbers in ${name}`);
    }
    return { scales, values };
  }

  norm(name: string): Norm {
    return {
      gain: this.place(this.read(`${name}.weight`)),
      bias: this.place(this.read(`${name}.bias`)),
    };
  }

  attention(name: string): AttentionWeights {
    return {
      query: this.linear(`${name}.query`),
      key: this.linear(`${name}.key`),
      value: this.linear(`${name}.value`),
      out: this.linear(`${name}.out`),
    };
  }
}

function assemble({ shape, vocabulary }: Manifest, file: TensorFile): Weights {
  const bias = file.read("bias");
  return {
    space: file.space,
    width: shape.width,
    heads: shape.heads,
    vocabulary: new Map(vocabulary.map((word, at) => [word, at + 2])),
    words: file.embedding("words.weight"),
    grams: file.embedding("grams.weight"),
    kind: file.embedding("kind.weight"),
    flags: file.linear("flags"),
    encoders: Array.from({ length: shape.encoders }, (_, at) => ({
      attention: file.attention(`encoders.${at}.attention`),
      bias: file.place(biasOf(bias, shape, at)),
      relation: file.read(`encoders.${at}.attention.relation`),
      ...feedAndNorms(file, `encoders.${at}`),
    })),
    encoded: file.norm("encoded"),
    grammar: file.read("grammar.weight"),
    steps: file.read("steps.weight"),
    item: file.linear("item"),
    decoders: Array.from({ length: shape.decoders }, (_, at) => decoderOf(file, `decoders.${at}`)),
    decoded: file.norm("decoded"),
    write: file.linear("write"),
    point: file.linear("point"),
    target: file.linear("target"),
    speaker: speakerOf(shape, file),
  };
}

function decoderOf(file: TensorFile, name: string): DecoderWeights {
  return {
    own: file.attention(`${name}.own`),
    cross: file.attention(`${name}.cross`),
    third: file.norm(`${name}.third`),
    ...feedAndNorms(file, name),
  };
}

/** The first rows of the word table, which it can say by itself: those that mean padding and all others, and so many. */
const SPECIAL_WORDS = 2;

function speakerOf({ speaker: shape }: Manifest["shape"], file: TensorFile): SpeakerWeights {
  const words = SPECIAL_WORDS + shape.words;
  return {
    grammar: file.embedding("speaker.grammar.weight"),
    kind: file.embedding("speaker.kind.weight"),
    places: file.embedding("speaker.places.weight"),
    marks: file.embedding("speaker.marks.weight"),
    name: file.linear("speaker.name"),
    owner: file.linear("speaker.owner"),
    said: file.linear("speaker.said"),
    readers: Array.from({ length: shape.readers }, (_, at) => ({
      attention: file.attention(`speaker.readers.${at}.attention`),
      ...feedAndNorms(file, `speaker.readers.${at}`),
    })),
    read: file.norm("speaker.read"),
    tellers: Array.from({ length: shape.tellers }, (_, at) =>
      decoderOf(file, `speaker.tellers.${at}`),
    ),
    told: file.norm("speaker.told"),
    write: file.linear("speaker.write"),
    often: file.firstWords(words),
    end: {
      weights: file.read("speaker.end"),
      bias: file.read("speaker.often")[words] as number,
    },
    seek: file.linear("speaker.seek"),
    offer: file.linear("speaker.offer"),
    ways: file.linear("speaker.ways"),
    rare: file.read("speaker.rare")[0] as number,
    words,
    mostPlaces: shape.places,
  };
}

/** RELATIONS × (encoders × heads) → heads × RELATIONS of one encoder. */
function biasOf(
  bias: Float32Array,
  { encoders, heads }: Manifest["shape"],
  encoder: number,
): Float32Array {
  return Float32Array.from({ length: heads * RELATIONS }, (_, at) => {
    const head = Math.floor(at / RELATIONS);
    return bias[((at % RELATIONS) * encoders + encoder) * heads + head] as number;
  });
}

function feedAndNorms(
  file: TensorFile,
  name: string,
): Pick<EncoderWeights, "widen" | "narrow" | "first" | "second"> {
  return {
    widen: file.linear(`${name}.feed.0`),
    narrow: file.linear(`${name}.feed.3`),
    first: file.norm(`${name}.first`),
    second: file.norm(`${name}.second`),
  };
}
