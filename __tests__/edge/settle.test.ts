import { synth } from "../terraform/synth";

const DOMAIN = { enable_custom_domain: true, application_domains: ["dify.example.com"] };

test.each([
  ["with a firewall", { ...DOMAIN, enable_cloud_armor: true }, 1],
  ["with somebody else's", { ...DOMAIN, enable_cloud_armor: true, create_cloud_armor_policy: false }, 0],
  ["without", DOMAIN, 0],
])("%s, the pause that its deletion needs is written down: Terraform runs no other at destroy", (_, given, count) => {
  const pause = synth(given).application.resource.terraform_data?.app_edge_firewall_detached_pause;
  expect(pause).toMatchObject({
    count,
    lifecycle: { create_before_destroy: true },
    provisioner: [{ "local-exec": { when: "destroy", command: expect.stringContaining("sleep") as unknown } }],
  });
});

test.each([
  ["reserved here", DOMAIN, 1],
  ["of the user's own", { ...DOMAIN, static_ip_name: "mine" }, 0],
])("an address that is %s is given up by the gateway before it is deleted", (_, given, count) => {
  const { terraform_data, google_compute_global_address } = synth(given).application.resource;
  expect(terraform_data?.app_edge_address_released_pause).toMatchObject({
    count,
    lifecycle: { create_before_destroy: true },
  });
  const lifecycles = Object.values(google_compute_global_address ?? {}).map(({ lifecycle }) => lifecycle);
  expect(lifecycles).toEqual(Array.from({ length: count }, () => ({ create_before_destroy: true })));
});
