# A place to try things: everything that is missing is created, and `destroy` takes all of it away again.

# The project to deploy into. It has to exist, with billing.
project_id = "demo-project"

# No shared services are there yet: the foundation stack creates network, cluster, database instance and file server.
require_services_gcp_module = false

# Spot pods would cost a third or less, and Google takes them back at any time, or has none: an apply would wait for them, and fail. So
# they are for environments that nobody waits for: component_settings = { api = { spot = true }, sandbox = { spot = true }, … }

# Lets `destroy` delete cluster, database, disk and buckets with what is in them.
deletion_protection = false
