/** Parses ASP.NET route templates: literals, `{p}`, `{p?}`, `{*rest}`, `{p:constraint}`. */

export type SegmentTest = (value: string) => boolean;

export interface LiteralSegment {
  readonly kind: "literal";
  /** Lower case: routes are case-insensitive. */
  readonly text: string;
}

export interface ParameterSegment {
  readonly kind: "parameter" | "catchall";
  readonly name: string;
  readonly optional: boolean;
  /** The constraint text: two parameters with the same one share a node of the route tree. */
  readonly constraint: string;
  readonly test: SegmentTest | undefined;
}

export type TemplateSegment = LiteralSegment | ParameterSegment;

/** Throws one sentence when the template uses what this host does not know. */
export function parseRouteTemplate(template: string): readonly TemplateSegment[] {
  const segments = splitSegments(template).map((text) => parseSegment(text, template));
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    if (segment.kind === "catchall" && !last)
      fail(template, "a catch-all must be the last segment");
    if (segment.kind === "parameter" && segment.optional && !last) {
      fail(template, "an optional parameter must be the last segment");
    }
  }
  return segments;
}

/** Splits on slashes outside braces: a regex constraint may hold one. */
function splitSegments(template: string): readonly string[] {
  return template.match(/(?:\{(?:[^{}]|\{[^{}]*\})*\}|[^/{])+|\{[^/]*/g) ?? [];
}

function parseSegment(text: string, template: string): TemplateSegment {
  if (!/[{}]/.test(text)) return { kind: "literal", text: text.toLowerCase() };
  const match = /^\{(\*{0,2})([a-z_][\w-]*)((?::.+?)?)(\??)\}$/is.exec(text);
  if (!match) return fail(template, `segment "${text}" is not supported`);
  const [, stars = "", name = "", constraint = "", question = ""] = match;
  return {
    kind: stars === "" ? "parameter" : "catchall",
    name,
    optional: question === "?",
    constraint,
    test: compileConstraints(constraint, template),
  };
}

function fail(template: string, why: string): never {
  throw new Error(`Route template "${template}": ${why}.`);
}

const plainConstraints: Readonly<Record<string, RegExp>> = {
  int: /^[+-]?\d{1,10}$/,
  long: /^[+-]?\d{1,19}$/,
  bool: /^(true|false)$/i,
  decimal: /^[+-]?\d+(\.\d+)?$/,
  double: /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i,
  float: /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i,
  guid: /^\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i,
  alpha: /^[a-z]*$/i,
  required: /./s,
};

const numericConstraints: Readonly<
  Record<string, (value: string, first: number, second: number) => boolean>
> = {
  min: (value, first) => Number(value) >= first,
  max: (value, first) => Number(value) <= first,
  range: (value, first, second) => Number(value) >= first && Number(value) <= second,
  minlength: (value, first) => value.length >= first,
  maxlength: (value, first) => value.length <= first,
  length: (value, first, second) =>
    Number.isNaN(second) ? value.length === first : value.length >= first && value.length <= second,
};

function compileConstraints(text: string, template: string): SegmentTest | undefined {
  if (text === "") return undefined;
  const tests = (text.match(/:[a-z]+(?:\((?:[^()]|\([^()]*\))*\))?/gi) ?? []).map((part) =>
    compileConstraint(part.slice(1), template),
  );
  if (tests.length === 0) fail(template, `constraint "${text}" is not supported`);
  return (value) => tests.every((test) => test(value));
}

function compileConstraint(text: string, template: string): SegmentTest {
  const [, name = "", argument] = /^(\w+)(?:\((.*)\))?$/s.exec(text) ?? [];
  const plain = plainConstraints[name.toLowerCase()];
  if (plain && argument === undefined) return (value) => plain.test(value);
  const numeric = numericConstraints[name.toLowerCase()];
  if (numeric && argument !== undefined) {
    const [first = Number.NaN, second = Number.NaN] = argument.split(",").map(Number);
    return (value) => numeric(value, first, second);
  }
  if (name.toLowerCase() === "regex" && argument !== undefined) {
    const pattern = new RegExp(argument.replaceAll("{{", "{").replaceAll("}}", "}"), "i");
    return (value) => pattern.test(value);
  }
  return fail(template, `constraint "${text}" is not supported`);
}
