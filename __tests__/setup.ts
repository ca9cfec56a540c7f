import { skipStackTraces } from "../modules/app-gke/terraform/stack-traces";

skipStackTraces();
