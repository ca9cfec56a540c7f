import { nearest } from "../variables/mention";
import type { Variables } from "../variables";
import { GOOGLE, type Rule } from "./rule";

/** What Google accepts for max_connections. @see https://cloud.google.com/sql/docs/postgres/flags#list-flags-postgres */
const CONNECTIONS = { from: 14, to: 262143 };

const flags: Rule = {
  id: "sql-flags-usable",
  what: "A flag in `sql_database_flags` with a value that Google does not take, or that an instance here must not have",
  why: "The apply would stop there, or the application could not work.",
  risk: "High",
  severity: "error",
  variables: ["sql_database_flags", "sql_instance_name", "database_authentication", "database_authentication_from"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.sql_instance_name === ""
      ? Object.entries(v.sql_database_flags)
          .filter(([name, value]) => unusable(v, name, value) !== undefined)
          .map(([name]) => name)
      : [],
  message: (v, subject) => {
    const value = v.sql_database_flags[subject] ?? "";
    const { fact, instead = "another value" } = unusable(v, subject, value) ?? { fact: "" };
    return `sql_database_flags has ${subject} = "${value}": ${fact}. Take it out, or set ${subject} to ${instead}.`;
  },
};

interface Unusable {
  readonly fact: string;
  /** @default - another value */
  readonly instead?: string;
}

/** Cloud SQL has `on` and `off`, and numbers in the unit of the flag. */
const TRUTH = /^(true|yes|false|no)$/i;
const SWITCH = /^(on|off)$/i;
const WITH_UNIT = /^-?\d+(\.\d+)? ?(us|ms|s|sec|min|h|d|B|kB|KB|MB|GB|TB)$/;

/** @returns why a flag cannot be used */
function unusable(v: Variables, name: string, value: string): Unusable | undefined {
  const stops = "and the apply would stop at the instance";
  // Another rule says what the login needs.
  if (
    name === "cloudsql.iam_authentication" &&
    [v.database_authentication, v.database_authentication_from].includes("iam")
  )
    return undefined;
  if (name === "max_connections") {
    const fits = /^\d+$/.test(value) && Number(value) >= CONNECTIONS.from && Number(value) <= CONNECTIONS.to;
    return fits
      ? undefined
      : {
          fact: `Google takes a whole number from ${CONNECTIONS.from} to ${CONNECTIONS.to}, and the apply would stop there`,
        };
  }
  if (TRUTH.test(value))
    return {
      fact: `Google takes on and off and no other words for yes and no, ${stops}`,
      instead: /^[ty]/i.test(value) ? '"on"' : '"off"',
    };
  if (SWITCH.test(value) && value !== value.toLowerCase())
    return { fact: `Google takes it in lower case only, ${stops}`, instead: `"${value.toLowerCase()}"` };
  if (WITH_UNIT.test(value))
    return {
      fact: `Google takes a number without its unit, ${stops}`,
      instead: "the number in the unit that Google's list of flags names",
    };
  if (name === "default_transaction_read_only" && value === "on")
    return { fact: "nothing could be written, and the first migration would fail" };
  if (name === "cloudsql.allow_passwordless_local_connections" && value === "on")
    return { fact: "connections from the instance's host would need no password" };
  return undefined;
}

const spelled: Rule = {
  id: "sql-flag-spelled",
  what: "A flag in `sql_database_flags` that looks like another one with a typing mistake",
  why: "Google refuses a flag that it does not have, and the apply would stop at the instance.",
  risk: "High",
  severity: "warning",
  variables: ["sql_database_flags", "sql_instance_name"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.sql_instance_name === "" ? Object.keys(v.sql_database_flags).filter((name) => meant(name) !== undefined) : [],
  message: (_, subject) =>
    `sql_database_flags has ${subject}, which is not a flag that this project knows, and is nearly "${meant(subject) ?? ""}": if Google does not have it, the apply stops at the instance. Correct its name, or silence this if Google's list has it.`,
};

/** @returns the known flag that is meant; undefined for a known one, or one that is like none */
function meant(name: string): string | undefined {
  return KNOWN.has(name) ? undefined : nearest(name, [...KNOWN]);
}

/** Names with one beginning: `log_` and `connections`. */
const begin = (start: string, ends: string): readonly string[] => ends.split(" ").map((end) => `${start}${end}`);

/** @see https://cloud.google.com/sql/docs/postgres/flags#list-flags-postgres */
const KNOWN: ReadonlySet<string> = new Set([
  ...begin(
    "autovacuum",
    " _analyze_scale_factor _analyze_threshold _freeze_max_age _max_workers _naptime _vacuum_threshold",
  ),
  ...begin("autovacuum_", "multixact_freeze_max_age vacuum_cost_delay vacuum_cost_limit vacuum_scale_factor work_mem"),
  ...begin("autovacuum_", "vacuum_insert_scale_factor vacuum_insert_threshold"),
  ...begin("auto_explain.", "log_analyze log_buffers log_format log_min_duration log_nested_statements log_timing"),
  ...begin("auto_explain.", "log_level log_settings log_triggers log_verbose log_wal sample_rate"),
  ...begin("bgwriter_", "delay lru_maxpages lru_multiplier"),
  ...begin("checkpoint_", "completion_target timeout warning"),
  ...begin("cloudsql.", "allow_passwordless_local_connections enable_anon enable_auto_explain enable_index_advisor"),
  ...begin("cloudsql.", "enable_maintenance_mode enable_pg_bigm enable_pg_cron enable_pg_hint_plan enable_pg_squeeze"),
  ...begin("cloudsql.", "enable_pg_wait_sampling enable_pgaudit enable_pglogical enable_pgvector iam_authentication"),
  ...begin("cloudsql.", "logical_decoding max_failed_login_attempts pg_authid_select_role pg_shadow_select_role"),
  ...begin("cloudsql.", "enable_google_ml_integration enable_iam_group_authentication enable_oracle_compatibility"),
  ...begin("commit_", "delay siblings timestamp_buffers"),
  ...begin("cpu_", "index_tuple_cost operator_cost tuple_cost"),
  ...begin("cron.", "database_name log_run log_statement max_running_jobs timezone"),
  ...begin(
    "default_",
    "statistics_target tablespace transaction_deferrable transaction_isolation transaction_read_only",
  ),
  ...begin("default_", "text_search_config toast_compression"),
  ...begin("effective_", "cache_size io_concurrency"),
  ...begin(
    "enable_",
    "async_append bitmapscan gathermerge hashagg hashjoin incremental_sort indexonlyscan indexscan material",
  ),
  ...begin(
    "enable_",
    "memoize mergejoin nestloop parallel_append parallel_hash partition_pruning partitionwise_aggregate",
  ),
  ...begin("enable_", "partitionwise_join seqscan sort tidscan"),
  ...begin("geqo", " _effort _generations _pool_size _seed _selection_bias _threshold"),
  ...begin("gin_", "fuzzy_search_limit pending_list_limit"),
  ...begin("idle_", "in_transaction_session_timeout session_timeout"),
  ...begin("jit", " _above_cost _inline_above_cost _optimize_above_cost"),
  ...begin(
    "log_",
    "autovacuum_min_duration checkpoints connections disconnections duration error_verbosity executor_stats",
  ),
  ...begin("log_", "hostname line_prefix lock_waits min_duration_sample min_duration_statement min_error_statement"),
  ...begin("log_", "min_messages parameter_max_length parameter_max_length_on_error parser_stats planner_stats"),
  ...begin(
    "log_",
    "recovery_conflict_waits replication_commands statement statement_sample_rate statement_stats temp_files",
  ),
  ...begin("log_", "timezone transaction_sample_rate startup_progress_interval"),
  ...begin("maintenance_", "io_concurrency work_mem"),
  ...begin("max_", "connections files_per_process locks_per_transaction logical_replication_workers parallel_workers"),
  ...begin(
    "max_",
    "parallel_maintenance_workers parallel_workers_per_gather pred_locks_per_page pred_locks_per_relation",
  ),
  ...begin("max_", "pred_locks_per_transaction prepared_transactions replication_slots slot_wal_keep_size stack_depth"),
  ...begin("max_", "standby_archive_delay standby_streaming_delay sync_workers_per_subscription wal_senders wal_size"),
  ...begin("min_", "parallel_index_scan_size parallel_table_scan_size wal_size"),
  ...begin("parallel_", "leader_participation setup_cost tuple_cost"),
  ...begin("pg_stat_statements.", "max save track track_planning track_utility"),
  ...begin(
    "pgaudit.",
    "log log_catalog log_client log_level log_parameter log_relation log_rows log_statement log_statement_once role",
  ),
  ...begin("pgaudit.", "log_parameter_max_size"),
  ...begin(
    "pglogical.",
    "batch_inserts conflict_log_level conflict_resolution extra_connection_options synchronous_commit use_spi",
  ),
  ...begin("session_", "preload_libraries replication_role"),
  ...begin("shared_", "buffers memory_type"),
  ...begin("ssl_", "max_protocol_version min_protocol_version"),
  ...begin("tcp_keepalives_", "count idle interval"),
  ...begin("temp_", "buffers file_limit tablespaces"),
  ...begin("track_", "activities activity_query_size commit_timestamp counts functions io_timing wal_io_timing"),
  ...begin("vacuum_", "cost_delay cost_limit cost_page_dirty cost_page_hit cost_page_miss failsafe_age freeze_min_age"),
  ...begin("vacuum_", "freeze_table_age multixact_failsafe_age multixact_freeze_min_age multixact_freeze_table_age"),
  ...begin("wal_", "buffers compression init_zero receiver_status_interval receiver_timeout recycle sender_timeout"),
  ...begin("wal_", "level log_hints skip_threshold writer_delay writer_flush_after"),
  ...begin("", "anon.algorithm anon.maskschema anon.restrict_to_trusted_schemas anon.salt anon.sourceschema"),
  ...begin("", "backend_flush_after bytea_output client_encoding client_connection_check_interval client_min_messages"),
  ...begin("", "constraint_exclusion cursor_tuple_fraction datestyle deadlock_timeout extra_float_digits"),
  ...begin(
    "",
    "from_collapse_limit hash_mem_multiplier hnsw.ef_search intervalstyle ivfflat.probes join_collapse_limit",
  ),
  ...begin("", "lock_timeout old_snapshot_threshold pg_bigm.enable_recheck pg_hint_plan.enable_hint plan_cache_mode"),
  ...begin("", "random_page_cost recursive_worktable_factor row_security seq_page_cost search_path statement_timeout"),
  ...begin(
    "",
    "timezone trace_sort transform_null_equals quote_all_identifiers array_nulls standard_conforming_strings",
  ),
  ...begin("", "hot_standby_feedback huge_pages logical_decoding_work_mem replacement_sort_tuples"),
  ...begin("", "synchronous_commit tcp_user_timeout password_encryption max_worker_processes"),
  ...begin("", "work_mem debug_print_parse debug_print_plan debug_print_rewritten debug_pretty_print"),
]);

export const sqlFlagRules: readonly Rule[] = [flags, spelled];
