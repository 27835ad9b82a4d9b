/** A route tree compiled once at start: literals win over parameters, parameters over catch-alls. */
import type { ParameterSegment, TemplateSegment } from "./route-template.ts";
import { parseRouteTemplate } from "./route-template.ts";

export interface RouteEntry<T> {
  readonly name: string;
  readonly methods: readonly string[];
  /** The whole template, prefix included. */
  readonly template: string;
  readonly target: T;
}

export type RouteMatch<T> =
  | { readonly kind: "found"; readonly target: T; readonly params: Record<string, string> }
  | { readonly kind: "wrong-method"; readonly allow: readonly string[] }
  | { readonly kind: "not-found" }
  | { readonly kind: "bad-path" };

/** `path` starts with a slash and carries no query. */
export type Router<T> = (method: string, path: string) => RouteMatch<T>;

interface Endpoint<T> {
  readonly name: string;
  readonly target: T;
  readonly paramNames: readonly string[];
}

interface Node<T> {
  readonly literals: Map<string, Node<T>>;
  readonly parameters: { readonly segment: ParameterSegment; readonly node: Node<T> }[];
  readonly catchalls: { readonly segment: ParameterSegment; readonly node: Node<T> }[];
  readonly endpoints: Map<string, Endpoint<T>>;
}

interface Walk<T> {
  readonly method: string;
  readonly segments: readonly string[];
  readonly values: string[];
  readonly allow: Set<string>;
  found: Endpoint<T> | undefined;
}

/** Throws when two functions answer the same method on the same template. */
export function compileRouter<T>(entries: readonly RouteEntry<T>[]): Router<T> {
  const root = emptyNode<T>();
  for (const entry of entries) insert(root, entry);
  sortParameters(root);
  return (method, path) => {
    const segments = decodeSegments(path);
    if (!segments) return { kind: "bad-path" };
    const walk: Walk<T> = { method, segments, values: [], allow: new Set(), found: undefined };
    visit(root, 0, walk);
    if (walk.found) return { kind: "found", ...toMatch(walk.found, walk.values) };
    if (walk.allow.size > 0) return { kind: "wrong-method", allow: [...walk.allow].sort() };
    return { kind: "not-found" };
  };
}

function toMatch<T>(endpoint: Endpoint<T>, values: readonly string[]) {
  const params: Record<string, string> = {};
  for (const [index, name] of endpoint.paramNames.entries()) {
    const value = values[index];
    if (value !== undefined && value !== "") params[name] = value;
  }
  return { target: endpoint.target, params };
}

function emptyNode<T>(): Node<T> {
  return { literals: new Map(), parameters: [], catchalls: [], endpoints: new Map() };
}

function insert<T>(root: Node<T>, entry: RouteEntry<T>): void {
  const segments = parseRouteTemplate(entry.template);
  const paramNames = segments.flatMap((segment) =>
    segment.kind === "literal" ? [] : segment.name,
  );
  let node = root;
  for (const segment of segments) {
    // An optional last parameter also ends the route one segment earlier.
    if (segment.kind === "parameter" && segment.optional) addEndpoints(node, entry, paramNames);
    node = step(node, segment);
  }
  addEndpoints(node, entry, paramNames);
}

function step<T>(node: Node<T>, segment: TemplateSegment): Node<T> {
  if (segment.kind === "literal") {
    const known = node.literals.get(segment.text) ?? emptyNode<T>();
    node.literals.set(segment.text, known);
    return known;
  }
  const siblings = segment.kind === "catchall" ? node.catchalls : node.parameters;
  const same = siblings.find((sibling) => sibling.segment.constraint === segment.constraint);
  if (same) return same.node;
  const next = emptyNode<T>();
  siblings.push({ segment, node: next });
  return next;
}

function addEndpoints<T>(node: Node<T>, entry: RouteEntry<T>, paramNames: readonly string[]): void {
  for (const method of entry.methods) {
    const taken = node.endpoints.get(method);
    if (taken) {
      throw new Error(
        `Functions "${taken.name}" and "${entry.name}" both answer ${method} /${entry.template}.`,
      );
    }
    node.endpoints.set(method, { name: entry.name, target: entry.target, paramNames });
  }
}

/** A constrained parameter is the more exact one, so it is tried first. */
function sortParameters<T>(node: Node<T>): void {
  const unconstrained = (entry: { segment: ParameterSegment }) => (entry.segment.test ? 0 : 1);
  node.parameters.sort((a, b) => unconstrained(a) - unconstrained(b));
  node.catchalls.sort((a, b) => unconstrained(a) - unconstrained(b));
  for (const child of node.literals.values()) sortParameters(child);
  for (const child of node.parameters) sortParameters(child.node);
}

/** Depth first, with a way back: another branch may hold the method that this one lacks. */
function visit<T>(node: Node<T>, index: number, walk: Walk<T>): boolean {
  const segment = walk.segments[index];
  if (segment === undefined) {
    if (settle(node, walk)) return true;
  } else {
    const literal = node.literals.get(segment.toLowerCase());
    if (literal && visit(literal, index + 1, walk)) return true;
    if (segment !== "" && visitParameters(node, segment, index, walk)) return true;
  }
  for (const { segment: rest, node: next } of node.catchalls) {
    const value = walk.segments.slice(index).join("/");
    if (rest.test && !rest.test(value)) continue;
    walk.values.push(value);
    if (settle(next, walk)) return true;
    walk.values.pop();
  }
  return false;
}

function visitParameters<T>(node: Node<T>, value: string, index: number, walk: Walk<T>): boolean {
  for (const { segment, node: next } of node.parameters) {
    if (segment.test && !segment.test(value)) continue;
    walk.values.push(value);
    if (visit(next, index + 1, walk)) return true;
    walk.values.pop();
  }
  return false;
}

function settle<T>(node: Node<T>, walk: Walk<T>): boolean {
  walk.found = node.endpoints.get(walk.method);
  if (walk.found) return true;
  for (const method of node.endpoints.keys()) walk.allow.add(method);
  return false;
}

/** Undefined when an escape is malformed. One slash at the end does not count. */
function decodeSegments(path: string): readonly string[] | undefined {
  const end = path.length > 1 && path.endsWith("/") ? path.length - 1 : path.length;
  const text = path.slice(1, end);
  if (text === "") return [];
  const segments = text.split("/");
  if (!text.includes("%")) return segments;
  try {
    return segments.map(decodeSegment);
  } catch {
    return undefined;
  }
}

/** Like Kestrel: everything is decoded but `%2F`, so that a slash in a value stays one segment. */
function decodeSegment(segment: string): string {
  if (!segment.includes("%")) return segment;
  return decodeURIComponent(segment.replace(/%2f/gi, (slash) => `%25${slash.slice(1)}`));
}
