/**
 * The constructs as a library: your own application on `AppGke`, or Dify with other wiring.
 */
export { AppGke, type AppGkeProps } from "./app-gke/app-gke";
export type * from "./app-gke/application-config";
export type { BinaryAuthorizationSettings, EvaluationMode } from "./app-gke/admission/settings";
export type { DeliverySettings, PipelineSettings, StageSettings } from "./app-gke/delivery/settings";
export { type Installation, installation, type InstallationIdentity } from "./app-gke/installation";
export type {
  FirewallSettings,
  FrontDoorSettings,
  GatewaySettings,
  SignInSettings,
} from "./app-gke/front-door/settings";
export { Foundation, type FoundationProps } from "./app-gke/foundation/foundation";
export { newServices, type NewServicesProps } from "./app-gke/google/new-services";
export { needsFoundation, type SharedServices } from "./app-gke/google/shared-services";
export { googleProvider, requireProviders } from "./app-gke/terraform/providers";
export type { WorkloadSettings } from "./app-gke/workload/settings";
export { InstallationStack, type StateBackend } from "./app-gke/terraform/stack";
export { type Additions, DifyCommon, type DifySettings } from "./dify-common";
export { DifyGke, type DifyGkeProps } from "./dify-gke/dify-gke";
export type { Environment } from "./dify-gke/environment";
export { formatProblems, hasErrors, type Problem } from "./dify-gke/problems";
export { readEnvironments, type ReadOptions, type ReadResult } from "./dify-gke/variable-files";
export type { Variables } from "./dify-gke/variables";
