import { z } from "zod";
import { group, variable } from "./definition";
import { imageTag, namePart, text } from "./limits";

/** Keys of `component_image_tags`: the components that have an image of their own. */
export const componentNames = [
  "api",
  "web",
  "sandbox",
  "plugin_daemon",
  "agent_backend",
  "local_sandbox",
  "ssrf_proxy",
  "proxy",
] as const;

/** Group 3: which application, in which version. */
export const application = group(3, {
  application_version: variable({
    description: "Dify release, for example 1.16.1. Not set: the newest release known here.",
    schema: text("a release: 1.16.1, or latest", /^(latest|\d+\.\d+\.\d+([-.][A-Za-z0-9.-]+)?)$/).nullable(),
    default: null,
  }),
  application_name: variable({
    description: "Short name of the application. Part of every resource's name.",
    schema: namePart,
    default: "dify",
    immutable: true,
  }),
  application_display_name: variable({
    description: "The base module's display name. For Dify `display_name` is used.",
    schema: z.string().max(100),
    default: "App_GKE Application",
  }),
  application_description: variable({
    description: "The base module's description. For Dify `description` is used.",
    schema: z.string().max(1000),
    default: "App_GKE Custom Application…",
  }),
  display_name: variable({
    description: "Name of the deployment for people: dashboards and descriptions.",
    schema: z.string().min(1).max(100),
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
    schema: z.partialRecord(z.enum(componentNames), imageTag),
    default: {},
  }),
  allow_version_downgrade: variable({
    documented: false,
    description: "Lets an apply go back to an older release, whose code may not know the newer database schema.",
    schema: z.boolean(),
    default: false,
  }),
});
