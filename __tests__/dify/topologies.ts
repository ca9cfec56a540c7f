import { releases } from "../../modules/dify-common/releases";

/**
 * The releases whose stacks differ in more than image tags, the oldest of each kind, oldest first: what holds for their
 * stacks holds for those of all releases.
 */
export const topologies: readonly string[] = [
  ...new Map(
    releases.map(({ version, images, routes, apiImageUser }) => [
      JSON.stringify([Object.keys(images), routes, apiImageUser]),
      version,
    ]),
  ).values(),
].reverse();
