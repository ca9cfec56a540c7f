import { type Finding, good } from "../finding";
import type { Check } from "../subject";
import { found, isDisabled, statusOf } from "../../google-apis/answers";

/** The two that Terraform itself needs, before it can enable others. */
const BOOTSTRAP = ["cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"];

export const project: Check = {
  id: "project",
  title: "project and billing",
  look: async ({ variables, google }) => {
    const { project_id: id } = variables;
    const name = `projects/${id}`;
    let state: string | null | undefined;
    try {
      state = (await google.projects.projects.get({ name })).data.state;
    } catch (error) {
      // Google does not say of a project that one may not see whether it exists.
      if (isDisabled(error) || (statusOf(error) !== 403 && statusOf(error) !== 404)) throw error;
      return [missing(id)];
    }
    if (state !== "ACTIVE") {
      return [
        {
          level: "problem",
          fact: `The project ${id} is ${state ?? "in no state that is known"}.`,
          consequence: "Google would refuse everything in it.",
          remedy: "Restore it, or name another project in project_id.",
          help: `gcloud projects undelete ${id}`,
        },
      ];
    }
    const billing = (await google.billing.projects.getBillingInfo({ name })).data;
    return billing.billingEnabled
      ? [good(`The project ${id} is active and has billing.`)]
      : [
          {
            level: "problem",
            fact: `The project ${id} has no billing account that is open.`,
            consequence: "Google would refuse the cluster, the database and the disks.",
            remedy: "Link a billing account.",
            help: `gcloud billing projects link ${id} --billing-account=ACCOUNT_ID`,
          },
        ];
  },
};

function missing(id: string): Finding {
  return {
    level: "problem",
    fact: `There is no project ${id}, or these credentials may not see it.`,
    consequence: "Nothing could be created.",
    remedy: "Correct project_id, or sign in with an account that has a role in the project.",
    help: "gcloud projects list",
  };
}

export const apis: Check = {
  id: "apis",
  title: "the APIs that Terraform itself needs",
  look: async ({ variables, google }) => {
    const { project_id: id } = variables;
    const { data } = await google.services.services.batchGet({
      parent: `projects/${id}`,
      names: BOOTSTRAP.map((api) => `projects/${id}/services/${api}`),
    });
    const enabled = (data.services ?? []).filter(({ state }) => state === "ENABLED").map(({ config }) => config?.name);
    const off = BOOTSTRAP.filter((api) => !enabled.includes(api));
    return off.length === 0
      ? [good("Cloud Resource Manager and Service Usage are enabled.")]
      : [
          {
            level: "problem",
            fact: `${off.join(" and ")} ${off.length === 1 ? "is" : "are"} not enabled in ${id}.`,
            consequence: "Terraform could neither read the project nor enable the other APIs.",
            remedy: "Enable it once, by hand.",
            help: `gcloud services enable ${off.join(" ")} --project=${id}`,
          },
        ];
  },
};

export const state: Check = {
  id: "state-bucket",
  title: "the bucket for Terraform's state",
  look: async ({ variables, google }) => {
    const { state_bucket: name, project_id: id, region } = variables;
    if (name === "" && variables.state_backend !== "")
      return [good("The state is in a bucket that terraform init gets: it is not checked here.")];
    if (name === "") {
      return [
        {
          level: "warning",
          fact: "state_bucket is not set.",
          consequence: "The state is a file on this machine: lose it, and Terraform knows nothing of what exists.",
          remedy: "Make a bucket with versions, and name it in state_bucket.",
          help: `gcloud storage buckets create gs://${id}-terraform --project=${id} --location=${region} --uniform-bucket-level-access && gcloud storage buckets update gs://${id}-terraform --versioning`,
        },
      ];
    }
    const bucket = await found(google.storage.buckets.get({ bucket: name }));
    if (!bucket) {
      return [
        {
          level: "problem",
          fact: `The bucket ${name} of state_bucket does not exist.`,
          consequence: "terraform init would fail.",
          remedy: "Create it, with versions.",
          help: `gcloud storage buckets create gs://${name} --project=${id} --location=${region} --uniform-bucket-level-access && gcloud storage buckets update gs://${name} --versioning`,
        },
      ];
    }
    return bucket.versioning?.enabled
      ? [good(`The bucket ${name} for the state is there, and keeps versions.`)]
      : [
          {
            level: "warning",
            fact: `The bucket ${name} of state_bucket keeps no versions.`,
            consequence: "A state that was overwritten could not be brought back.",
            remedy: "Turn versions on.",
            help: `gcloud storage buckets update gs://${name} --versioning`,
          },
        ];
  },
};
