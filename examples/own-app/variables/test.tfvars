project_id                  = "demo-project"
require_services_gcp_module = false
deletion_protection         = false
