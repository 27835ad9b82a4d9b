/** What is asked of the nodes that name something: a relation, a function, a type, an operator, a parameter. */
import { isRefusedAttribute } from "./attribute-rules.ts";
import { type CteScope, isCte } from "./cte-scope.ts";
import {
  dependsOnToday,
  isKnownOperator,
  isReadableSetting,
  judgeFunction,
  mayMeanThePresent,
} from "./function-rules.ts";
import { shown } from "./refusals.ts";
import { judgeRelation } from "./relation-rules.ts";
import {
  type Fields,
  literalText,
  locationOf,
  qualifiedName,
  type StatementFacts,
  stringsOf,
} from "./statement-facts.ts";
import { statementName } from "./statement-names.ts";

export type NodeRule = (node: Fields, facts: StatementFacts, scope: CteScope | null) => void;

/** PostgreSQL's protocol numbers parameters in 16 bits. */
const MAX_PARAMETER = 65_535;

const SAMPLING_METHODS: ReadonlySet<string> = new Set(["bernoulli", "system"]);

/** In these the "operator" is a keyword of the grammar (BETWEEN SYMMETRIC …). */
const KEYWORD_EXPRESSION = /BETWEEN/;

const text = (value: unknown): string | null => (typeof value === "string" ? value : null);

const selectRule: NodeRule = (node, { refusals }) => {
  if (node.intoClause !== undefined) {
    refusals.add("select_into", "SELECT INTO is not allowed: it creates a table.");
  }
  if (node.lockingClause !== undefined) {
    refusals.add(
      "row_locking",
      "FOR UPDATE and FOR SHARE are not allowed: they lock rows and block writers.",
    );
  }
};

const cteRule: NodeRule = (node, { refusals }) => {
  const [type] = Object.keys((node.ctequery ?? {}) as Fields);
  if (type === "SelectStmt" || type === undefined) return;
  const name = shown(text(node.ctename) ?? "");
  refusals.add(
    "data_modifying_cte",
    `The WITH query ${name} is not allowed: ${statementName(type)} is not a read.`,
  );
};

const relationRule: NodeRule = (node, facts, scope) => {
  const schema = text(node.schemaname);
  const name = text(node.relname) ?? "";
  if (node.catalogname !== undefined) {
    facts.refusals.add(
      "cross_database",
      `The relation ${shown(name)} names a database: only schema and name are allowed.`,
    );
    return;
  }
  if (schema === null && isCte(scope, name)) return;
  const verdict = judgeRelation(schema, name);
  if (verdict.kind === "refused") {
    const full = schema === null ? name : `${schema}.${name}`;
    facts.refusals.add(
      "catalog_relation",
      `The relation ${shown(full)} is not allowed: ${verdict.reason}.`,
    );
    return;
  }
  // No change token ever tells of the catalogue's changes.
  if (verdict.kind === "system") facts.changing = true;
  facts.tables.push({
    at: locationOf(node),
    value: { schema: verdict.kind === "system" ? verdict.schema : schema, name },
  });
};

const functionRule: NodeRule = (node, facts) => {
  const called = qualifiedName(node.funcname);
  if (called === null) {
    const full = stringsOf(node.funcname).join(".");
    facts.refusals.add(
      "function_not_allowed",
      `The function ${shown(full)} is not allowed: it names a database.`,
    );
    return;
  }
  const { schema, name } = called;
  const full = schema === null || schema === "pg_catalog" ? name : `${schema}.${name}`;
  const verdict = judgeFunction(schema, name);
  if (verdict.kind === "refused") {
    facts.refusals.add(
      "function_not_allowed",
      `The function ${shown(full)} is not allowed: it ${verdict.reason}.`,
    );
    return;
  }
  const args = Array.isArray(node.args) ? (node.args as readonly unknown[]) : [];
  if (name === "current_setting") settingRule(args, facts);
  if (name.startsWith("pg_input_")) inputTypeRule(name, args, facts);
  if (verdict.kind === "changing" || dependsOnToday(name, args.length)) facts.changing = true;
  facts.functions.push({ at: locationOf(node), value: full });
};

function settingRule(args: readonly unknown[], facts: StatementFacts): void {
  const setting = literalText(args[0]);
  if (setting !== null && isReadableSetting(setting)) return;
  facts.refusals.add(
    "function_not_allowed",
    "The function current_setting is not allowed here: it may only be asked, by a literal, for settings of language, time and version.",
  );
}

