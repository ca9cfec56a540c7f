#!/usr/bin/env python3
"""SQL that takes secrets out of a copy of Dify's databases, which has neither their keys nor a right to them.

With --after-reset it prints what takes out of the main database all that nobody can read once its workspaces have other key pairs:
`flask reset-encrypt-key-pair` leaves most of it, and one of these entries is enough for a page or a workflow not to open any more.

Tables of Dify 1.8 to 1.16; what a release does not have is left out. Workspaces' secrets are encrypted with a key pair of each workspace
(api/core/helper/encrypter.py, api/libs/rsa.py), those of the system with SECRET_KEY (api/core/tools/utils/system_encryption.py). Some are
not encrypted at all, such as the keys of apps' APIs.
"""

import argparse

from postgres_clients import literal, query

# What is encrypted with SECRET_KEY, which no copy has: whoever knew it could sign for the original.
SYSTEM = ("tool_oauth_system_clients", "trigger_oauth_system_clients", "datasource_oauth_params")
# Rows that are encrypted with a workspace's key pair, and nothing without it.
ENCRYPTED = (
    "provider_models", "provider_credentials", "provider_model_credentials", "load_balancing_model_configs", "credential_permissions",
    "tool_builtin_providers", "tool_mcp_providers", "tool_oauth_tenant_clients",
    "trigger_oauth_tenant_clients", "trigger_subscriptions",
    "datasource_oauth_tenant_params", "datasource_providers", "data_source_api_key_auth_bindings",
    "api_based_extensions", "trace_app_config",
)  # fmt: skip
# Rows that are secrets, or nothing without them.
ROWS = (
    *SYSTEM, *ENCRYPTED,
    "tool_api_providers", "data_source_oauth_bindings", "tidb_auth_bindings",
    "api_tokens", "app_mcp_servers", "account_integrates", "oauth_access_tokens", "oauth_provider_apps",
    "human_input_form_recipients", "human_input_form_upload_tokens",
)  # fmt: skip
# Names of columns that may hold secrets, to find those of a release that this does not know.
SUSPICIOUS = "(^|_)(password|secret|token|tokens|credential|credentials|api_key|private_key|encrypted)(_|$)"
# People sign in with the passwords that they have; a strategy is no token.
KEPT = ("accounts.password", "accounts.password_salt", "sites.customize_token_strategy")


def removal(role: str, what: str) -> str:
    """@param what "all", "system": what is encrypted with SECRET_KEY, or "workspaces": what is with their key pairs"""
    if role == "plugin":
        # What endpoints of plugins were set up with.
        return "" if what != "all" else guarded("endpoints", "UPDATE public.endpoints SET settings = '{}', enabled = false;")
    if role != "main":
        return ""
    tables = {"all": ROWS, "system": SYSTEM, "workspaces": ENCRYPTED}[what]
    sql = "".join(guarded(table, f"DELETE FROM public.{table};") for table in tables)
    if what == "system":
        return sql
    if what == "all":
        # It is not encrypted.
        sql += guarded(
            "external_knowledge_apis",
            """UPDATE public.external_knowledge_apis SET settings = (settings::jsonb || '{"api_key": ""}')::text WHERE settings LIKE '{%';""",
        )
    else:
        # What a tool can do stays; only how it shows who asks is gone.
        sql += guarded("tool_api_providers", """UPDATE public.tool_api_providers SET credentials_str = '{"auth_type": "none"}';""")
    return sql + "".join(
        (
            guarded("providers", "DELETE FROM public.providers WHERE provider_type = 'custom';"),
            # A secret that cannot be read would keep the workflow from being opened.
            guarded(
                "workflows",
                """UPDATE public.workflows SET environment_variables = (
                  SELECT pg_catalog.json_object_agg(key, CASE WHEN value ->> 'value_type' = 'secret'
                    THEN value || '{"value": "", "value_type": "string"}' ELSE value END)
                  FROM pg_catalog.jsonb_each(environment_variables::jsonb))::text
                WHERE environment_variables LIKE '{%"secret"%';""",
            ),
        )
    )


def guarded(table: str, sql: str) -> str:
    return f"\nDO $removal$ BEGIN IF pg_catalog.to_regclass('public.{table}') IS NOT NULL THEN {sql} END IF; END $removal$;"


def unknown(database: str) -> list[str]:
    """@returns columns that hold something, and by their names may hold secrets that nothing here knows of"""
    handled = ", ".join(literal(table) for table in (*ROWS, "providers", "endpoints"))
    kept = ", ".join(literal(column) for column in KEPT)
    return query(
        database,
        f"""
        SELECT pg_catalog.format('SELECT %L WHERE EXISTS (SELECT FROM public.%I WHERE coalesce(%I::text, '''') NOT IN ('''', ''{{}}''))',
          c.table_name || '.' || c.column_name, c.table_name, c.column_name)
        FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
        WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.column_name ~ {literal(SUSPICIOUS)}
          AND c.data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea')
          AND table_name NOT IN ({handled}) AND c.table_name || '.' || c.column_name NOT IN ({kept})
        ORDER BY 1 \\gexec
        """,
    ).splitlines()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--after-reset", action="store_true", required=True, help="print the SQL")
    parser.parse_args()
    print(removal("main", "workspaces"))


if __name__ == "__main__":
    main()
