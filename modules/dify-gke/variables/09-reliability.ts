import { z } from "zod";
import { group, variable } from "./definition";
import { date, text } from "./limits";

const period = z.strictObject({
  start_date: date.describe("First day, from midnight UTC on."),
  end_date: date.describe("First day on which Google may again; 30 days later at most."),
});

/** Group 9: where pods run, and when Google may restart them. */
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
  maintenance_start_time: variable({
    documented: false,
    description:
      "Full hour, UTC, from which on Google may upgrade a cluster created here, for four hours a day, and update an instance created here, on Sundays. Empty: the cluster at any time, the instance two hours after its backup.",
    schema: text("a full hour such as 03:00", /^([01]\d|2[0-3]):00$/, true),
    default: "",
  }),
  maintenance_exclusions: variable({
    documented: false,
    description:
      "Days on which Google upgrades neither cluster nor instance, for a release for example. Cloud SQL takes one period only, the first. Take out what has passed.",
    schema: z.array(period),
    default: [],
  }),
});
