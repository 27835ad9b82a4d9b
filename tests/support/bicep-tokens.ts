/** Splits Bicep into tokens. A string with expressions in it becomes one token that holds the tokens of each. */

export interface Token {
  readonly kind: "name" | "number" | "string" | "symbol" | "newline" | "end";
  readonly text: string;
  readonly line: number;
  /** Of a string: its texts, and between them the sources of its expressions. */
  readonly parts?: readonly (string | { readonly source: string; readonly line: number })[];
}

const SYMBOL = /^(\.\.\.|::|=>|==|!=|<=|>=|&&|\|\||\?\?|\.\?|[{}[\]()@,:=?!.+\-*/%<>|])/;

/** @throws Error with the line of what is no token. */
export function tokenise(source: string, firstLine = 1): readonly Token[] {
  const tokens: Token[] = [];
  let rest = source;
  let line = firstLine;
  const take = (kind: Token["kind"], text: string, parts?: Token["parts"]) => {
    tokens.push({ kind, text, line, ...(parts && { parts }) });
    line += text.split("\n").length - 1;
    rest = rest.slice(text.length);
  };
  while (rest !== "") {
    const blank = /^(?:[ \t\r]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/.exec(rest)?.[0];
    if (blank !== undefined) {
      line += blank.split("\n").length - 1;
      rest = rest.slice(blank.length);
      continue;
    }
    const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(rest)?.[0];
    const number = /^\d+/.exec(rest)?.[0];
    const symbol = SYMBOL.exec(rest)?.[0];
    if (rest.startsWith("\n")) take("newline", "\n");
    else if (rest.startsWith("'")) {
      const { text, parts } = readString(rest, line);
      take("string", text, parts);
    } else if (name !== undefined) take("name", name);
    else if (number !== undefined) take("number", number);
    else if (symbol !== undefined) take("symbol", symbol);
    else throw new Error(`line ${line}: ${JSON.stringify(rest.slice(0, 12))} is no token`);
  }
  tokens.push({ kind: "end", text: "", line });
  return tokens;
}

function readString(
  source: string,
  line: number,
): { text: string; parts: NonNullable<Token["parts"]> } {
  const parts: (string | { source: string; line: number })[] = [];
  let at = 1;
  let literal = "";
  for (;;) {
    const character = source[at];
    if (character === undefined || character === "\n")
      throw new Error(`line ${line}: a string does not end`);
    if (character === "'") break;
    if (character === "\\") {
      literal += source[at + 1];
      at += 2;
    } else if (source.startsWith("${", at)) {
      const end = endOfExpression(source, at + 2, line);
      parts.push(literal, { source: source.slice(at + 2, end), line });
      literal = "";
      at = end + 1;
    } else {
      literal += character;
      at += 1;
    }
  }
  return { text: source.slice(0, at + 1), parts: [...parts, literal] };
}

/** Where the brace closes that opened before `from`; braces within strings in between do not count. */
function endOfExpression(source: string, from: number, line: number): number {
  let depth = 1;
  for (let at = from; at < source.length; at++) {
    if (source[at] === "'") at += readString(source.slice(at), line).text.length - 1;
    else if (source[at] === "{") depth += 1;
    else if (source[at] === "}") {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  throw new Error(`line ${line}: an expression in a string does not end`);
}
