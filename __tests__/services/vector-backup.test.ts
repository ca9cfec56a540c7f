import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Bucket } from "./bucket";
import { preparedPython } from "./prepared-python";
import { removeDirectory, type Result, run, temporaryDirectory } from "./processes";
import { describeWith, tools } from "./require";

const jobs = join(__dirname, "../../scripts/jobs");
const SNAPSHOT = Buffer.alloc(3 * 2 ** 20, "v");

describeWith([tools.python], "vector_backup.py with played stores and a played bucket", () => {
  const bucket = new Bucket();
  const asked: string[] = [];
  let status = ["TRANSFERRING", "SUCCESS"];
  let short = false;
  const alone = { class: "Vector_index", replicationConfig: { factor: 1, asyncEnabled: false } };
  let classes: readonly object[] = [alone];
  const changed: unknown[] = [];
  let store: Server;

  const start = async (kind: string, environment: Record<string, string> = {}): Promise<Result> => {
    const { port } = store.address() as AddressInfo;
    const node = `http://127.0.0.1:${port}`;
    return await preparedPython("/usr/bin/python3")([join(jobs, "vector_backup.py")], {
      env: {
        ...bucket.env,
        STORE: kind,
        NODES: kind === "qdrant" ? `${node}/a ${node}/b` : node,
        API_KEY: "key",
        BACKUP_BUCKET: "files",
        BACKUP_FOLDER: `vector-backups/${kind}`,
        KEEP_DAYS: "7",
        POLL_SECONDS: "0",
        ...environment,
      },
    });
  };

  beforeAll(async () => {
    store = createServer((request, response) => {
      const path = request.url ?? "";
      const key = request.headers["api-key"] ?? request.headers.authorization;
      asked.push(`${request.method} ${path}`);
      if (key !== "key" && key !== "Bearer key") response.writeHead(401).end();
      else if (request.method === "PUT") {
        let body = "";
        request.on("data", (data: Buffer) => (body += data.toString()));
        request.on("end", () => {
          changed.push(JSON.parse(body));
          json({});
        });
      } else if (path.endsWith("/collections")) json({ result: { collections: [{ name: "Vector index" }] } });
      else if (request.method === "POST" && path.includes("/snapshots")) json({ result: { name: "s 1.snapshot" } });
      else if (request.method === "GET" && path.includes("/snapshots/")) {
        response.writeHead(200, { "Content-Length": SNAPSHOT.length });
        if (short) response.write(SNAPSHOT.subarray(1000), () => response.destroy());
        else response.end(SNAPSHOT);
      } else if (path.endsWith("/schema")) json({ classes });
      else if (path.includes("/backups/gcs/")) json({ status: status.shift() ?? "FAILED", error: "disk full" });
      else json({});

      function json(value: object): void {
        response.writeHead(200, { "Content-Type": "application/json" });
        response.end(JSON.stringify(value));
      }
    });
    await Promise.all([new Promise<void>((resolve) => store.listen(0, "127.0.0.1", resolve)), bucket.start()]);
  });

  afterAll(async () => {
    store.closeAllConnections();
    await Promise.all([new Promise((resolve) => store.close(resolve)), bucket.stop()]);
  });

  test("Qdrant: a snapshot of each pod in the bucket, none left on a disk, and old copies go", async () => {
    bucket.put("files/vector-backups/qdrant/20200101t000000z/manifest.json", "old");
    bucket.put("files/vector-backups/qdrant/20200102t000000z/x/node-0.snapshot", "broken off");
    bucket.put("files/upload_files/keep", "Dify's");
    const { code, stdout, stderr } = await start("qdrant");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/done: gs:\/\/files\/vector-backups\/qdrant\/\d{8}t\d{6}z\n$/);
    const names = [...bucket.objects.keys()].map((name) => name.replace(/2\d{7}t\d{6}z/, "<time>")).sort();
    expect(names).toEqual([
      "files/upload_files/keep",
      "files/vector-backups/qdrant/<time>/Vector index/node-0.snapshot",
      "files/vector-backups/qdrant/<time>/Vector index/node-1.snapshot",
      "files/vector-backups/qdrant/<time>/manifest.json",
    ]);
    for (const node of ["a", "b"])
      expect(asked).toContain(`DELETE /${node}/collections/Vector%20index/snapshots/s%201.snapshot?wait=true`);
  });

  test("Qdrant: a snapshot that breaks off is no copy, and goes from the disk as well", async () => {
    asked.length = 0;
    short = true;
    const before = [...bucket.objects.keys()];
    const { code, stderr } = await start("qdrant");
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("vector-backup: error") as unknown,
    });
    expect([...bucket.objects.keys()]).toEqual(before);
    expect(asked.filter((said) => said.startsWith("DELETE"))).toHaveLength(1);
  });

  test("Weaviate: it writes its backup itself, is waited for, and what it says of a failure is said", async () => {
    const { code, stderr } = await start("weaviate");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect([...bucket.objects.keys()].filter((name) => /weaviate\/.*manifest.json$/.test(name))).toHaveLength(1);
    status = ["FAILED"];
    expect((await start("weaviate")).stderr).toContain("is FAILED: disk full");
    expect((await start("weaviate", { API_KEY: "other" })).stderr).toContain("401 Unauthorized");
  });

  test("Weaviate: of what several pods have, one that was away gets what it missed", async () => {
    const of = (name: string, asyncEnabled: boolean) => ({
      class: name,
      vectorizer: "none",
      replicationConfig: { factor: 2, asyncEnabled, deletionStrategy: "NoAutomatedResolution" },
    });
    classes = [alone, of("Vector_index_a", false), of("Vector_index_b", true)];
    asked.length = 0;
    status = ["SUCCESS"];
    // A copy is named by its second.
    bucket.objects.clear();
    const { code, stderr, stdout } = await start("weaviate");
    classes = [alone];
    status = ["TRANSFERRING", "SUCCESS"];
    expect([code, stderr, stdout.match(/get what they missed/g)?.length]).toEqual([0, "", 1]);
    expect(changed).toEqual([of("Vector_index_a", true)]);
    expect(asked.filter((one) => one.startsWith("PUT"))).toEqual(["PUT /v1/schema/Vector_index_a"]);
  });
});

