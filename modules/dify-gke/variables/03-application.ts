import { z } from "zod";
import { componentNames, facts, upgradeSteps } from "../../dify-common/releases";
import { group, variable } from "./definition";
import { imageTag, namePart, text } from "./limits";

/** Keys of `component_image_tags`: the components with their own images. The API's image is used by four. */
const imageNames = componentNames.filter(
  (name, index) =>
    !componentNames.slice(0, index).some((other) => facts.components[other].image === facts.components[name].image),
);

/** Group 3: which application, in which version. */
export const application = group(3, {
  application_version: variable({
    description:
      "Dify release, for example 1.16.1. A version with a suffix (-fix.1, -rc.1) has the components of its release and its own images. " +
      "Not set: the newest release known here.",
    // A rule refuses what is not a release, because it knows the nearest one.
    schema: text("a release: 1.16.1, 1.16.1-fix.1, or latest", /^[\w.-]{1,40}$/).nullable(),
    default: null,
  }),
  application_name: variable({
    description: "Short name of the application. Part of every resource's name.",
    schema: namePart,
    default: "dify",
    immutable: true,
  }),
  application_display_name: variable({
    description: "The base module's display name.",
    schema: z.string().max(100),
    default: "App_GKE Application",
  }),
  application_description: variable({
    description: "The base module's description.",
    schema: z.string().max(1000),
    default: "App_GKE Custom Application…",
  }),
  display_name: variable({
    description: "Name of the deployment for people: dashboards and descriptions.",
    schema: text("up to 100 characters, not only blanks", (name) => name.trim() !== "" && name.length <= 100),
    default: "Dify - LLM Application Platform",
  }),
  description: variable({
    description: "What the deployment is for, in a sentence.",
    schema: z.string().max(1000).nullable(),
    default: null,
  }),
  component_image_tags: variable({
    documented: false,
    description: 'Image tags that differ from the release\'s, by component: { web = "1.16.1-fix.1" }.',
    schema: z.partialRecord(z.enum(imageNames), imageTag),
    default: {},
  }),
  allow_version_downgrade: variable({
    documented: false,
    description: "Lets an apply go back to an older release, whose code may not know the newer database schema.",
    schema: z.boolean(),
    default: false,
  }),
  upgrade_steps_by_hand: variable({
    documented: false,
    description:
      "Releases whose step by hand you run after the apply: an upgrade may then pass them. The plan that refuses an " +
      "upgrade says which, and what to run.",
    schema: z.array(z.enum(upgradeSteps.map(({ release }) => release))),
    default: [],
  }),
});
