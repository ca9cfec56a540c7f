import { z } from "zod";
import { group, variable } from "./definition";
import { optionalBucketName } from "./limits";

/** Group 18: your own SQL. */
export const customSql = group(18, {
  enable_custom_sql_scripts: variable({
    description: "Runs SQL scripts from a bucket, in the order of their names.",
    schema: z.boolean(),
    default: false,
  }),
  custom_sql_scripts_bucket: variable({
    description: "Bucket that holds the scripts.",
    schema: optionalBucketName,
    default: "",
  }),
  custom_sql_scripts_path: variable({
    description: "Folder of the scripts in the bucket.",
    schema: z.string(),
    default: "",
  }),
  custom_sql_scripts_use_root: variable({
    description: "Runs them as the instance's administrator.",
    schema: z.boolean(),
    default: false,
  }),
});