/** They read a text as the type that a text names: as a role, they say which roles there are. */
function inputTypeRule(name: string, args: readonly unknown[], facts: StatementFacts): void {
  const type = literalText(args[1]);
  if (type !== null && !/regrole|aclitem|\\|"/i.test(type)) return;
  facts.refusals.add(
    "function_not_allowed",
    `The function ${name} is not allowed here: its type has to be a literal, and none that names roles.`,
  );
}

function operatorRule(names: unknown, facts: StatementFacts): void {
  const operator = qualifiedName(names);
  if (operator === null) {
    facts.refusals.add("operator_not_allowed", "An operator may be qualified by pg_catalog only.");
    return;
  }
  const { schema, name } = operator;
  if (schema !== null && schema !== "pg_catalog") {
    facts.refusals.add(
      "operator_not_allowed",
      `The operator ${shown(`${schema}.${name}`)} is not allowed: it is defined by a user, and what it does cannot be known.`,
    );
  } else if (!isKnownOperator(name)) {
    facts.refusals.add(
      "operator_not_allowed",
      `The operator ${shown(name)} is not one of PostgreSQL's own.`,
    );
  }
}

/**
 * Types of users (enums, domains, row types) are allowed: casts to them are everyday reads, and only the database's
 * owner can hang code on one. Of pg_catalog's own all but those whose texts name roles.
 */
const ROLE_TYPES: ReadonlySet<string> = new Set(["regrole", "_regrole", "aclitem", "_aclitem"]);

const typeRule: NodeRule = (node, facts) => {
  const type = qualifiedName(node.names);
  if (type === null) {
    facts.refusals.add("type_not_allowed", "A type may be qualified by a schema only.");
    return;
  }
  const { schema, name } = type;
  const system = schema === null || schema === "pg_catalog";
  if ((!system && schema.startsWith("pg_")) || (system && ROLE_TYPES.has(name))) {
    facts.refusals.add(
      "type_not_allowed",
      `The type ${shown(name)} is not allowed: it lists roles or lies in a system schema.`,
    );
  }
  // Names of relations, types and functions are looked up in the catalogue, which changes without any table.
  if (system && name.startsWith("reg")) facts.changing = true;
};

const parameterRule: NodeRule = (node, facts) => {
  const number = typeof node.number === "number" ? node.number : 0;
  if (number < 1 || number > MAX_PARAMETER) {
    facts.refusals.add("parameter_number", `Parameters are numbered from $1 to $${MAX_PARAMETER}.`);
    return;
  }
  facts.parameterCount = Math.max(facts.parameterCount, number);
};

const constantRule: NodeRule = (node, facts) => {
  const literal = (node.sval as { readonly sval?: string } | undefined)?.sval;
  // 'now'::timestamp, and created_at > 'yesterday', where no cast shows.
  if (literal !== undefined && !facts.changing && mayMeanThePresent(literal)) facts.changing = true;
};

const sampleRule: NodeRule = (node, facts) => {
  const method = qualifiedName(node.method);
  const known =
    method !== null &&
    (method.schema ?? "pg_catalog") === "pg_catalog" &&
    SAMPLING_METHODS.has(method.name);
  if (!known)
    facts.refusals.add(
      "function_not_allowed",
      "TABLESAMPLE knows the methods BERNOULLI and SYSTEM only.",
    );
  if (node.repeatable === undefined) facts.changing = true;
};

/** `(x).f` and `t.f` call f where there is no such field. */
function attributeRule(names: readonly string[], facts: StatementFacts, mayChange: boolean): void {
  for (const name of names) {
    facts.attributes.add(name);
    if (isRefusedAttribute(name))
      facts.refusals.add(
        "function_not_allowed",
        `The attribute ${shown(name)} is not allowed: as a function, it does more than read a value.`,
      );
    else if (
      mayChange &&
      (judgeFunction(null, name).kind === "changing" || dependsOnToday(name, 1))
    )
      facts.changing = true;
  }
}

export const NODE_RULES: ReadonlyMap<string, NodeRule> = new Map<string, NodeRule>([
  ["SelectStmt", selectRule],
  ["CommonTableExpr", cteRule],
  ["RangeVar", relationRule],
  ["FuncCall", functionRule],
  ["TypeName", typeRule],
  ["ParamRef", parameterRule],
  ["A_Const", constantRule],
  ["A_Indirection", (node, facts) => attributeRule(stringsOf(node.indirection), facts, true)],
  // A column is often called `age`: only where the row is in brackets is a function of that name likely meant.
  ["ColumnRef", (node, facts) => attributeRule(stringsOf(node.fields).slice(1), facts, false)],
  ["RangeTableSample", sampleRule],
  [
    "A_Expr",
    (node, facts) => {
      if (!KEYWORD_EXPRESSION.test(text(node.kind) ?? "")) operatorRule(node.name, facts);
    },
  ],
  [
    "SubLink",
    (node, facts) => {
      if (node.operName !== undefined) operatorRule(node.operName, facts);
    },
  ],
  [
    "SortBy",
    (node, facts) => {
      if (node.useOp !== undefined) operatorRule(node.useOp, facts);
    },
  ],
  // CURRENT_DATE, CURRENT_USER, LOCALTIME …: every one of them speaks of the moment or the session.
  [
    "SQLValueFunction",
    (_node, facts) => {
      facts.changing = true;
    },
  ],
]);
