import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { difyOf } from "../../modules/dify-gke/dify";
import { testBindings } from "../dify/components";
import { environmentWith } from "../variables/cases/given";
import { Daemon, freePort, type Result, removeDirectory, stopDaemons, temporaryDirectory } from "./processes";
import { celeryPython, describeWithPackages, environmentOf, POD_SCRIPTS } from "./python";
import { path, tools } from "./require";

/** What a URL, a shell and Terraform could each take for something else. */
const PASSWORD = "a b+c/d?e#f%g@h:i&j=k'l\"m\\n!o*(p)é";

/** https://developer.hashicorp.com/terraform/language/functions/urlencode: as a form does, with + for a blank. */
const urlencode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");

describeWithPackages([tools.redis, tools.openssl], "a Redis with TLS, a private authority and any password", () => {
  let directory: string;
  let port: number;
  let urls: Record<string, string>;
  const file = (name: string): string => join(directory, name);

  beforeAll(async () => {
    directory = temporaryDirectory("redis-tls");
    const openssl = (...args: string[]): unknown =>
      execFileSync(path(tools.openssl), args, { stdio: "ignore", cwd: directory });
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    for (const name of ["ca", "other"])
      openssl("req", "-x509", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.pem`);
    const ofServer = ["-subj", "/CN=redis", "-addext", "subjectAltName=IP:127.0.0.1"];
    openssl(
      "req",
      "-x509",
      ...key,
      ...ofServer,
      ...["-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "key", "-out", "cert"],
    );
    port = await freePort();
    const here = { uid: process.getuid?.(), gid: process.getgid?.() };
    const redis = new Daemon(
      path(tools.redis),
      [
        ...["--bind", "127.0.0.1", "--port", "0", "--tls-port", String(port), "--save", "", "--dir", directory],
        ...["--tls-cert-file", file("cert"), "--tls-key-file", file("key"), "--tls-auth-clients", "no"],
        ...["--requirepass", PASSWORD],
      ],
      file("redis.log"),
      here,
    );
    await redis.ready(port);
    const given = { redis_host: "127.0.0.1", redis_port: String(port), redis_tls: true, redis_ca_file: file("ca.pem") };
    const bindings = { ...testBindings, redis: { host: "127.0.0.1", port: String(port) } };
    urls = Object.fromEntries(
      difyOf(environmentWith(given).variables).composedSecrets.map(({ name, value }) => [
        name,
        // As Terraform evaluates it: the expression itself is another test's.
        value(bindings, () => urlencode(PASSWORD).replaceAll("+", "%20")),
      ]),
    );
  });

  afterAll(async () => {
    await stopDaemons("SIGKILL");
    removeDirectory(directory);
  });

  const ask = async (program: string, environment: Readonly<Record<string, string>> = {}): Promise<Result> =>
    await celeryPython(["-c", program], { env: { ...process.env, ...environment }, cwd: directory });
  const ping = async (name: string, authority: string): Promise<Result> => {
    const url = urls[name]?.replace(encodeURIComponent("/opt/redis/ca.pem"), encodeURIComponent(authority)) ?? "";
    return await ask('import os, redis; print(redis.Redis.from_url(os.environ["URL"]).ping())', { URL: url });
  };

  test.each(["event-bus-redis-url", "agent-redis-url"])(
    "takes %s as it is, and nobody else's certificate",
    async (name) => {
      expect(await ping(name, file("ca.pem"))).toMatchObject({ code: 0, stdout: "True\n" });
      const strange = await ping(name, file("other.pem"));
      expect([strange.code, strange.stderr]).toEqual([1, expect.stringContaining("CERTIFICATE_VERIFY_FAILED")]);
    },
  );

  test("says which authority it expects, before anything migrates", async () => {
    const asked = async (authority: string): Promise<Result> =>
      await celeryPython([join(__dirname, "../../scripts/jobs/redis-ready.py"), "1"], {
        env: {
          REDIS_HOST: "127.0.0.1",
          REDIS_PORT: String(port),
          REDIS_PASSWORD: PASSWORD,
          REDIS_USE_SSL: "true",
          REDIS_SSL_CERT_REQS: "CERT_REQUIRED",
          REDIS_SSL_CA_CERTS: file(authority),
        },
      });
    expect(await asked("ca.pem")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("answers: version") as string,
    });
    const strange = await asked("other.pem");
    expect([strange.code, strange.stderr]).toEqual([
      1,
      expect.stringMatching(/is not trusted: .*Set redis_ca_file to/),
    ]);
  });

  test.each(["worker", "api"])("lets Celery in with what %s is told, and Dify's own client", async (component) => {
    const told = environmentOf(component, {
      redis_host: "redis.internal",
      redis_tls: true,
      redis_ca_file: file("ca.pem"),
    });
    const here = (authority: string): Record<string, string> => ({
      ...told,
      CELERY_BROKER_URL: urls["celery-broker-url"] ?? "",
      REDIS_SSL_CA_CERTS: authority,
      PYTHONPATH: POD_SCRIPTS,
      PORT: String(port),
      PASSWORD,
    });
    // As the worker and its probe do (api/extensions/ext_celery.py), and as Dify's client does (ext_redis.py).
    const celery = "from worker_broker import application; application().connection().ensure_connection(max_retries=1)";
    const own =
      "import os, redis, ssl; e = os.environ; redis.Redis(host='127.0.0.1', port=int(e['PORT']), password=e['PASSWORD'], " +
      "ssl=e['REDIS_USE_SSL'] == 'true', ssl_cert_reqs=getattr(ssl, e['REDIS_SSL_CERT_REQS']), " +
      "ssl_ca_certs=e['REDIS_SSL_CA_CERTS']).ping()";
    for (const program of [celery, own]) {
      expect(await ask(program, here(file("ca.pem")))).toMatchObject({ code: 0 });
      expect((await ask(program, here(file("other.pem")))).code).toBe(1);
    }
  });
});
