import { applicationCases } from "./application";
import { bucketVolumeCases } from "./bucket-volumes";
import { capacityCases } from "./capacity";
import { collisionCases } from "./collisions";
import { componentCases } from "./components";
import { dataServiceCases } from "./data-services";
import { deliveryCases } from "./delivery";
import { egressCases } from "./egress";
import { encryptionCases } from "./encryption";
import { fieldCases } from "./fields";
import { imageBuildCases } from "./image-build";
import { monitoringCases } from "./monitoring";
import { multiClusterCases } from "./multi-cluster";
import { nodeCases } from "./nodes";
import { packageCases } from "./packages";
import { perimeterCases } from "./perimeter";
import { platformCases } from "./platform";
import { resourceCases } from "./resources";
import type { RuleCase } from "./rule-case";
import { secretsDeliveryCases } from "./secrets-delivery";
import { serviceMeshCases } from "./service-mesh";
import { sizeCases } from "./sizes";
import { statefulSetCases } from "./stateful-sets";

/** Of every rule that belongs to no table: `unused.ts` has those of the others. */
export const cases: readonly RuleCase[] = [
  ...platformCases,
  ...applicationCases,
  ...capacityCases,
  ...componentCases,
  ...nodeCases,
  ...resourceCases,
  ...bucketVolumeCases,
  ...deliveryCases,
  ...egressCases,
  ...encryptionCases,
  ...fieldCases,
  ...imageBuildCases,
  ...monitoringCases,
  ...multiClusterCases,
  ...serviceMeshCases,
  ...collisionCases,
  ...sizeCases,
  ...statefulSetCases,
  ...packageCases,
  ...perimeterCases,
  ...secretsDeliveryCases,
  ...dataServiceCases,
];
