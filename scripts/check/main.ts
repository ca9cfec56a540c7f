import { takesColor } from "../../modules/dify-gke/colors";
import { endWithReader, lastNet } from "../synth/last-net";
import { check, EXIT } from "./check";

endWithReader();

check(process.argv.slice(2), process.env, {
  color: takesColor(process.stdout, process.env),
  print: (text) => {
    console.log(text);
  },
  complain: (text) => {
    console.error(text);
  },
}).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    lastNet("the check", error, "DIFY_VARIABLES");
    process.exitCode = EXIT.failed;
  },
);
