import { block, needs, SERVICES, type Stack, synthesize } from "./stack";

const PREFIX = "foundation_file_server_redis_servers";
const LIST = `google_secret_manager_secret_version.${PREFIX}_list_version`;
const ACCOUNT = "serviceAccount:${google_service_account.foundation_file_server_service_account.email}";

const without = synthesize(SERVICES);
const stack: Stack = synthesize({
  ...SERVICES,
  fileServer: {
    ...SERVICES.fileServer,
    redisServers: [
      { name: "stage-qa", port: 6392, passwordSecret: "nfs-redis-stage-qa-password", movedDatabases: [39, 40, 41] },
      { name: "guest-shop", port: 7801, passwordSecret: "nfs-redis-guest-shop-password" },
    ],
  },
});
const template = (of: Stack) =>
  block(of, "google_compute_instance_template.foundation_file_server_instance_template")["metadata"];

test("a server more or less changes nothing of the VM, which would be replaced for everybody", () => {
  expect(template(stack)).toEqual(template(without));
  expect(JSON.stringify(template(stack))).not.toContain("7801");
});

test("each has a password of its own, generated, that only ever goes into a write-only argument", () => {
  for (const name of ["stage-qa", "guest-shop"]) {
    const id = `${PREFIX}_${name.replace("-", "_")}_password`;
    expect(block(stack, `google_secret_manager_secret.${id}_secret`)).toMatchObject({
      secret_id: `nfs-redis-${name}-password`,
    });
    const version = block(stack, `google_secret_manager_secret_version.${id}_version`);
    expect(version["secret_data_wo"]).toBe(`\${ephemeral.random_password.${id}_value.result}`);
    expect(version).not.toHaveProperty("secret_data");
  }
});

test("the VM may read these secrets and no other", () => {
  const readers = Object.values(stack.resource["google_secret_manager_secret_iam_member"] ?? {});
  expect(readers.map(({ secret_id: id }) => id).sort()).toEqual(
    [
      "foundation_file_server_redis_password_secret",
      `${PREFIX}_guest_shop_password_secret`,
      `${PREFIX}_list_secret`,
      `${PREFIX}_stage_qa_password_secret`,
    ].map((name) => `\${google_secret_manager_secret.${name}.id}`),
  );
  for (const reader of readers)
    expect(reader).toMatchObject({ role: "roles/secretmanager.secretAccessor", member: ACCOUNT });
  expect(JSON.stringify(stack.resource["google_project_iam_member"])).not.toContain("file_server");
});

test("the list says what the VM reads, and another one is another version", () => {
  const locals = (stack as Stack & { locals: Record<string, unknown> }).locals;
  const version = (name: string) => `\${google_secret_manager_secret_version.${PREFIX}_${name}_password_version.name}`;
  expect(locals[`${PREFIX}_servers`]).toEqual({
    servers: [
      { name: "stage-qa", port: 6392, password: version("stage_qa"), databases: [39, 40, 41] },
      { name: "guest-shop", port: 7801, password: version("guest_shop"), databases: [] },
    ],
  });
  const text = `jsonencode(local.${PREFIX}_servers)`;
  expect(block(stack, LIST)).toMatchObject({
    secret_data_wo: `\${${text}}`,
    secret_data_wo_version: `\${parseint(substr(sha256(${text}), 0, 8), 16)}`,
  });
});

test("the VM's first start finds them, and pods reach them", () => {
  const group = needs(stack, "google_compute_instance_group_manager.foundation_file_server_instance_group");
  expect([...group]).toEqual(
    expect.arrayContaining([LIST, `google_secret_manager_secret_iam_member.${PREFIX}_list_reader`]),
  );
  expect(block(stack, "google_compute_firewall.foundation_file_server_firewall_clients")).toMatchObject({
    allow: [{ protocol: "tcp", ports: ["6379", "6392", "7801"] }],
  });
});
