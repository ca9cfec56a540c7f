import { nearest } from "../variables/mention";
import { GOOGLE, type Rule } from "./rule";

/** What Google accepts for max_connections. @see https://cloud.google.com/sql/docs/postgres/flags#list-flags-postgres */
const CONNECTIONS = { from: 14, to: 262143 };

const flags: Rule = {
  id: "sql-flags-usable",
  what: "A flag in `sql_database_flags` with a value that Google does not take, or that an instance here must not have",
  why: "The apply would stop there, or the application could not work.",
  risk: "High",
  severity: "error",
  variables: ["sql_database_flags", "sql_instance_name"],
  source: GOOGLE,
  brokenBy: (v) =>
    v.sql_instance_name === ""
      ? Object.entries(v.sql_database_flags)
          .filter(([name, value]) => unusable(name, value) !== undefined)
          .map(([name]) => name)
      : [],
  message: (v, subject) => {
    const value = v.sql_database_flags[subject] ?? "";
    const { fact, instead = "another value" } = unusable(subject, value) ?? { fact: "" };
    return `sql_database_flags has ${subject} = "${value}": ${fact}. Take it out, or set ${subject} to ${instead}.`;
  },
};

interface Unusable {
  readonly fact: string;
  /** @default - another value */
  readonly instead?: string;
}

/** Cloud SQL has numbers in the unit of the flag. */
const WITH_UNIT = /^-?\d+(\.\d+)? ?(us|ms|s|sec|min|h|d|B|kB|KB|MB|GB|TB)$/;

/** @returns why a flag cannot be used */
function unusable(name: string, value: string): Unusable | undefined {
  if (name === "max_connections") {
    const fits = /^\d+$/.test(value) && Number(value) >= CONNECTIONS.from && Number(value) <= CONNECTIONS.to;
    return fits
      ? undefined
      : {
          fact: `Google takes a whole number from ${CONNECTIONS.from} to ${CONNECTIONS.to}, and the apply would stop there`,
        };
  }
  if (WITH_UNIT.test(value))
    return {
      fact: "Google takes a number without its unit, and the apply would stop at the instance",
      instead: "the number in the unit that Google's list of flags names",
    };
  if (name === "default_transaction_read_only" && switchOf(value) === "on")
    return { fact: "nothing could be written, and the first migration would fail" };
  if (name === "cloudsql.allow_passwordless_local_connections" && switchOf(value) === "on")
    return { fact: "connections from the instance's host would need no password" };
  return undefined;
}

const ON = /^(on|true|yes)$/i;
const OFF = /^(off|false|no)$/i;

const words: Rule = {
  id: "sql-flag-on-or-off",
  what: "A flag in `sql_database_flags` with another word than `on` and `off`",
  why: "Google's list has these two words. It takes others for some flags, and a plan may show them as a change every time.",
  risk: "Medium",
  severity: "warning",
  variables: ["sql_database_flags", "sql_instance_name", "database_authentication", "database_authentication_from"],
  source: GOOGLE,
  brokenBy: (v) => {
    // Another rule says what the login needs.
    const login = [v.database_authentication, v.database_authentication_from].includes("iam");
    const given = Object.entries(v.sql_database_flags).filter(
      ([name]) => name !== "max_connections" && !(login && name === "cloudsql.iam_authentication"),
    );
    return v.sql_instance_name === ""
      ? given.filter(([, value]) => (switchOf(value) ?? value) !== value).map(([name]) => name)
      : [];
  },
  message: (v, subject) => {
    const value = v.sql_database_flags[subject] ?? "";
    return `sql_database_flags has ${subject} = "${value}", and Google's list of flags has on and off: the apply may stop at the instance, or every plan may show a change. Set ${subject} to "${switchOf(value) ?? ""}".`;
  },
};

