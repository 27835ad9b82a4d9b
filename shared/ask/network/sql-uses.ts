/** What any SELECT makes use of, of the question and the schema, whether or not a program could say the same. */
import type { ValueCandidate } from "./candidates.ts";
import type { SchemaGraph } from "./graph.ts";
import {
  child,
  constantOf,
  listOf,
  type ParsedSelect,
  type SqlNode,
  textOf,
  Unsupported,
} from "./parsed-sql.ts";
import { namedTable } from "./sql-tables.ts";
import { heldAt } from "./sql-terms.ts";
import type { Uses } from "./uses.ts";

export interface SqlUses {
  readonly uses: Uses;
  /** Its values as text, each as often as it is there; patterns without their outer `%`. */
  readonly values: readonly string[];
}

interface Place {
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  /** Of the SQL's $1, $2 … */
  readonly params: readonly unknown[];
}

export function usesOfSql(select: ParsedSelect, place: Place): SqlUses {
  const found = new SqlCollector(place);
  found.visit({ SelectStmt: select });
  return found.uses(listOf(select.targetList).length);
}

/** Names and values that nothing is known of are passed over. */
class SqlCollector {
  private readonly tables = new Map<string, number>();
  private readonly references: (readonly SqlNode[])[] = [];
  private readonly values: string[] = [];
  private readonly comparisons: SqlNode[] = [];
  private readonly place: Place;
  private queries = 0;

  constructor(place: Place) {
    this.place = place;
  }

  uses(selected: number): SqlUses {
    const { candidates } = this.place;
    const at = (value: string): readonly number[] => {
      const held = heldAt(value, candidates);
      return held === undefined ? [] : [held];
    };
    const columns = this.references.flatMap((one) => this.columnOf(one));
    return {
      values: this.values,
      uses: {
        tables: new Set(this.tables.values()),
        columns: new Set(columns),
        values: this.values.flatMap(at),
        compared: this.comparisons.flatMap((one) => this.pairsOf(one, at)),
        queries: this.queries,
        conditions: this.comparisons.length,
        selected,
      },
    };
  }

  visit(node: unknown): void {
    if (Array.isArray(node)) {
      node.forEach((one) => {
        this.visit(one);
      });
      return;
    }
    if (typeof node !== "object" || node === null) {
      return;
    }
    for (const [kind, inner] of Object.entries(node)) {
      this.take(kind, inner as SqlNode, node as SqlNode);
      this.visit(inner);
    }
  }

  private take(kind: string, inner: SqlNode, node: SqlNode): void {
    switch (kind) {
      case "SelectStmt":
        this.queries += inner.op === undefined || inner.op === "SETOP_NONE" ? 1 : 0;
        break;
      case "RangeVar":
        this.takeTable(inner);
        break;
      case "ColumnRef":
        this.references.push(listOf(inner.fields));
        break;
      case "A_Const":
      case "ParamRef":
        this.values.push(...valuesOf(node, this.place.params));
        break;
      case "NullTest":
        this.comparisons.push(inner);
        break;
      case "A_Expr":
        this.takeComparison(inner);
    }
  }

  private takeTable(table: SqlNode): void {
    const at = namedTable(table, this.place.graph);
    if (at !== undefined) {
      const alias = child(table, "alias")?.aliasname ?? table.relname;
      this.tables.set(String(alias).toLowerCase(), at);
    }
  }

  /** A join compares columns with each other: that is no condition. */
  private takeComparison(expression: SqlNode): void {
    const right = child(expression, "rexpr");
    const compares = /^(=|<>|!=|<|>|<=|>=|!?~~\*?|BETWEEN.*|NOT BETWEEN.*)$/i.test(
      textOf(listOf(expression.name)[0]),
    );
    if (compares && right?.ColumnRef === undefined) {
      this.comparisons.push(expression);
    }
  }

  private columnOf(fields: readonly SqlNode[]): readonly number[] {
    const { graph } = this.place;
    const name = textOf(fields.at(-1)).toLowerCase();
    const owner = fields.length > 1 ? textOf(fields.at(-2)).toLowerCase() : undefined;
    for (const [alias, table] of this.tables) {
      const column =
        owner === undefined || owner === alias
          ? graph.tables[table]?.columns.find(
              (one) => graph.columns[one]?.info.name.toLowerCase() === name,
            )
          : undefined;
      if (column !== undefined) {
        return [column];
      }
    }
    return [];
  }

  private pairsOf(
    expression: SqlNode,
    at: (value: string) => readonly number[],
  ): readonly [number, number][] {
    const columns = this.columnOf(listOf(child(child(expression, "lexpr"), "ColumnRef")?.fields));
    const right = expression.rexpr === undefined ? [] : itemsOf(child(expression, "rexpr") ?? {});
    const values = right.flatMap((one) => valuesOf(one, this.place.params)).flatMap(at);
    return columns.flatMap((column) => values.map((value): [number, number] => [column, value]));
  }
}

function itemsOf(node: SqlNode): readonly SqlNode[] {
  const list = child(node, "List");
  return list === undefined ? [node] : listOf(list.items);
}

/** None for what is no plain value, or for NULL. */
function valuesOf(node: SqlNode, params: readonly unknown[]): readonly string[] {
  try {
    return [constantOf(node, params).replace(/^%|%$/g, "")];
  } catch (error) {
    if (error instanceof Unsupported) {
      return [];
    }
    throw error;
  }
}
