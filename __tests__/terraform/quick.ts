import { quickenSynthesis } from "../../modules/app-gke/terraform/quick-synthesis";

// For who synthesizes, and not in the setup of every suite: it loads CDKTF, which half of them never need.
quickenSynthesis();
