import { z } from "zod";
import { group, variable } from "./definition";

/** Group 9: where pods land. */
export const reliability = group(9, {
  enable_topology_spread: variable({
    description: "Spreads the pods of a component over zones and nodes.",
    schema: z.boolean(),
    default: false,
  }),
  topology_spread_strict: variable({
    description: "Leaves a pod waiting rather than putting it where the spread would be uneven.",
    schema: z.boolean(),
    default: false,
  }),
});
