import type { Job } from "../app-gke/application-config";
import { literal } from "../app-gke/terraform/literal";
import { projectFile } from "../app-gke/terraform/project-file";
import { imageOf } from "./components/image";
import type { DifySettings } from "./settings";

const SCRIPT_PATH = "/opt/jobs/share-ready.sh";
const [NEW, EARLIER] = ["/share/new", "/share/earlier"];

/**
 * Makes a Filestore that is made here one that pods can write to, and copies what was on another share: before any pod uses the
 * new one, and once more after the last one has left the old one. See docs/files.md.
 * @returns none where the shared files are where they have been
 */
export function shareJobs(settings: DifySettings): readonly Job[] {
  const { newShare } = settings;
  if (!newShare) return [];
  const script = projectFile("scripts/jobs/share-ready.sh");
  const job = (name: string, more: Partial<Job>): Job => ({
    name,
    description: "Prepares the share, and copies files to it",
    image: imageOf(settings, "api"),
    command: ["sh", SCRIPT_PATH],
    environment: ({ shareDirectory }) => ({
      NEW_SHARE: NEW,
      SHARE_DIRECTORY: shareDirectory,
      ...(newShare.copied ? { EARLIER_SHARE: EARLIER } : {}),
    }),
    files: [{ mountPath: SCRIPT_PATH, content: () => literal(script) }],
    shares: [
      { of: "files", mountPath: NEW },
      ...(newShare.copied ? ([{ of: "earlier", mountPath: EARLIER }] as const) : []),
    ],
    resources: { cpu: "500m", memory: "512Mi" },
    security: {
      runAsUser: 0,
      exception: "makes the first directory of a share, which belongs to root, and keeps the owners of what it copies",
    },
    timeoutSeconds: COPY_SECONDS,
    ...more,
  });
  return [
    job("share-ready", {}),
    ...(newShare.copied ? [job("share-copied", { beforeComponents: false, afterComponents: true })] : []),
  ];
}

/** Plugins are some gigabytes at most. */
const COPY_SECONDS = 3600;
