import type { Given } from "./given";

const switchCase = (name: string): readonly [on: Given, off: Given] => [{ [name]: true }, { [name]: false }];
const SWITCHES = ["configure_service_mesh"] as const;
/** For each entry of the table of what is not there yet: values that switch it on, and others that do not. */
export const notYetCases: Readonly<Record<string, readonly [on: Given, off: Given]>> = {
  ...Object.fromEntries(SWITCHES.map((name) => [name, switchCase(name)])),
};
