import { synth, type Given } from "../terraform/synth";

const BUDGET: Given = {
  monthly_budget: 1500,
  billing_account_id: "012345-6789AB-CDEF01",
  budget_thresholds: [80],
  support_users: ["a@example.com", "b@example.com"],
};

test("a budget counts the project of the environment, by its number, and tells support_users", () => {
  const { application } = synth(BUDGET);
  const [budget] = Object.values(application.resource["google_billing_budget"] ?? {});
  expect(budget).toMatchObject({
    billing_account: "012345-6789AB-CDEF01",
    amount: { specified_amount: { units: "1500" } },
    threshold_rules: [
      { threshold_percent: 0.8, spend_basis: "CURRENT_SPEND" },
      { threshold_percent: 1, spend_basis: "FORECASTED_SPEND" },
    ],
  });
  expect(JSON.stringify(budget?.["budget_filter"])).toMatch(/projects\/\$\{data\.google_project\.[\w]+\.number\}/);
  const { monitoring_notification_channels } = budget?.["all_updates_rule"] as Record<string, unknown[]>;
  expect(monitoring_notification_channels).toHaveLength(2);
  expect(String(budget?.["display_name"]).length).toBeLessThanOrEqual(60);
});

test("there is none by default", () => {
  expect(synth().application.resource["google_billing_budget"]).toBeUndefined();
});
