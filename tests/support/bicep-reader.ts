/** Reads Bicep into a tree: as much of the language as infra/ is written in, and a loud refusal of the rest. */
import { type Token, tokenise } from "./bicep-tokens.ts";

export type Node =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | { readonly kind: "text"; readonly parts: readonly (string | Node)[] }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "object"; readonly entries: readonly Entry[] }
  | { readonly kind: "array"; readonly items: readonly Node[] }
  | {
      readonly kind: "for";
      readonly locals: readonly string[];
      readonly over: Node;
      readonly body: Node;
    }
  | { readonly kind: "if"; readonly condition: Node; readonly body: Node }
  | { readonly kind: "lambda"; readonly locals: readonly string[]; readonly body: Node }
  | { readonly kind: "call"; readonly callee: string; readonly args: readonly Node[] }
  | {
      readonly kind: "member";
      readonly of: Node;
      readonly name: string;
      readonly how: "." | ".?" | "::";
    }
  | { readonly kind: "parts"; readonly parts: readonly Node[] };

/** A property (`key` is its name), a spread (`key` is null), or a nested resource of a resource's body. */
export type Entry =
  | {
      readonly kind: "property";
      readonly key: string | null;
      readonly computed?: Node;
      readonly value: Node;
    }
  | { readonly kind: "nested"; readonly statement: Statement };

export interface Statement {
  readonly keyword:
    | "targetScope"
    | "import"
    | "param"
    | "var"
    | "output"
    | "type"
    | "resource"
    | "module";
  readonly name: string;
  readonly line: number;
  readonly decorators: readonly { readonly name: string; readonly args: readonly Node[] }[];
  /** Of a resource its type, of a module and an import its path. */
  readonly target: string;
  readonly existing: boolean;
  /** The tokens of a type, as text. */
  readonly type: string;
  readonly value: Node | null;
  /** What an import brings. */
  readonly imports: readonly string[];
}

/** @throws Error with the line of what it cannot read. */
export function readBicep(source: string): readonly Statement[] {
  return new Reader(tokenise(source)).statements();
}

