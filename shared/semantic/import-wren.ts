/** Reads Wren's modelling definition (MDL, JSON) into ours. */
import {
  type Collecting,
  type Converted,
  collectEntry,
  describe,
  type Fields,
  type ForeignTable,
  fieldsOf,
  listOf,
  physicalSql,
  plainName,
  qualified,
  readTables,
  startConversion,
  textOf,
} from "./foreign-model.ts";

export function convertWren(document: Fields): Converted {
  const into = startConversion();
  const models = readTables(into, document, "models", readModel);
  listOf(document.relationships).forEach((one, at) => {
    readRelationship(into, one, models, `/relationships/${at}`);
  });
  listOf(document.metrics).forEach((one, at) => {
    readMetric(into, one, models, `/metrics/${at}`);
  });
  for (const list of ["views", "cumulativeMetrics", "enumDefinitions", "macros"])
    listOf(document[list]).forEach((_, at) => {
      into.skipped.push({ pointer: `/${list}/${at}`, message: "has no counterpart here" });
    });
  return into;
}

function readModel(into: Collecting, model: Fields, pointer: string): ForeignTable | null {
  const name = textOf(model.name);
  const reference = fieldsOf(model.tableReference);
  const table = textOf(reference.table);
  if (name === undefined || table === undefined) {
    into.skipped.push({ pointer, message: "is made of SQL, and no table of the source" });
    return null;
  }
  const columns = new Map<string, string>();
  const entries = listOf(model.columns).flatMap((column, at) => {
    const own = textOf(column.name);
    const expression = textOf(column.expression);
    const physical = expression === undefined ? own : plainName(expression);
    // A column that stands for a relationship is described by that.
    if (own === undefined || textOf(column.relationship) !== undefined) return [];
    if (physical === undefined || column.isCalculated === true) {
      const message = "is computed, and no column of the source";
      into.skipped.push({ pointer: `${pointer}/columns/${at}`, message });
      return [];
    }
    columns.set(own.toLowerCase(), physical);
    return [{ name: physical, ...described(column, own, physical) }];
  });
  const physical = qualified(textOf(reference.schema), table);
  const entry = { name: physical, ...described(model, name, table), columns: entries };
  collectEntry(into, "tables", entry, pointer);
  return { name, physical, columns };
}

/** Its properties, and its name where it is another than the source's. */
function described(one: Fields, logical: string, physical: string) {
  const properties = fieldsOf(one.properties);
  const names = [logical, textOf(properties.displayName)].filter(
    (name) => name !== undefined && name.toLowerCase() !== physical.toLowerCase(),
  );
  return {
    ...describe(properties.description),
    synonyms: [...new Set(names.map((name) => spoken(name ?? "")))],
  };
}

const spoken = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();

const EQUALITY = /^\s*"?(\w+)"?\."?(\w+)"?\s*=\s*"?(\w+)"?\."?(\w+)"?\s*$/;

function readRelationship(
  into: Collecting,
  one: Fields,
  models: ReadonlyMap<string, ForeignTable>,
  pointer: string,
): void {
  const [first, second] = Array.isArray(one.models) ? one.models.map(String) : [];
  const join = textOf(one.joinType)?.toUpperCase();
  const pairs = (textOf(one.condition) ?? "")
    .split(/\s+and\s+/i)
    .map((part) => EQUALITY.exec(part));
  if (join === "MANY_TO_MANY" || pairs.includes(null) || !first || !second) {
    into.skipped.push({ pointer, message: "is no join on equal columns of two models" });
    return;
  }
  const many = (join === "ONE_TO_MANY" ? second : first).toLowerCase();
  const place = (model = "", column = "") => {
    const known = models.get(model.toLowerCase());
    return `${known?.physical ?? model}.${known?.columns.get(column.toLowerCase()) ?? column}`;
  };
  const sides = pairs.map((pair) => {
    const left = { model: pair?.[1], at: place(pair?.[1], pair?.[2]) };
    const right = { model: pair?.[3], at: place(pair?.[3], pair?.[4]) };
    return left.model?.toLowerCase() === many ? [left.at, right.at] : [right.at, left.at];
  });
  const side = (at: 0 | 1) => sides.map((pair) => pair[at] ?? "");
  collectEntry(into, "relationships", { from: side(0), to: side(1) }, pointer);
}

function readMetric(
  into: Collecting,
  one: Fields,
  models: ReadonlyMap<string, ForeignTable>,
  pointer: string,
): void {
  const base = models.get(textOf(one.baseObject)?.toLowerCase() ?? "");
  if (base === undefined) {
    into.skipped.push({ pointer, message: "is based on no model that was read" });
    return;
  }
  const measures = listOf(one.measure);
  measures.forEach((measure, at) => {
    const [name, expression] = [textOf(measure.name), textOf(measure.expression)];
    if (name === undefined || expression === undefined) return;
    const whole = textOf(one.name);
    const own = spoken(name);
    const alone = measures.length === 1 && whole !== undefined && spoken(whole) !== own;
    const metric = {
      name: own,
      synonyms: alone ? [spoken(whole)] : [],
      table: base.physical,
      expression: physicalSql(expression, base.name, base.columns),
    };
    collectEntry(into, "metrics", metric, `${pointer}/measure/${at}`);
  });
}
