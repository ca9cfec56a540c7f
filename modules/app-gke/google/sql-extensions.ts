/**
 * Extensions that Cloud SQL offers, by the name that CREATE EXTENSION takes. The page groups them and calls some by their
 * project's name (pgvector, postgresql-hll, PostgreSQL Anonymizer, pg_roaringbitmap); what it lists without an extension to create (auto_explain,
 * decoderbufs, pgoutput) is not here.
 * @see https://cloud.google.com/sql/docs/postgres/extensions#postgresql-extensions-supported-by-cloud-sql
 */
export const sqlExtensions: readonly string[] = [
  ...["address_standardizer", "address_standardizer_data_us", "postgis", "postgis_raster", "postgis_sfcgal"],
  ...["postgis_tiger_geocoder", "postgis_topology", "pgrouting"],
  ...["btree_gin", "btree_gist", "citext", "cube", "hll", "hstore", "ip4r", "isn", "lo", "ltree", "prefix"],
  ...["plpgsql", "plv8", "plproxy", "plpgsql_check"],
  ...["amcheck", "anon", "autoinc", "bloom", "dblink", "dict_int", "earthdistance", "fuzzystrmatch"],
  ...["google_ml_integration", "insert_username", "intagg", "intarray", "moddatetime", "oracle_fdw", "orafce"],
  ...["pageinspect", "pg_background", "pg_bigm", "pg_buffercache", "pg_cron", "pg_freespacemap", "pg_hint_plan"],
  ...["pg_ivm", "pg_partman", "pg_prewarm", "pg_proctab", "pg_repack", "pg_similarity", "pg_squeeze"],
  ...["pg_stat_statements", "pg_trgm", "pg_visibility", "pg_wait_sampling", "pgaudit", "pgcrypto", "pgfincore"],
  ...["pglogical", "pgrowlocks", "pgstattuple", "pgtap", "pgtt", "postgres_fdw", "rdkit", "refint", "roaringbitmap"],
  ...["sslinfo", "tablefunc", "tcn", "tds_fdw", "temporal_tables", "tsm_system_rows", "tsm_system_time", "unaccent"],
  ...["uuid-ossp", "vector"],
];

/** What people call extensions that have another name in PostgreSQL. */
export const extensionsByOtherName: Readonly<Record<string, string>> = {
  pgvector: "vector",
  "postgresql-hll": "hll",
  postgres_hll: "hll",
  postgresql_anonymizer: "anon",
  pg_roaringbitmap: "roaringbitmap",
  pg_fincore: "pgfincore",
  uuid_ossp: "uuid-ossp",
};

/**
 * Extensions that CREATE EXTENSION refuses until a flag of the instance has loaded their library, which restarts it.
 * @see https://cloud.google.com/sql/docs/postgres/flags#list-flags-postgres
 */
export const flagOfExtension: Readonly<Record<string, string>> = {
  anon: "cloudsql.enable_anon",
  pg_bigm: "cloudsql.enable_pg_bigm",
  pg_cron: "cloudsql.enable_pg_cron",
  pg_hint_plan: "cloudsql.enable_pg_hint_plan",
  pg_squeeze: "cloudsql.enable_pg_squeeze",
  pg_wait_sampling: "cloudsql.enable_pg_wait_sampling",
  pgaudit: "cloudsql.enable_pgaudit",
  pglogical: "cloudsql.enable_pglogical",
};
