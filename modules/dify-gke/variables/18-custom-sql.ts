import { z } from "zod";
import { group, variable } from "./definition";
import { optionalBucketName, text } from "./limits";

/** Group 18: your own SQL. */
export const customSql = group(18, {
  enable_custom_sql_scripts: variable({
    description:
      "Runs the `.sql` files of a bucket's folder against Dify's database, in the order of their names and each content once, after Dify's migrations.",
    schema: z.boolean(),
    default: false,
  }),
  custom_sql_scripts_bucket: variable({
    description:
      "Bucket that holds the scripts. It has to exist, with uniform access, and the account that runs Terraform has to be able to list it and give rights on it.",
    schema: optionalBucketName,
    default: "",
  }),
  custom_sql_scripts_path: variable({
    description: "Folder of the scripts in the bucket, without those below it. Empty: the bucket itself.",
    schema: text(
      "names separated by slashes, of letters, digits, dots, hyphens and _, with no slash at the beginning",
      /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*\/?$/,
      true,
    ),
    default: "",
  }),
  custom_sql_scripts_use_root: variable({
    description:
      "Runs them with the rights of Cloud SQL's administrators on the whole instance, which are given back afterwards. `false`: as the application's user.",
    schema: z.boolean(),
    default: false,
  }),
});
