import { Fault } from "./lines";

// The browser's own JSON.parse takes the last of two members of one name, and rounds large numbers. Two verifiers shall not come to
// different verdicts for that.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

const DEPTH_MAX = 100;
const TOKEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON wants them escaped.
  /[\x20\t\r\n]*(?:([{}[\],:])|("(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null))/y;

/** Reads JSON. Members that are repeated are refused, at any depth. */
export function parseJson(text: string): Json {
  let at = 0;
  let depth = 0;
  const token = (): string => {
    TOKEN.lastIndex = at;
    const [whole] = TOKEN.exec(text) ?? [];
    if (whole === undefined) throw new Fault("it is not JSON");
    at += whole.length;
    return whole.trimStart();
  };
  const string = (source: string): string => {
    const value = source.startsWith('"') ? (JSON.parse(source) as string) : undefined;
    // Half of a character stands for nothing.
    if (value === undefined || /\p{Surrogate}/u.test(value)) throw new Fault("it is not JSON");
    return value;
  };
  const value = (first: string): Json => {
    if (first === "{" || first === "[") {
      depth += 1;
      if (depth > DEPTH_MAX) throw new Fault("it is too deep");
      const read = first === "{" ? object() : array();
      depth -= 1;
      return read;
    }
    if (first.startsWith('"')) return string(first);
    if (first === "true") return true;
    if (first === "false") return false;
    if (first === "null") return null;
    if (!/^-?\d/.test(first)) throw new Fault("it is not JSON");
    if (!Number.isFinite(Number(first))) throw new Fault("a number in it is out of range");
    // A whole number that is written otherwise has another spelling, and is none here.
    return /^-?\d+$/.test(first) && first !== "-0" ? Number(first) : Number.NaN;
  };
  const object = (): Json => {
    const members: [string, Json][] = [];
    const names = new Set<string>();
    let next = token();
    while (next !== "}") {
      const name = string(next);
      if (names.has(name)) throw new Fault("a member is repeated");
      names.add(name);
      if (token() !== ":") throw new Fault("it is not JSON");
      members.push([name, value(token())]);
      next = token();
      if (next === "," && names.size > 0) {
        next = token();
        if (next === "}") throw new Fault("it is not JSON");
      } else if (next !== "}") throw new Fault("it is not JSON");
    }
    // Not by assignment: `__proto__` is a name like any other.
    return Object.fromEntries(members);
  };
  const array = (): Json => {
    const items: Json[] = [];
    let next = token();
    while (next !== "]") {
      items.push(value(next));
      next = token();
      if (next === ",") {
        next = token();
        if (next === "]") throw new Fault("it is not JSON");
      } else if (next !== "]") throw new Fault("it is not JSON");
    }
    return items;
  };
  const read = value(token());
  if (/[^\x20\t\r\n]/.test(text.slice(at))) throw new Fault("something stands behind its end");
  return read;
}

/** As much of a JSON Schema as those of the format use. */
export interface Schema {
  type?: string;
  const?: Json;
  enum?: Json[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean;
  items?: Schema;
  pattern?: string;
  format?: string;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  then?: Schema;
  if?: Schema;
  $ref?: string;
  $defs?: Record<string, Schema>;
}

const patterns = new Map<string, RegExp>();
function pattern(source: string): RegExp {
  const known = patterns.get(source);
  if (known) return known;
  const made = new RegExp(source, "u");
  patterns.set(source, made);
  return made;
}

/** Refuses what does not fit a schema; the fault names the member. */
export function checkSchema(value: Json, schema: Schema, top: Schema = schema, place = "it"): void {
  const wrong = (): never => {
    throw new Fault(`${place} is not as the format has it`);
  };
  if (schema.$ref) {
    const named = top.$defs?.[schema.$ref.replace("#/$defs/", "")];
    if (!named) throw new Error(`no such definition: ${schema.$ref}`);
    checkSchema(value, named, top, place);
  }
  if (schema.type && schema.type !== typeOf(value)) wrong();
  if (schema.const !== undefined && schema.const !== value) wrong();
  if (schema.enum && !schema.enum.includes(value)) wrong();
  if (schema.anyOf && !schema.anyOf.some((one) => fits(value, one, top))) wrong();
  if (typeof value === "string") checkText(value, schema, wrong);
  else if (typeof value === "number") {
    if (value < (schema.minimum ?? value) || value > (schema.maximum ?? value)) wrong();
  } else if (Array.isArray(value)) {
    const { items } = schema;
    if (items) value.forEach((item, i) => void checkSchema(item, items, top, `${place}[${i}]`));
  } else if (value !== null && typeof value === "object") {
    for (const name of schema.required ?? []) if (!Object.hasOwn(value, name)) wrong();
    for (const [name, inner] of Object.entries(value)) {
      const known =
        schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
      if (known) checkSchema(inner, known, top, name);
      else if (schema.additionalProperties === false) throw new Fault(`${place} has an unknown member`);
    }
  }
  if (schema.if && schema.then && fits(value, schema.if, top)) checkSchema(value, schema.then, top, place);
}

function checkText(value: string, schema: Schema, wrong: () => never): void {
  if (schema.pattern && !pattern(schema.pattern).test(value)) wrong();
  if (schema.maxLength !== undefined && value.length > schema.maxLength) wrong();
  if (schema.format === "date-time" && !isTime(value)) wrong();
  if (schema.pattern?.startsWith("^(0|") && BigInt(value) >= 2n ** 64n) wrong();
}

function isTime(text: string): boolean {
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString() === text;
}

function fits(value: Json, schema: Schema, top: Schema): boolean {
  try {
    checkSchema(value, schema, top);
    return true;
  } catch (error) {
    if (error instanceof Fault) return false;
    throw error;
  }
}

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}
