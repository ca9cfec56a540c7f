import { adopt, EXIT } from "./adopt/run";
import { interruptible } from "./terminal/interruptible";

interruptible("npm run adopt", adopt, EXIT.impossible);
