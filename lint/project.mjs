import defaultTag from "./default-tag.mjs";
import readonly from "./readonly.mjs";

/** The project's own rules. */
export default { meta: { name: "project" }, rules: { "default-tag": defaultTag, readonly } };
