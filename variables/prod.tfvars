# What a careful team sets. Secrets are passed at apply as TF_VAR_…, never here.

project_id = "demo-project"
region     = "us-central1"

# Part of every name, and cannot be changed later: choose before the first apply.
tenant_id       = "prod"
resource_labels = { env = "prod", team = "ai-platform" }

# A fixed release: an upgrade is a change of this line.
application_version = "1.16.1"

# Network, cluster, database instance and file server are created, in addition to those of dev and apart from them.
require_services_gcp_module      = false
prereq_gke_subnet_cidr           = "10.211.0.0/24"
prereq_gke_service_cidr_override = "10.213.0.0/20"
prereq_gke_pod_cidr_override     = "10.214.0.0/16"
prereq_gke_master_cidr_override  = "172.16.211.0/28"
gke_release_channel              = "STABLE"

# Connections for all the pods below, a standby of the database in a second zone, and a month of backups at a quiet hour.
sql_tier              = "db-custom-4-15360"
sql_availability_type = "REGIONAL"
sql_disk_size_gb      = 100
nfs_disk_size_gb      = 200
backup_schedule       = "30 1 * * *"
backup_retention_days = 30

# Google may upgrade the cluster in the four hours from here on, UTC, and update the database on Sundays. For days on which
# it may not: maintenance_exclusions = [{ start_date = "2026-12-20", end_date = "2027-01-04" }]
maintenance_start_time = "03:00"

# Two pods at least, in different zones, one of them always up; workers scale on their own.
min_instance_count           = 2
max_instance_count           = 10
worker_placement             = "deployment"
worker_min_instance_count    = 2
worker_max_instance_count    = 10
enable_pod_disruption_budget = true
pdb_min_available            = 1
enable_topology_spread       = true

# Long workflows, and the time to finish them before a pod goes.
timeout_seconds                  = 3600
termination_grace_period_seconds = 300

# Only the connections that the components need.
enable_network_segmentation = true
