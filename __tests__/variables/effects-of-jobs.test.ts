import { holdEffects } from "./effects/hold";
import { jobEffects } from "./effects/jobs";

// Apart from the others: half of all the time.
holdEffects(jobEffects);
