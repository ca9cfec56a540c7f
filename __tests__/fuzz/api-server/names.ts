/**
 * The rules for names, labels, quantities and sizes that an API server applies to every object
 * (kubernetes/apimachinery pkg/util/validation/validation.go), written for the tests and not taken from the code under test.
 */

/** An object, or a part of one, whose fields are looked at. */
export type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @returns the field as an object; an empty one where it is none */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A field as a text; what is none as JSON. */
export function shown(value: unknown): string {
  return typeof value === "string" ? value : value === undefined ? "nothing" : JSON.stringify(value);
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const QUALIFIED = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const QUANTITY = /^[+-]?(\d+|\d+\.\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

export const isLabel = (name: string): boolean => name.length <= 63 && LABEL.test(name);
export const isLabel1035 = (name: string): boolean => name.length <= 63 && LABEL_1035.test(name);
export const isSubdomain = (name: string): boolean =>
  name.length <= 253 && name.split(".").every((part) => LABEL.test(part));
/** Of a port: up to 15 characters with a letter among them, and no two hyphens in a row. */
export const isPortName = (name: string): boolean =>
  name.length <= 15 && LABEL.test(name) && /[a-z]/.test(name) && !name.includes("--");
export const isPort = (port: unknown): boolean => {
  const number = Number(port);
  return Number.isInteger(number) && number >= 1 && number <= 65535;
};
export const isQualified = (key: string): boolean => {
  const [name = "", prefix, ...more] = key.split("/").reverse();
  return (
    name.length <= 63 && QUALIFIED.test(name) && more.length === 0 && (prefix === undefined || isSubdomain(prefix))
  );
};
export const isLabelValue = (value: string): boolean => value === "" || (value.length <= 63 && QUALIFIED.test(value));
/** Of a key in a ConfigMap or a Secret. */
export const isConfigKey = (key: string): boolean =>
  key.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(key) && key !== "." && !key.startsWith("..");

const FACTORS: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** @returns a quantity as a number, or nothing where it is none */
export function quantityOf(value: unknown): number | undefined {
  const text = shown(value);
  if (!QUANTITY.test(text)) return undefined;
  const [unit = ""] = /[A-Za-z]+$/.exec(text) ?? [];
  return Number(text.slice(0, text.length - unit.length)) * (FACTORS[unit] ?? 1);
}

/** @returns texts that occur more than once */
export function twice(texts: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return texts.filter((text) => seen.size === seen.add(text).size);
}

export function bytes(text: string): number {
  return Buffer.byteLength(text);
}
