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
