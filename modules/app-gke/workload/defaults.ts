/** @returns the defaults, overridden by what is given; a field given as `undefined` is not given */
export function withDefaults<Defaults extends object, Given extends object>(
  defaults: Defaults,
  given: Given,
): Defaults & Given {
  const said = Object.entries(given).filter(([, value]: [string, unknown]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(said) } as Defaults & Given;
}
