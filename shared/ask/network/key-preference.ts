/** Of several keys between two tables, the one that the question names: by its column, by its role, or by a direction. */
import type { Token } from "../tokens.ts";
import { FLAGS, schemaFlag } from "./features.ts";
import type { GraphKey, SchemaGraph } from "./graph.ts";
import type { KeyPreference } from "./join-tables.ts";
import type { QuestionReading } from "./question-network.ts";
import { wordKey, wordsOfName } from "./words.ts";

/** A synonym says less than the name itself, and a direction less than any word of it. */
const SYNONYM = 0.2;
const DIRECTION = 0.1;

type Direction = "away" | "towards";

/** Two keys with equal numbers: the question names neither. */
export function keyPreference(reading: QuestionReading): KeyPreference {
  const { features, graph, tokens } = reading;
  const flagOf = (column: number, flag: number): number =>
    features.flags[(features.questions + column) * FLAGS + flag] ?? 0;
  const columnShare = (column: number): number =>
    namesOwnTable(column, graph)
      ? 0
      : flagOf(column, schemaFlag.columnShare) + SYNONYM * flagOf(column, schemaFlag.columnLoose);
  const asked = new Set(
    tokens.flatMap(({ lower }) => [lower, pasts[lower] ?? lower]).map((word) => wordKey(word)),
  );
  const direction = directionAsked(tokens);
  return (key: GraphKey) => {
    const columns = key.links.map(([from]) => from);
    const names = columns.map((at) => graph.columns[at]?.info.name ?? "");
    const leads = directionOf([...names, key.name ?? ""]);
    const hint = direction !== undefined && leads === direction ? DIRECTION : 0;
    const doers = names.filter((name) => wordsOfName(name).some((word) => doer.test(word)));
    const shares = [key.name, ...doers].map((name) => roleShare(name, asked));
    return Math.max(...columns.map(columnShare), ...shares) + hint;
  };
}

/** `friends.friend_id`: whoever speaks of friends has named the table, and neither of its keys. */
function namesOwnTable(at: number, { columns, tables }: SchemaGraph): boolean {
  const column = columns[at];
  const own = (tables[column?.table ?? -1]?.words ?? []).map(wordKey);
  const words = (column?.words ?? []).filter((word) => word !== "id");
  return words.length > 0 && words.every((word) => own.includes(wordKey(word)));
}

/** Who won is the winner: verbs whose past no ending shows. */
const pasts: Readonly<Record<string, string>> = {
  won: "win",
  lost: "lose",
  sold: "sell",
  bought: "buy",
  sent: "send",
  paid: "pay",
  taught: "teach",
  led: "lead",
  wrote: "write",
  lent: "lend",
  drove: "drive",
  made: "make",
};
const doer = /(er|or)$/;

/** As much of the name as the question says. */
function roleShare(name: string | undefined, asked: ReadonlySet<string>): number {
  const words = name === undefined ? [] : wordsOfName(name).filter((word) => word !== "id");
  const said = words.filter((word) => asked.has(wordKey(word)));
  return words.length === 0 ? 0 : ((1 + SYNONYM) * said.length) / words.length;
}

const awayNames = /^(origin|source|src|from|depart(ure|ing)?|start(ing)?|sender|outgoing)$/;
const towardsNames =
  /^(destination|dest|dst|to|arriv(al|ing)|target|end(ing)?|receiver|recipient|incoming)$/;

function directionOf(names: readonly string[]): Direction | undefined {
  const words = names.flatMap((name) => wordsOfName(name));
  return oneOf(
    words.some((word) => awayNames.test(word)),
    words.some((word) => towardsNames.test(word)),
  );
}

const awayWords = /^(from|depart(s|ed|ing|ure|ures)?|leav(e|es|ing)|left|originat(e|es|ed|ing))$/;
const towardsWords =
  /^(arriv(e|es|ed|ing|al|als)|land(s|ed|ing)?|towards?|into|reach(es|ed|ing)?)$/;

/** Undefined also where the question goes both ways. */
function directionAsked(tokens: readonly Token[]): Direction | undefined {
  return oneOf(
    tokens.some((token) => awayWords.test(token.lower)),
    tokens.some((token, at) => towardsWords.test(token.lower) || isPlacedTo(token, tokens[at + 1])),
  );
}

/** `to Oslo` and `to the airport`, and not `to know`. */
function isPlacedTo(token: Token, next: Token | undefined): boolean {
  return (
    token.lower === "to" &&
    next !== undefined &&
    (next.kind === "quoted" || /^(the|an?|any)$/.test(next.lower) || /^\p{Lu}/u.test(next.text))
  );
}

function oneOf(away: boolean, towards: boolean): Direction | undefined {
  return away === towards ? undefined : away ? "away" : "towards";
}
