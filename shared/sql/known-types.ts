/**
 * Types that casts may name under restriction. A table's row type would show its columns, and `regclass` whether it
 * exists; so what is not known here is refused, existing or not.
 */
const NAMES = `
  bit bool box bpchar bytea char cidr circle date datemultirange daterange float4 float8 inet int2 int4 int4multirange
  int4range int8 int8multirange int8range interval json jsonb jsonpath line lseg macaddr macaddr8 money name numeric
  nummultirange numrange oid path point polygon record text time timestamp timestamptz timetz tsmultirange tsquery
  tsrange tstzmultirange tstzrange tsvector uuid varbit varchar xml citext hstore`;

const KNOWN: ReadonlySet<string> = new Set(NAMES.trim().split(/\s+/));

/** `name` as parsed; an array type may be written `_int4`. */
export function isKnownType(name: string): boolean {
  return KNOWN.has(name) || (name.startsWith("_") && KNOWN.has(name.slice(1)));
}

/** They look names up in the catalogue, where the caller's view does not reach. */
const CATALOGUE_FUNCTION =
  /^(?:to_reg\w+|(?:obj|col|shobj)_description|format_type|reg(?:class|collation|config|dictionary|namespace|oper|operator|proc|procedure|role|type)|pg_\w+)$/;

const HARMLESS: ReadonlySet<string> = new Set([
  "pg_client_encoding",
  "pg_column_size",
  "pg_lsn",
  "pg_size_bytes",
  "pg_size_pretty",
  "pg_typeof",
]);

export function looksIntoCatalogue(functionName: string): boolean {
  return CATALOGUE_FUNCTION.test(functionName) && !HARMLESS.has(functionName);
}
