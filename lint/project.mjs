import defaultTag from "./default-tag.mjs";
import readonly from "./readonly.mjs";

/** Rules of the project's own. */
export default { meta: { name: "project" }, rules: { "default-tag": defaultTag, readonly } };
