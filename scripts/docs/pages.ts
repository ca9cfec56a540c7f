import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { alertsSection } from "./alerts";
import { pitfallsPage } from "./pitfalls";
import { referencePage } from "./reference";
import { releasesPage } from "./releases";
import { withWritten } from "./section";

/** Files of the project by their paths, with what `npm run docs` writes in them. */
export type Pages = Readonly<Record<string, string>>;

/** @returns the pages that need no formatter and no synthesis */
export async function plainPages(root: string): Promise<Pages> {
  return {
    "docs/variables.md": referencePage(),
    "docs/releases.md": releasesPage(),
    "docs/monitoring.md": withWritten(await readFile(join(root, "docs/monitoring.md"), "utf8"), alertsSection()),
    "docs/pitfalls.md": await pitfallsPage(await readFile(join(root, "docs/pitfalls.md"), "utf8")),
  };
}

/** @returns the paths of pages that are missing in the project, or different */
export async function outOfDate(root: string, pages: Pages): Promise<string[]> {
  const current = await Promise.all(
    Object.keys(pages).map((path) => readFile(join(root, path), "utf8").catch(() => undefined)),
  );
  return Object.keys(pages).filter((path, index) => current[index] !== pages[path]);
}
