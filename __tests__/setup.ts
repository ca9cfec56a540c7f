import { quickenSynthesis } from "../modules/app-gke/terraform/quick-synthesis";

quickenSynthesis();