describe("vector-migrate.sh and start-qdrant.sh", () => {
  let directory: string;
  const migrate = async (says: string, code = 0): Promise<Result> => {
    writeFileSync(join(directory, "flask"), `#!/bin/sh\nprintf '%b' '${says}'\nexit ${code}\n`);
    chmodSync(join(directory, "flask"), 0o755);
    const env = { PATH: `${directory}:${process.env["PATH"] ?? ""}`, VECTOR_STORE: "qdrant" };
    return await run("bash", [join(jobs, "vector-migrate.sh")], { env });
  };

  beforeAll(() => {
    directory = temporaryDirectory("vector-migrate");
  });

  afterAll(() => {
    removeDirectory(directory);
  });

  test("ends well only if Dify's command moved everything, which it does not tell by its exit code", async () => {
    const whole =
      "Migration complete. Created 2 dataset indexes.\\nMigration complete. Created 0 app annotation indexes.\\n";
    expect(await migrate(whole)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("everything is in qdrant") as unknown,
    });
    const failed = await migrate(`Error creating dataset index: InvokeError no quota\\n${whole}`);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining("1 did not move") as unknown });
    expect((await migrate("Migration complete.\\n")).stderr).toContain("without having looked at everything");
    expect((await migrate(whole, 1)).stderr).toMatch(/the command failed, see above.*start the job again/);
  });

  test("Qdrant's first pod begins, and every other one joins it", async () => {
    writeFileSync(join(directory, "entrypoint.sh"), '#!/bin/sh\necho "$@"\n');
    chmodSync(join(directory, "entrypoint.sh"), 0o755);
    const start = async (pod: string, prefix = "exec"): Promise<string> => {
      const env = { HOSTNAME: pod, PEERS: "dify-qdrant-pods", P2P: "6335", PATH: process.env["PATH"] ?? "" };
      const paths = { QDRANT__STORAGE__STORAGE_PATH: directory, PAUSE_SECONDS: "0.1" };
      const script = join(jobs, "../pods/start-qdrant.sh");
      const command = `cd ${directory} && ${prefix} bash ${script}`;
      return (await run("sh", ["-c", command], { env: { ...env, ...paths } })).stdout.trim();
    };
    expect(await start("dify-qdrant-0")).toBe("--uri http://dify-qdrant-0.dify-qdrant-pods:6335");
    // Nobody answers by that name: it waits, and ends when it is told to.
    expect(await start("dify-qdrant-12", "timeout 2")).toBe("");
    writeFileSync(join(directory, "raft_state.json"), "{}");
    expect(await start("dify-qdrant-12")).toBe(
      "--bootstrap http://dify-qdrant-0.dify-qdrant-pods:6335 --uri http://dify-qdrant-12.dify-qdrant-pods:6335",
    );
  });
});
