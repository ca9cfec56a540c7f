import { environmentOf, synthesize } from "./synthesize";

const NAMED = { redis_host: "10.0.0.3" };

function urls(stack: ReturnType<typeof synthesize>["application"]): string {
  return JSON.stringify((stack as unknown as { locals: unknown }).locals);
}

test("an environment has the three databases that it is told, in every component and URL", () => {
  const { application } = synthesize({ ...NAMED, redis_database: 6 });
  expect(environmentOf(application, "api").REDIS_DB).toBe("6");
  expect(environmentOf(application, "plugin-daemon").REDIS_DB).toBe("6");
  const databases = [...urls(application).matchAll(/10\.0\.0\.3:6379\/(?<database>\d+)/g)].map(
    (m) => m.groups?.["database"],
  );
  expect([...new Set(databases)].sort()).toEqual(["6", "7", "8"]);
});

test("on a file server made here it begins at 0", () => {
  const { application } = synthesize();
  expect(environmentOf(application, "api").REDIS_DB).toBe("0");
  expect(urls(application)).toMatch(/:6379\/0"/);
});

test("a key prefix reaches everything that keeps keys, each behind its own", () => {
  const prefix = (component: string, variable: string) => {
    const given = { ...NAMED, environment_variables: { REDIS_KEY_PREFIX: "team" } };
    return environmentOf(synthesize(given).application, component)[variable];
  };
  for (const component of ["api", "beat", "api-websocket"]) expect(prefix(component, "REDIS_KEY_PREFIX")).toBe("team");
  expect(prefix("plugin-daemon", "REDIS_KEY_PREFIX")).toBe("team:plugin_daemon");
  expect(prefix("agent-backend", "DIFY_AGENT_REDIS_PREFIX")).toBe("team:dify-agent");
  const without = synthesize(NAMED).application;
  expect(environmentOf(without, "plugin-daemon")).not.toHaveProperty("REDIS_KEY_PREFIX");
  expect(environmentOf(without, "agent-backend")).not.toHaveProperty("DIFY_AGENT_REDIS_PREFIX");
});
