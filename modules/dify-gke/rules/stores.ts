/** Looks up a setting of a store: its value, an empty text for a secret that is given, undefined if it is missing. */
export type SettingReader = (name: string) => string | undefined;

/** One environment variable of a store. */
export interface StoreSetting {
  readonly name: string;
  /** Whether it belongs in Secret Manager. @default false */
  readonly secret?: boolean;
  /** Whether Dify needs it. @default false */
  readonly required?: boolean | ((read: SettingReader) => boolean);
  /** Whether it must begin with http:// or https://. @default false */
  readonly address?: boolean;
}

const requiredSetting = (name: string): StoreSetting => ({ name, required: true });
const requiredAddress = (name: string): StoreSetting => ({ name, required: true, address: true });
const requiredSecret = (name: string): StoreSetting => ({ name, required: true, secret: true });
const optional = (name: string): StoreSetting => ({ name });
const optionalSecret = (name: string): StoreSetting => ({ name, secret: true });

const withoutAwsIdentity = (read: SettingReader): boolean => read("S3_USE_AWS_MANAGED_IAM")?.toLowerCase() !== "true";

/** What each value of STORAGE_TYPE needs. `local` needs a path on the share, which has its own rule. */
export const storageTypes: Readonly<Record<string, readonly StoreSetting[]>> = {
  "google-storage": [
    // The bucket that is created here, with Workload Identity instead of a key.
    optional("GOOGLE_STORAGE_BUCKET_NAME"),
    optionalSecret("GOOGLE_STORAGE_SERVICE_ACCOUNT_JSON_BASE64"),
  ],
  s3: [
    // AWS itself if there is none.
    optional("S3_ENDPOINT"),
    requiredSetting("S3_BUCKET_NAME"),
    requiredSetting("S3_REGION"),
    { name: "S3_ACCESS_KEY", secret: true, required: withoutAwsIdentity },
    { name: "S3_SECRET_KEY", secret: true, required: withoutAwsIdentity },
    optional("S3_USE_AWS_MANAGED_IAM"),
  ],
  "azure-blob": [
    requiredSetting("AZURE_BLOB_ACCOUNT_NAME"),
    requiredSecret("AZURE_BLOB_ACCOUNT_KEY"),
    requiredSetting("AZURE_BLOB_CONTAINER_NAME"),
    requiredAddress("AZURE_BLOB_ACCOUNT_URL"),
  ],
  "aliyun-oss": [
    requiredSetting("ALIYUN_OSS_ENDPOINT"),
    requiredSetting("ALIYUN_OSS_BUCKET_NAME"),
    // Signatures of version 4 contain the region.
    { name: "ALIYUN_OSS_REGION", required: (read) => read("ALIYUN_OSS_AUTH_VERSION") === "v4" },
    optional("ALIYUN_OSS_AUTH_VERSION"),
    optional("ALIYUN_OSS_PATH"),
    requiredSecret("ALIYUN_OSS_ACCESS_KEY"),
    requiredSecret("ALIYUN_OSS_SECRET_KEY"),
  ],
  "tencent-cos": [
    requiredSetting("TENCENT_COS_BUCKET_NAME"),
    requiredSecret("TENCENT_COS_SECRET_ID"),
    requiredSecret("TENCENT_COS_SECRET_KEY"),
    requiredSetting("TENCENT_COS_REGION"),
    optional("TENCENT_COS_SCHEME"),
  ],
  "huawei-obs": [
    requiredSetting("HUAWEI_OBS_SERVER"),
    requiredSetting("HUAWEI_OBS_BUCKET_NAME"),
    requiredSecret("HUAWEI_OBS_ACCESS_KEY"),
    requiredSecret("HUAWEI_OBS_SECRET_KEY"),
  ],
  "volcengine-tos": [
    requiredSetting("VOLCENGINE_TOS_ENDPOINT"),
    requiredSetting("VOLCENGINE_TOS_REGION"),
    requiredSetting("VOLCENGINE_TOS_BUCKET_NAME"),
    requiredSecret("VOLCENGINE_TOS_ACCESS_KEY"),
    requiredSecret("VOLCENGINE_TOS_SECRET_KEY"),
  ],
  local: [optional("STORAGE_LOCAL_PATH")],
};

/** What each value of VECTOR_STORE needs. */
export const vectorStores: Readonly<Record<string, readonly StoreSetting[]>> = {
  // The database that is created here; all settings are for another PostgreSQL.
  pgvector: [
    optional("PGVECTOR_HOST"),
    optional("PGVECTOR_PORT"),
    optional("PGVECTOR_USER"),
    { name: "PGVECTOR_PASSWORD", secret: true, required: (read) => read("PGVECTOR_HOST") !== undefined },
    optional("PGVECTOR_DATABASE"),
  ],
  weaviate: [
    requiredAddress("WEAVIATE_ENDPOINT"),
    optional("WEAVIATE_GRPC_ENDPOINT"),
    optionalSecret("WEAVIATE_API_KEY"),
  ],
  qdrant: [
    requiredAddress("QDRANT_URL"),
    optionalSecret("QDRANT_API_KEY"),
    optional("QDRANT_CLIENT_TIMEOUT"),
    optional("QDRANT_GRPC_ENABLED"),
    optional("QDRANT_GRPC_PORT"),
  ],
  milvus: [
    requiredAddress("MILVUS_URI"),
    optional("MILVUS_DATABASE"),
    optionalSecret("MILVUS_TOKEN"),
    optional("MILVUS_USER"),
    { name: "MILVUS_PASSWORD", secret: true, required: (read) => read("MILVUS_USER") !== undefined },
  ],
  tencent: [
    requiredAddress("TENCENT_VECTOR_DB_URL"),
    requiredSecret("TENCENT_VECTOR_DB_API_KEY"),
    optional("TENCENT_VECTOR_DB_TIMEOUT"),
    optional("TENCENT_VECTOR_DB_USERNAME"),
    optional("TENCENT_VECTOR_DB_DATABASE"),
    optional("TENCENT_VECTOR_DB_SHARD"),
    optional("TENCENT_VECTOR_DB_REPLICAS"),
  ],
  myscale: [
    requiredSetting("MYSCALE_HOST"),
    optional("MYSCALE_PORT"),
    optional("MYSCALE_USER"),
    optionalSecret("MYSCALE_PASSWORD"),
    optional("MYSCALE_DATABASE"),
    optional("MYSCALE_FTS_PARAMS"),
  ],
  tablestore: [
    requiredAddress("TABLESTORE_ENDPOINT"),
    requiredSetting("TABLESTORE_INSTANCE_NAME"),
    requiredSecret("TABLESTORE_ACCESS_KEY_ID"),
    requiredSecret("TABLESTORE_ACCESS_KEY_SECRET"),
  ],
  elasticsearch: [
    requiredSetting("ELASTICSEARCH_HOST"),
    optional("ELASTICSEARCH_PORT"),
    optional("ELASTICSEARCH_USERNAME"),
    requiredSecret("ELASTICSEARCH_PASSWORD"),
  ],
};
