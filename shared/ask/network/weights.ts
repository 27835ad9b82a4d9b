/** Reads the trained weights: one file of bytes, one manifest that says what lies where and how it came to be. */
import { createHash } from "node:crypto";
import { FLAGS } from "./features.ts";
import type { Linear, Norm } from "./matrix.ts";
import { RELATIONS } from "./relations.ts";
import { GRAMMAR_SIZE } from "./vocabulary.ts";
import { GRAM_ROWS } from "./words.ts";

export interface Manifest {
  readonly format: 1;
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

export interface EncoderWeights {
  readonly attention: AttentionWeights;
  /** RELATIONS × (width / heads). */
  readonly relation: Float32Array;
  readonly widen: Linear;
  readonly narrow: Linear;
  readonly first: Norm;
  readonly second: Norm;
}

export interface DecoderWeights {
  readonly own: AttentionWeights;
  readonly cross: AttentionWeights;
  readonly widen: Linear;
  readonly narrow: Linear;
  readonly first: Norm;
  readonly second: Norm;
  readonly third: Norm;
}

export interface Weights {
  readonly width: number;
  readonly heads: number;
  readonly vocabulary: ReadonlyMap<string, number>;
  readonly words: Float32Array;
  readonly grams: Float32Array;
  readonly kind: Float32Array;
  readonly flags: Linear;
  /** RELATIONS × (encoders × heads). */
  readonly bias: Float32Array;
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
}

/** @throws Error where the bytes are not those of the manifest, or were made for another reading of questions. */
export function readWeights(manifest: Manifest, bytes: Uint8Array): Weights {
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest !== manifest.sha256) {
    throw new Error("the weights of the question network are not the ones its manifest names");
  }
  const { shape } = manifest;
  const fits =
    shape.relations === RELATIONS &&
    shape.flags === FLAGS &&
    shape.gramRows === GRAM_ROWS &&
    shape.grammar === GRAMMAR_SIZE;
  if (!fits) {
    throw new Error("the weights of the question network were trained for other features");
  }
  return assemble(manifest, new TensorFile(manifest, bytes));
}

class TensorFile {
  private readonly tensors: ReadonlyMap<string, Manifest["tensors"][number]>;
  private readonly bytes: Uint8Array;

  constructor(manifest: Manifest, bytes: Uint8Array) {
    this.tensors = new Map(manifest.tensors.map((one) => [one.name, one]));
    this.bytes = bytes;
  }

  read(name: string): Float32Array {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) {
      throw new Error(`the weights of the question network lack ${name}`);
    }
    const count = tensor.shape.reduce((product, size) => product * size, 1);
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + tensor.offset);
    const values = new Float32Array(count);
    if (tensor.type === "float32") {
      for (let at = 0; at < count; at += 1) {
        values[at] = view.getFloat32(4 * at, true);
      }
      return values;
    }
    const rows = tensor.shape[0] ?? 0;
    const width = count / rows;
    for (let row = 0; row < rows; row += 1) {
      const scale = view.getFloat32(4 * row, true);
      for (let at = 0; at < width; at += 1) {
        values[row * width + at] = scale * view.getInt8(4 * rows + row * width + at);
      }
    }
    return values;
  }

  linear(name: string): Linear {
    const weight = this.read(`${name}.weight`);
    const bias = this.read(`${name}.bias`);
    return { weight, bias, outputs: bias.length, inputs: weight.length / bias.length };
  }

  norm(name: string): Norm {
    return { gain: this.read(`${name}.weight`), bias: this.read(`${name}.bias`) };
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
  return {
    width: shape.width,
    heads: shape.heads,
    vocabulary: new Map(vocabulary.map((word, at) => [word, at + 2])),
    words: file.read("words.weight"),
    grams: file.read("grams.weight"),
    kind: file.read("kind.weight"),
    flags: file.linear("flags"),
    bias: file.read("bias"),
    encoders: Array.from({ length: shape.encoders }, (_, at) => ({
      attention: file.attention(`encoders.${at}.attention`),
      relation: file.read(`encoders.${at}.attention.relation`),
      ...feedAndNorms(file, `encoders.${at}`),
    })),
    encoded: file.norm("encoded"),
    grammar: file.read("grammar.weight"),
    steps: file.read("steps.weight"),
    item: file.linear("item"),
    decoders: Array.from({ length: shape.decoders }, (_, at) => ({
      own: file.attention(`decoders.${at}.own`),
      cross: file.attention(`decoders.${at}.cross`),
      third: file.norm(`decoders.${at}.third`),
      ...feedAndNorms(file, `decoders.${at}`),
    })),
    decoded: file.norm("decoded"),
    write: file.linear("write"),
    point: file.linear("point"),
    target: file.linear("target"),
  };
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
