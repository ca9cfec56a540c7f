import { EXIT } from "./adopt/run";
import { handover } from "./handover/run";
import { interruptible } from "./terminal/interruptible";

interruptible("npm run handover", handover, EXIT.impossible);
