import { Construct } from "constructs";
import { BillingBudget } from "@cdktf/provider-google/lib/billing-budget";
import { type Installation, limitName } from "../installation";
import type { BudgetSettings } from "./settings";

export interface BudgetProps {
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly settings: BudgetSettings;
  /** `projects/…/notificationChannels/…`: at most five. */
  readonly channels: readonly string[];
}

/**
 * Tells when the project's costs of a month come near what was planned, or are going to. It counts the whole project: a budget's
 * filter takes one label, and pods and traffic, which are most of the costs, carry none of an environment's
 * (https://cloud.google.com/billing/docs/how-to/budgets#budget-scope). It stops nothing.
 */
export class Budget extends Construct {
  constructor(scope: Construct, id: string, { installation, projectNumber, settings, channels }: BudgetProps) {
    super(scope, id);
    const { amount, billingAccount, thresholds } = settings;
    const full = [{ thresholdPercent: 1, spendBasis: "FORECASTED_SPEND" }];
    new BillingBudget(this, "budget", {
      billingAccount,
      displayName: limitName(`${installation.resourcePrefix}-month`, 60),
      budgetFilter: {
        // By its number, as Google gives it back.
        projects: [`projects/${projectNumber}`],
        calendarPeriod: "MONTH",
        creditTypesTreatment: "INCLUDE_ALL_CREDITS",
      },
      // In the billing account's currency.
      amount: { specifiedAmount: { units: String(amount) } },
      thresholdRules: [
        ...thresholds.map((percent) => ({ thresholdPercent: percent / 100, spendBasis: "CURRENT_SPEND" })),
        ...full,
      ],
      allUpdatesRule: channels.length > 0 ? { monitoringNotificationChannels: [...channels] } : undefined,
    });
  }
}
