import { multipartMarginMb } from "../../modules/dify-common/nginx";
import { releases } from "../../modules/dify-common/releases";
import type { Given } from "../terraform/synth";
import { componentsOf, filesIn, variablesIn } from "./components";

const MIB = 2 ** 20;
const PLUGINS = "/console/api/workspaces/current/plugin/upload/";

function limitsOf(given: Given = {}) {
  const components = componentsOf(given);
  const of = (name: string) => {
    const found = components.find((component) => component.name === name);
    if (!found) throw new Error(`There is no ${name}`);
    return found;
  };
  const nginx = filesIn(of("proxy"))["/etc/nginx/nginx.conf"] ?? "";
  const size = (text: string) => Number(/client_max_body_size (\d+)m;/.exec(text)?.[1]) - multipartMarginMb;
  return {
    api: variablesIn(of("api")),
    daemon: variablesIn(of("plugin-daemon")),
    nginx: size(nginx),
    nginxForPlugins: size(nginx.slice(nginx.indexOf(`location ${PLUGINS} {`))),
  };
}

/** MiB of each kind where nothing sets it, as Dify has them. */
const DEFAULTS = {
  UPLOAD_FILE_SIZE_LIMIT: 15,
  UPLOAD_IMAGE_FILE_SIZE_LIMIT: 10,
  UPLOAD_AUDIO_FILE_SIZE_LIMIT: 50,
  UPLOAD_VIDEO_FILE_SIZE_LIMIT: 100,
};

describe("nginx lets through what Dify takes, and hardly more", () => {
  test.each(releases)("in $version", ({ version }) => {
    const { api, daemon, nginx, nginxForPlugins } = limitsOf({ application_version: version });
    const kinds = Object.entries(DEFAULTS).map(([name, otherwise]) => Number(api[name] ?? otherwise));
    expect(nginx).toBe(Math.max(...kinds));
    // A bundle has several packages.
    expect(nginxForPlugins).toBe(180);
    expect(daemon.MAX_PLUGIN_PACKAGE_SIZE).toBe(api.PLUGIN_MAX_PACKAGE_SIZE);
  });

  test.each(Object.keys(DEFAULTS))("when %s is raised", (name) => {
    for (const given of [
      { environment_variables: { [name]: "300" } },
      { component_settings: { api: { environment: { [name]: "300" } } } },
    ])
      expect(limitsOf(given)).toMatchObject({ nginx: 300, api: { [name]: "300" } });
  });

  test("when documents may be larger", () => {
    expect(limitsOf({ upload_file_size_limit_mb: 400 })).toMatchObject({
      nginx: 400,
      api: { UPLOAD_FILE_SIZE_LIMIT: "400" },
    });
    expect(limitsOf({ upload_file_size_limit_mb: 40 })).toMatchObject({ nginx: 100 });
  });

  test("when plugins may be larger: in the API and in the daemon", () => {
    const given = { environment_variables: { PLUGIN_MAX_PACKAGE_SIZE: String(200 * MIB) } };
    const { api, daemon, nginxForPlugins } = limitsOf(given);
    expect([api.PLUGIN_MAX_PACKAGE_SIZE, daemon.MAX_PLUGIN_PACKAGE_SIZE]).toEqual(["209715200", "209715200"]);
    expect(nginxForPlugins).toBe(200);
    expect(limitsOf({ environment_variables: { PLUGIN_MAX_BUNDLE_SIZE: String(500 * MIB) } }).nginxForPlugins).toBe(
      500,
    );
  });
});
