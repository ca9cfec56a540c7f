import { HOSTILE } from "./hostile";
import { type Input, inputOf } from "./input";
import { GOOD, isObject, type TextPlace, textPlaces } from "./settings";

/** Every place of a text with every hostile one, one at a time. */
export class Texts {
  private readonly places = textPlaces();
  readonly length = this.places.length * HOSTILE.length;

  at(index: number): Input {
    const place = this.places[Math.floor(index / HOSTILE.length)] as TextPlace;
    const text = HOSTILE[index % HOSTILE.length] ?? "";
    const file = { ...GOOD, ...place.file };
    const values = put(file, place.steps, place.isKey, text);
    const what = `${place.path} = ${JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)}`;
    return inputOf(values as typeof file, what, index % 2 === 0 ? "tfvars" : "json");
  }
}

/** @returns a value with a text in the place of what is there, or as the name of the entry that is there */
function put(value: unknown, steps: readonly (string | number)[], isKey: boolean, text: string): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return text;
  if (Array.isArray(value))
    return value.map((item: unknown, at) => (at === step ? put(item, rest, isKey, text) : item));
  const fields = isObject(value) ? value : {};
  if (!isKey || rest.length > 0) return withField(fields, String(step), put(fields[step], rest, isKey, text));
  return Object.fromEntries(Object.entries(fields).map(([key, item]) => [key === String(step) ? text : key, item]));
}

/** As `{ ...fields, [name]: value }`, which loses `__proto__`. */
function withField(fields: Readonly<Record<string, unknown>>, name: string, value: unknown): unknown {
  return Object.fromEntries([...Object.entries(fields).filter(([key]) => key !== name), [name, value]]);
}