/** @returns the word of Google's list that is meant */
function switchOf(value: string): "on" | "off" | undefined {
  return ON.test(value) ? "on" : OFF.test(value) ? "off" : undefined;
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

/** How much of a name may be wrong: many flags differ in one word only. */
const MISTYPED = 1 / 8;

/** @returns the known flag that is meant; undefined for a known one, or one that is like none */
function meant(name: string): string | undefined {
  return KNOWN.has(name) ? undefined : nearest(name, KNOWN, MISTYPED);
}

/** Separated by white space. @see https://cloud.google.com/sql/docs/postgres/flags#list-flags-postgres */
const KNOWN: ReadonlySet<string> = new Set(
  `
    anon.algorithm anon.maskschema anon.restrict_to_trusted_schemas anon.salt anon.sourceschema
    auto_explain.log_analyze auto_explain.log_buffers auto_explain.log_format auto_explain.log_level
    auto_explain.log_min_duration auto_explain.log_nested_statements auto_explain.log_settings auto_explain.log_timing
    auto_explain.log_triggers auto_explain.log_verbose auto_explain.log_wal auto_explain.sample_rate
    autovacuum autovacuum_analyze_scale_factor autovacuum_analyze_threshold autovacuum_freeze_max_age
    autovacuum_max_workers autovacuum_multixact_freeze_max_age autovacuum_naptime autovacuum_vacuum_cost_delay
    autovacuum_vacuum_cost_limit autovacuum_vacuum_insert_scale_factor autovacuum_vacuum_insert_threshold
    autovacuum_vacuum_max_threshold autovacuum_vacuum_scale_factor autovacuum_vacuum_threshold autovacuum_work_mem
    autovacuum_worker_slots
    bgwriter_delay bgwriter_lru_maxpages bgwriter_lru_multiplier
    checkpoint_completion_target checkpoint_timeout checkpoint_warning
    client_connection_check_interval client_encoding client_min_messages
    cloudsql.allow_passwordless_local_connections cloudsql.enable_anon cloudsql.enable_auto_explain
    cloudsql.enable_google_ml_integration cloudsql.enable_iam_group_authentication cloudsql.enable_index_advisor
    cloudsql.enable_maintenance_mode cloudsql.enable_oracle_compatibility cloudsql.enable_pg_bigm
    cloudsql.enable_pg_cron cloudsql.enable_pg_hint_plan cloudsql.enable_pg_ivm cloudsql.enable_pg_squeeze
    cloudsql.enable_pg_wait_sampling cloudsql.enable_pgaudit cloudsql.enable_pglogical cloudsql.enable_pgvector
    cloudsql.iam_authentication cloudsql.logical_decoding cloudsql.max_failed_login_attempts
    cloudsql.pg_authid_select_role cloudsql.pg_shadow_select_role
    commit_delay commit_siblings commit_timestamp_buffers
    cpu_index_tuple_cost cpu_operator_cost cpu_tuple_cost
    cron.database_name cron.log_run cron.log_statement cron.max_running_jobs cron.timezone
    debug_pretty_print debug_print_parse debug_print_plan debug_print_rewritten
    default_statistics_target default_tablespace default_text_search_config default_toast_compression
    default_transaction_deferrable default_transaction_isolation default_transaction_read_only
    enable_async_append enable_bitmapscan enable_distinct_reordering enable_gathermerge enable_group_by_reordering
    enable_hashagg enable_hashjoin enable_incremental_sort enable_indexonlyscan enable_indexscan enable_material
    enable_memoize enable_mergejoin enable_nestloop enable_parallel_append enable_parallel_hash enable_partition_pruning
    enable_partitionwise_aggregate enable_partitionwise_join enable_presorted_aggregate enable_self_join_elimination
    enable_seqscan enable_sort enable_tidscan
    geqo geqo_effort geqo_generations geqo_pool_size geqo_seed geqo_selection_bias geqo_threshold
    hnsw.ef_search hnsw.iterative_scan hnsw.max_scan_tuples hnsw.scan_mem_multiplier
    idle_in_transaction_session_timeout idle_replication_slot_timeout idle_session_timeout
    ivfflat.iterative_scan ivfflat.max_probes ivfflat.probes
    jit jit_above_cost jit_inline_above_cost jit_optimize_above_cost
    log_autovacuum_min_duration log_checkpoints log_connections log_disconnections log_duration log_error_verbosity
    log_executor_stats log_hostname log_line_prefix log_lock_failures log_lock_waits log_min_duration_sample
    log_min_duration_statement log_min_error_statement log_min_messages log_parameter_max_length
    log_parameter_max_length_on_error log_parser_stats log_planner_stats log_recovery_conflict_waits
    log_replication_commands log_startup_progress_interval log_statement log_statement_sample_rate log_statement_stats
    log_temp_files log_timezone log_transaction_sample_rate
    max_connections max_files_per_process max_locks_per_transaction max_logical_replication_workers
    max_parallel_apply_workers_per_subscription max_parallel_maintenance_workers max_parallel_workers
    max_parallel_workers_per_gather max_pred_locks_per_page max_pred_locks_per_relation max_pred_locks_per_transaction
    max_prepared_transactions max_replication_slots max_slot_wal_keep_size max_stack_depth max_standby_archive_delay
    max_standby_streaming_delay max_sync_workers_per_subscription max_wal_senders max_wal_size max_worker_processes
    min_parallel_index_scan_size min_parallel_table_scan_size min_wal_size
    parallel_leader_participation parallel_setup_cost parallel_tuple_cost
    pg_bigm.enable_recheck pg_hint_plan.debug_print pg_hint_plan.enable_hint pg_hint_plan.enable_hint_table
    pg_hint_plan.message_level pg_hint_plan.parse_messages pg_stat_statements.max pg_stat_statements.save
    pg_stat_statements.track pg_stat_statements.track_planning pg_stat_statements.track_utility
    pgaudit.log pgaudit.log_catalog pgaudit.log_client pgaudit.log_level pgaudit.log_parameter
    pgaudit.log_parameter_max_size pgaudit.log_relation pgaudit.log_rows pgaudit.log_statement
    pgaudit.log_statement_once pgaudit.role
    pglogical.batch_inserts pglogical.conflict_log_level pglogical.conflict_resolution
    pglogical.extra_connection_options pglogical.synchronous_commit pglogical.use_spi
    tcp_keepalives_count tcp_keepalives_idle tcp_keepalives_interval tcp_user_timeout
    temp_buffers temp_file_limit temp_tablespaces
    track_activities track_activity_query_size track_commit_timestamp track_counts track_functions track_io_timing
    track_wal_io_timing
    vacuum_buffer_usage_limit vacuum_cost_delay vacuum_cost_limit vacuum_cost_page_dirty vacuum_cost_page_hit
    vacuum_cost_page_miss vacuum_failsafe_age vacuum_freeze_min_age vacuum_freeze_table_age
    vacuum_multixact_failsafe_age vacuum_multixact_freeze_min_age vacuum_multixact_freeze_table_age
    wal_buffers wal_compression wal_init_zero wal_level wal_log_hints wal_receiver_status_interval wal_receiver_timeout
    wal_recycle wal_sender_timeout wal_skip_threshold wal_writer_delay wal_writer_flush_after
    array_nulls backend_flush_after bytea_output constraint_exclusion cursor_tuple_fraction datestyle deadlock_timeout
    effective_cache_size effective_io_concurrency extra_float_digits from_collapse_limit gin_fuzzy_search_limit
    gin_pending_list_limit hash_mem_multiplier hot_standby_feedback huge_pages intervalstyle join_collapse_limit
    lock_timeout logical_decoding_work_mem maintenance_io_concurrency maintenance_work_mem old_snapshot_threshold
    password_encryption plan_cache_mode quote_all_identifiers random_page_cost recursive_worktable_factor
    replacement_sort_tuples row_security search_path seq_page_cost session_preload_libraries session_replication_role
    shared_buffers shared_memory_type ssl_max_protocol_version ssl_min_protocol_version standard_conforming_strings
    statement_timeout synchronous_commit timezone trace_sort transaction_timeout transform_null_equals work_mem
  `
    .trim()
    .split(/\s+/),
);

export const sqlFlagRules: readonly Rule[] = [flags, words, spelled];