const OPERATORS = new Set([
  "==",
  "!=",
  "<=",
  ">=",
  "<",
  ">",
  "&&",
  "||",
  "??",
  "+",
  "-",
  "*",
  "/",
  "%",
]);

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  statements(): readonly Statement[] {
    const all: Statement[] = [];
    for (this.#newlines(); this.#peek().kind !== "end"; this.#newlines())
      all.push(this.#statement());
    return all;
  }

  expression(): Node {
    const node = this.#ternary();
    this.#newlines();
    if (this.#peek().kind !== "end") this.#fail("the end of the expression");
    return node;
  }

  #statement(): Statement {
    const decorators = this.#decorators();
    const { line } = this.#peek();
    const keyword = this.#name() as Statement["keyword"];
    const base = { keyword, line, decorators, target: "", existing: false, type: "", imports: [] };
    switch (keyword) {
      case "targetScope":
        this.#expect("=");
        return { ...base, name: "", value: this.#ternary() };
      case "import":
        return {
          ...base,
          name: "",
          imports: this.#importList(),
          target: this.#from(),
          value: null,
        };
      case "param":
        return { ...base, name: this.#name(), type: this.#type(), value: this.#default() };
      case "output":
        return { ...base, name: this.#name(), type: this.#type(), value: this.#default() };
      case "var":
        return { ...base, name: this.#name(), value: this.#default() };
      case "type": {
        const name = this.#name();
        this.#expect("=");
        return { ...base, name, type: this.#type(), value: null };
      }
      case "resource":
      case "module":
        return { ...base, ...this.#deployed() };
      default:
        return this.#fail("a statement");
    }
  }

  #deployed() {
    const name = this.#name();
    const target = this.#plainString();
    const existing = this.#peek().text === "existing";
    if (existing) this.#next();
    this.#expect("=");
    return { name, target, existing, value: this.#ternary() };
  }

  #decorators() {
    const decorators: { name: string; args: readonly Node[] }[] = [];
    while (this.#peek().text === "@") {
      this.#next();
      const name = this.#name();
      decorators.push({ name, args: this.#args() });
      this.#newlines();
    }
    return decorators;
  }

  #importList(): readonly string[] {
    this.#expect("{");
    const names: string[] = [];
    while (this.#peek().text !== "}") {
      names.push(this.#name());
      if (this.#peek().text === ",") this.#next();
    }
    this.#expect("}");
    return names;
  }

  #from(): string {
    if (this.#name() !== "from") this.#fail("from");
    return this.#plainString();
  }

  #default(): Node | null {
    if (this.#peek().text !== "=") return null;
    this.#next();
    return this.#ternary();
  }

  /** Up to the end of the line or the default, braces balanced. */
  #type(): string {
    const parts: string[] = [];
    let depth = 0;
    for (;;) {
      const { kind, text } = this.#peek();
      const next = this.#tokens[this.#at + 1];
      if (kind === "end" || (depth === 0 && text === "=")) break;
      if (depth === 0 && kind === "newline" && !this.#continuesUnion()) break;
      if (/^[{([]$/.test(text)) depth += 1;
      if (/^[})\]]$/.test(text)) depth -= 1;
      parts.push(text);
      this.#at += 1;
      if (next === undefined) break;
    }
    if (depth !== 0) this.#fail("the end of a type");
    return parts.join(" ");
  }

  /** A union may go on in the next line, with a bar. */
  #continuesUnion(): boolean {
    let at = this.#at;
    while (this.#tokens[at]?.kind === "newline") at += 1;
    return this.#tokens[at]?.text === "|";
  }

  #ternary(): Node {
    const condition = this.#binary();
    if (!this.#continues("?")) return condition;
    this.#newlines();
    this.#expect("?");
    const yes = this.#ternary();
    this.#newlines();
    this.#expect(":");
    return { kind: "parts", parts: [condition, yes, this.#ternary()] };
  }

  #binary(): Node {
    const parts = [this.#unary()];
    while (OPERATORS.has(this.#peek().text) && this.#peek().kind === "symbol") {
      this.#next();
      parts.push(this.#unary());
    }
    return parts.length === 1 ? (parts[0] as Node) : { kind: "parts", parts };
  }

  #unary(): Node {
    if (this.#peek().text === "!" || this.#peek().text === "-") {
      this.#next();
      return { kind: "parts", parts: [this.#unary()] };
    }
    return this.#postfix(this.#primary());
  }

  #postfix(start: Node): Node {
    let node = start;
    for (;;) {
      const { text, kind } = this.#peek();
      if (kind !== "symbol") return node;
      if (text === "." || text === ".?" || text === "::") {
        this.#next();
        node = { kind: "member", of: node, name: this.#name(), how: text };
      } else if (text === "!") this.#next();
      else if (text === "[") {
        this.#next();
        node = { kind: "parts", parts: [node, this.#ternary()] };
        this.#expect("]");
      } else return node;
    }
  }

  #primary(): Node {
    const token = this.#peek();
    if (token.kind === "string") return this.#text();
    if (token.kind === "number") return { kind: "literal", value: Number(this.#next().text) };
    if (token.text === "{") return this.#object();
    if (token.text === "[") return this.#array();
    if (token.text === "(") return this.#parenthesis();
    if (token.kind !== "name") return this.#fail("an expression");
    return this.#named(this.#name());
  }

  #named(name: string): Node {
    if (name === "true" || name === "false") return { kind: "literal", value: name === "true" };
    if (name === "null") return { kind: "literal", value: null };
    if (name === "if") {
      this.#expect("(");
      const condition = this.#ternary();
      this.#expect(")");
      return { kind: "if", condition, body: this.#ternary() };
    }
    if (this.#peek().text === "=>") {
      this.#next();
      return { kind: "lambda", locals: [name], body: this.#ternary() };
    }
    return this.#peek().text === "("
      ? { kind: "call", callee: name, args: this.#args() }
      : { kind: "name", name };
  }

  #text(): Node {
    const { parts = [] } = this.#next();
    const nodes = parts.map((part) =>
      typeof part === "string" ? part : new Reader(tokenise(part.source, part.line)).expression(),
    );
    const only = nodes.length === 1 ? nodes[0] : undefined;
    return typeof only === "string"
      ? { kind: "literal", value: only }
      : { kind: "text", parts: nodes };
  }

  #parenthesis(): Node {
    this.#expect("(");
    const parts = this.#list(")");
    if (this.#peek().text !== "=>") return { kind: "parts", parts };
    this.#next();
    const locals = parts.map((part) => (part.kind === "name" ? part.name : this.#fail("a name")));
    return { kind: "lambda", locals, body: this.#ternary() };
  }

  #args(): readonly Node[] {
    if (this.#peek().text !== "(") return [];
    this.#expect("(");
    return this.#list(")");
  }

  #list(close: string): readonly Node[] {
    const items: Node[] = [];
    for (this.#gap(); this.#peek().text !== close; this.#gap()) {
      if (this.#peek().text === "...") this.#next();
      items.push(this.#ternary());
    }
    this.#expect(close);
    return items;
  }

  #array(): Node {
    this.#expect("[");
    this.#newlines();
    if (this.#peek().text === "for") {
      const node = this.#for();
      this.#newlines();
      this.#expect("]");
      return node;
    }
    return { kind: "array", items: this.#list("]") };
  }

  #for(): Node {
    this.#next();
    const locals = this.#forLocals();
    if (this.#name() !== "in") this.#fail("in");
    const over = this.#ternary();
    this.#expect(":");
    return { kind: "for", locals, over, body: this.#ternary() };
  }

  #forLocals(): readonly string[] {
    if (this.#peek().text !== "(") return [this.#name()];
    this.#expect("(");
    const item = this.#name();
    this.#expect(",");
    const index = this.#name();
    this.#expect(")");
    return [item, index];
  }

  #object(): Node {
    this.#expect("{");
    const entries: Entry[] = [];
    for (this.#gap(); this.#peek().text !== "}"; this.#gap()) entries.push(this.#entry());
    this.#expect("}");
    return { kind: "object", entries };
  }

  #entry(): Entry {
    if (this.#peek().text === "...") {
      this.#next();
      return { kind: "property", key: null, value: this.#ternary() };
    }
    const after = this.#tokens[this.#at + 1];
    if (this.#peek().text === "@" || (this.#peek().text === "resource" && after?.kind === "name"))
      return { kind: "nested", statement: this.#statement() };
    const key = this.#peek().kind === "string" ? this.#text() : this.#name();
    this.#expect(":");
    const value = this.#ternary();
    if (typeof key === "string") return { kind: "property", key, value };
    return key.kind === "literal"
      ? { kind: "property", key: String(key.value), value }
      : { kind: "property", key: "*", computed: key, value };
  }

  #continues(symbol: string): boolean {
    let at = this.#at;
    while (this.#tokens[at]?.kind === "newline") at += 1;
    return this.#tokens[at]?.text === symbol;
  }

  #plainString(): string {
    const node = this.#peek().kind === "string" ? this.#text() : this.#fail("a string");
    return node.kind === "literal"
      ? String(node.value)
      : this.#fail("a string without expressions");
  }

  #gap(): void {
    while (this.#peek().kind === "newline" || this.#peek().text === ",") this.#at += 1;
  }

  #newlines(): void {
    while (this.#peek().kind === "newline") this.#at += 1;
  }

  #name(): string {
    const token = this.#next();
    return token.kind === "name" ? token.text : this.#fail("a name", token);
  }

  #expect(symbol: string): void {
    const token = this.#next();
    if (token.text !== symbol || token.kind !== "symbol") this.#fail(symbol, token);
  }

  #peek(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #next(): Token {
    const token = this.#peek();
    if (token.kind !== "end") this.#at += 1;
    return token;
  }

  #fail(expected: string, token: Token = this.#peek()): never {
    throw new Error(
      `line ${token.line}: ${expected} expected, ${JSON.stringify(token.text)} found`,
    );
  }
}

/** Every name that is used below, but for those that the expression itself makes. */
export function namesIn(node: Node | null, locals: ReadonlySet<string> = new Set()): string[] {
  if (node === null) return [];
  const within = (names: readonly string[]) => new Set([...locals, ...names]);
  switch (node.kind) {
    case "literal":
      return [];
    case "name":
      return locals.has(node.name) ? [] : [node.name];
    case "text":
      return node.parts.flatMap((part) => (typeof part === "string" ? [] : namesIn(part, locals)));
    case "object":
      return node.entries.flatMap((entry) =>
        entry.kind === "nested"
          ? namesIn(entry.statement.value, locals)
          : [...namesIn(entry.computed ?? null, locals), ...namesIn(entry.value, locals)],
      );
    case "array":
      return node.items.flatMap((item) => namesIn(item, locals));
    case "parts":
      return node.parts.flatMap((part) => namesIn(part, locals));
    case "call":
      return node.args.flatMap((arg) => namesIn(arg, locals));
    case "member":
      return namesIn(node.of, locals);
    case "if":
      return [...namesIn(node.condition, locals), ...namesIn(node.body, locals)];
    case "for":
      return [...namesIn(node.over, locals), ...namesIn(node.body, within(node.locals))];
    case "lambda":
      return namesIn(node.body, within(node.locals));
  }
}

/** Every node below, itself among them; nested resources too. */
export function nodesIn(node: Node | null): Node[] {
  if (node === null) return [];
  const below: readonly (Node | null)[] =
    node.kind === "object"
      ? node.entries.map((entry) => (entry.kind === "nested" ? entry.statement.value : entry.value))
      : node.kind === "text"
        ? node.parts.filter((part) => typeof part !== "string")
        : node.kind === "array"
          ? node.items
          : node.kind === "parts"
            ? node.parts
            : node.kind === "call"
              ? node.args
              : node.kind === "member"
                ? [node.of]
                : node.kind === "if"
                  ? [node.condition, node.body]
                  : node.kind === "for"
                    ? [node.over, node.body]
                    : node.kind === "lambda"
                      ? [node.body]
                      : [];
  return [node, ...below.flatMap(nodesIn)];
}

/** The object that a resource, a module or a loop of them is made of. */
export function bodyOf(value: Node | null): Extract<Node, { kind: "object" }> {
  if (value?.kind === "object") return value;
  if (value?.kind === "for" || value?.kind === "if") return bodyOf(value.body);
  throw new Error("this is no body of a resource or a module");
}

export function propertyOf(node: Node | null, name: string): Node | null {
  if (node?.kind !== "object") return null;
  const entry = node.entries.find((one) => one.kind === "property" && one.key === name);
  return entry?.kind === "property" ? entry.value : null;
}

export const keysOf = (node: Node | null): readonly string[] =>
  node?.kind === "object"
    ? node.entries.flatMap((one) => (one.kind === "property" && one.key !== null ? [one.key] : []))
    : [];
