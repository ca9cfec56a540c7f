import { parse as load } from "yaml";
import { newest, oldest } from "../../modules/dify-common/releases";
import { violations } from "../edge/crd-schema";
import type { Given } from "../terraform/synth";
import { kubernetesForm } from "./kubernetes-form";
import { application, blocks, type Manifest, objectsIn, PIPELINE, releaseFiles } from "./stages";

const VARIANTS: Readonly<Record<string, Given>> = {
  "the newest release": {},
  "the oldest release": { application_version: oldest.version },
  "a StatefulSet and a worker of its own, spread over zones, no mirror": {
    worker_placement: "deployment",
    stateful_pvc_enabled: true,
    min_instance_count: 2,
    enable_topology_spread: true,
    enable_vertical_pod_autoscaling: true,
    component_settings: {
      web: { spot: true, compute_class: "Scale-Out", architecture: "arm64", priority_class: "front" },
      api: { compute_class: "Balanced" },
    },
    enable_image_mirroring: false,
  },
  "no share, additional services, an authority of their own": {
    trusted_ca_file: "__tests__/fixtures/certificates/authority.pem",
    enable_nfs: false,
    redis_host: "10.1.2.3",
    configure_service_mesh: true,
    gcs_volumes: [
      { name: "files", bucket_name: "data", mount_path: "/mnt/files" },
      { name: "models", bucket_name: "acme-models", mount_path: "/mnt/models", readonly: true },
    ],
    additional_services: [
      {
        name: "tika",
        image: "apache/tika:2.9.2.1",
        port: 9998,
        env_vars: { A: "b" },
        volume_mounts: [{ name: "files", mount_path: "/data", read_only: true }],
      },
    ],
  },
};

