import { EXIT, rotate } from "./rotate/run";
import { interruptible } from "./terminal/interruptible";

interruptible("npm run rotate", rotate, EXIT.impossible);