/** @returns the annotations about buckets as volumes, and about a service mesh */
function ofSidecars({ spec }: Pick<Manifest, "spec">): Readonly<Record<string, string>> {
  const all = Object.entries(spec.template.metadata.annotations ?? {});
  return Object.fromEntries(all.filter(([name]) => /^gke-gcsfuse\/|istio\.io\//.test(name)));
}

const KINDS = { Deployment: "kubernetes_deployment_v1", StatefulSet: "kubernetes_stateful_set_v1" } as const;

/** What takes over from another kind begins with the images that run, and with these where nothing does. */
function withoutTakeover(block: unknown): unknown {
  return JSON.parse(JSON.stringify(block).replaceAll(/\$\{try\(one\(\[for c in .*?\]\), \\"([^"\\]+)\\"\)\}/g, "$1"));
}

/** @returns what of a StatefulSet's spec is not its pods */
function lasting({ spec }: Pick<Manifest, "spec">): Readonly<Record<string, unknown>> {
  const { serviceName, podManagementPolicy, persistentVolumeClaimRetentionPolicy, volumeClaimTemplates } = spec;
  return { serviceName, podManagementPolicy, persistentVolumeClaimRetentionPolicy, volumeClaimTemplates };
}

describe.each(Object.entries(VARIANTS))("%s", (_, given) => {
  const stack = application({ ...PIPELINE, ...given });
  const files = releaseFiles(stack);
  const stages = ["dev", "staging", "prod"];

  test("every stage has its file, and no other file is there", () => {
    const expected = [
      "skaffold.yaml",
      ...stages.flatMap((stage) => ["deployments", "migration", "verify"].map((file) => `${stage}/${file}.yaml`)),
    ];
    expect(Object.keys(files).sort()).toEqual(expected.sort());
  });

  describe.each(stages)("stage %s", (stage) => {
    const manifests = objectsIn(files[`${stage}/deployments.yaml`]);
    const verify = objectsIn(files[`${stage}/verify.yaml`]);
    const migration = objectsIn(files[`${stage}/migration.yaml`]);

    test("a Kubernetes server would take every object", () => {
      expect([...manifests, ...verify, ...migration].flatMap(violations)).toEqual([]);
    });

    test("its Deployments and StatefulSets are the ones that Terraform makes in the same namespace, and the same to the letter", () => {
      const prefix = stage === "dev" ? "app_workload_" : `app_stage_${stage}_workload_`;
      const made = ["Deployment", "StatefulSet"].flatMap((kind) =>
        Object.entries(blocks(stack, KINDS[kind as keyof typeof KINDS]))
          .filter(([id]) => id.startsWith(prefix))
          .map(([, block]) => ({ kind, terraform: kubernetesForm(stack, withoutTakeover(block)) as Manifest })),
      );
      const named = (objects: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[]) =>
        objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
      expect(named(manifests)).toEqual(named(made.map(({ kind, terraform }) => ({ ...terraform, kind }))));
      expect(named(manifests).includes("StatefulSet dify-api")).toBe(given.stateful_pvc_enabled === true);
      for (const { terraform } of made) {
        const manifest = manifests.find(({ metadata }) => metadata.name === terraform.metadata.name) as Manifest;
        expect(manifest.metadata).toEqual(terraform.metadata);
        expect(manifest.spec.selector).toEqual(terraform.spec.selector);
        // What no update of a StatefulSet changes: a release that says otherwise would be refused.
        expect(lasting(manifest)).toEqual(lasting(terraform));
        expect(manifest.spec.template.metadata.labels).toEqual(terraform.spec.template.metadata.labels);
        // Containers, environment, probes, security contexts, volumes, tolerations: the whole pod.
        expect(manifest.spec.template.spec).toEqual(terraform.spec.template.spec);
        // What makes GKE add what mounts buckets, and the proxy of a mesh.
        expect(ofSidecars(manifest)).toEqual(ofSidecars(terraform));
      }
    });

    test("a release migrates with its own image, in the pod that Terraform's job has", () => {
      const prefix = stage === "dev" ? "app_workload" : `app_stage_${stage}_workload`;
      const terraform = kubernetesForm(
        stack,
        blocks(stack, "kubernetes_job_v1")[`${prefix}_migration_job`] ?? {},
      ) as Manifest;
      expect(migration).toHaveLength(1);
      const [job] = migration;
      expect(job?.metadata).toMatchObject({
        name: "migration-release-placeholder",
        namespace: terraform.metadata.namespace,
      });
      expect(job?.spec.template.metadata.labels).toEqual(terraform.spec.template.metadata.labels);
      expect(job?.spec.template.spec).toEqual(terraform.spec.template.spec);
      expect(files[`${stage}/migration.yaml`]).not.toContain("${");
    });

    test("nothing in it is known to apply only", () => {
      expect(files[`${stage}/deployments.yaml`]).not.toContain("${");
      expect(files[`${stage}/deployments.yaml`]).not.toMatch(/\b10\.\d+\.\d+\.\d+\b/);
    });

    test("the autoscaler's number of replicas is left to it", () => {
      const scaled = manifests.filter(({ spec }) => spec.replicas === undefined).map(({ metadata }) => metadata.name);
      const autoscalers = Object.values(blocks(stack, "kubernetes_horizontal_pod_autoscaler_v2")).map(
        (block) => (kubernetesForm(stack, block) as Manifest).metadata.name,
      );
      expect(scaled.sort()).toEqual([...new Set(autoscalers)].sort());
    });

    test("every release starts new pods, which read the configuration of that day", () => {
      for (const { spec } of manifests) {
        const { annotations } = spec.template.metadata;
        expect(annotations).toEqual({ ...ofSidecars({ spec }), "delivery/release": "release-placeholder" });
      }
    });

    test("the check asks the stage's own API and nothing else", () => {
      const [job] = verify;
      expect(job?.metadata.namespace).toBe(manifests[0]?.metadata.namespace);
      const [container] = job?.spec.template.spec.containers ?? [];
      expect(container?.args).toContain("http://dify-api:5001/health");
      expect(container?.securityContext).toMatchObject({ runAsNonRoot: true, allowPrivilegeEscalation: false });
    });
  });

  test("Skaffold renders, deploys and checks each stage from its own files", () => {
    const skaffold = load(files["skaffold.yaml"] ?? "") as {
      profiles: {
        name: string;
        manifests: { rawYaml: string[] };
        deploy: { kubectl: { defaultNamespace: string } };
        customActions: { name: string; timeout: number; containers: object[]; executionMode: unknown }[];
        verify: { name: string; timeout: number; container: { name: string; image: string }; executionMode: unknown }[];
      }[];
    };
    expect(skaffold.profiles.map(({ name }) => name)).toEqual(stages);
    for (const profile of skaffold.profiles) {
      const [first] = objectsIn(files[`${profile.name}/deployments.yaml`]);
      const [job] = objectsIn(files[`${profile.name}/verify.yaml`]);
      expect(profile.manifests.rawYaml).toEqual([`${profile.name}/deployments.yaml`]);
      expect(profile.deploy.kubectl.defaultNamespace).toBe(first?.metadata.namespace);
      const [migration] = objectsIn(files[`${profile.name}/migration.yaml`]);
      expect(profile.customActions).toEqual([
        {
          name: "migration",
          timeout: ((migration?.spec as { activeDeadlineSeconds?: number }).activeDeadlineSeconds ?? 0) - 30,
          containers: [
            {
              name: "migration",
              image: migration?.spec.template.spec.containers[0]?.image,
              command: ["bash", "/opt/jobs/migrate.sh"],
            },
          ],
          executionMode: { kubernetesCluster: { jobManifestPath: `${profile.name}/migration.yaml` } },
        },
      ]);
      expect(profile.verify).toHaveLength(1);
      // A node may have to start first; Skaffold gives up before the job does, and says so.
      expect(profile.verify[0]?.timeout).toBeLessThan(
        (job?.spec as { activeDeadlineSeconds?: number }).activeDeadlineSeconds ?? 0,
      );
      // Skaffold takes everything but image, command and arguments from the container of the same name.
      expect(profile.verify[0]?.container.name).toBe(job?.spec.template.spec.containers[0]?.name);
      expect(profile.verify[0]?.container.image).toBe(job?.spec.template.spec.containers[0]?.image);
      expect(profile.verify[0]?.executionMode).toEqual({
        kubernetesCluster: { jobManifestPath: `${profile.name}/verify.yaml` },
      });
    }
  });
});

test("what a release replaces goes by its tag, as Skaffold would leave a digest alone; the rest keeps its digest", () => {
  const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
  const image_digests = {
    [`langgenius/dify-api:${newest.version}`]: digest("a"),
    [`langgenius/dify-web:${newest.version}`]: digest("b"),
  };
  const text = JSON.stringify(
    objectsIn(releaseFiles(application({ ...PIPELINE, image_digests }))["dev/deployments.yaml"]),
  );
  expect(text).toContain(`/langgenius/dify-api:${newest.version}"`);
  expect(text).not.toContain(digest("a"));
  expect(text).toContain(`/langgenius/dify-web@${digest("b")}"`);
});

test("no two stages are in one namespace", () => {
  const files = releaseFiles(application(PIPELINE));
  const namespaces = ["dev", "staging", "prod"].map(
    (stage) => new Set(objectsIn(files[`${stage}/deployments.yaml`]).map(({ metadata }) => metadata.namespace)),
  );
  expect(namespaces.every((set) => set.size === 1)).toBe(true);
  expect(new Set(namespaces.flatMap((set) => [...set])).size).toBe(3);
});
