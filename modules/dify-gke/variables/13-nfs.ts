import { z } from "zod";
import { group, variable } from "./definition";
import { baseName, count, dnsLabel, machineType, mountPath, optionalResourceName, text, zone } from "./limits";

/** Group 13: the file server, which runs Redis as well. */
export const nfs = group(13, {
  enable_nfs: variable({
    description: "Shared files for all pods, from a virtual machine that also runs Redis.",
    schema: z.boolean(),
    default: true,
  }),
  nfs_mount_path: variable({
    description: "Where the shared files are mounted in containers.",
    schema: mountPath,
    default: "/mnt/nfs",
  }),
  nfs_volume_name: variable({
    description: "Name of the volume in the pods.",
    schema: dnsLabel,
    default: "nfs-data-volume",
  }),
  nfs_instance_name: variable({
    description: "An existing file server. Empty: the foundation creates one.",
    schema: optionalResourceName,
    default: "",
  }),
  filestore_name: variable({
    documented: false,
    description:
      "An existing Filestore instance that has the shared files instead of a file server. Everybody may have to write to its share. Redis is not on it: without `redis_host`, a file server is still made for it.",
    schema: optionalResourceName,
    default: "",
  }),
  filestore_tier: variable({
    documented: false,
    description:
      "Makes a Filestore for the shared files, of this tier, instead of having them on a file server: `REGIONAL` survives a zone. It cannot be changed later. `null`: none is made. See files.md.",
    schema: z.enum(["BASIC_HDD", "BASIC_SSD", "ZONAL", "REGIONAL"]).nullable(),
    default: null,
  }),
  filestore_capacity_gb: variable({
    documented: false,
    description: "Size of a Filestore made here, in GB. It can grow; a basic tier cannot shrink.",
    schema: count(1024, 102400),
    default: 1024,
  }),
  files_move_from: variable({
    documented: false,
    description:
      "Where the shared files were, while they are copied from there: `file_server` to a new Filestore, or `filestore` back to the file server. `nothing`: no file is needed. See files.md.",
    schema: z.enum(["file_server", "filestore", "nothing"]).nullable(),
    default: null,
  }),
  filestore_location: variable({
    documented: false,
    description: "Zone of that Filestore instance, or its region if it is regional.",
    schema: text("a zone such as us-central1-b, or a region such as us-central1", /^[a-z]+-[a-z]+\d+(-[a-z])?$/, true),
    default: "",
  }),
  nfs_redis_guests: variable({
    documented: false,
    description:
      "Other environments that have their Redis on a file server created here: their names, each with a port for its own Redis server. The output `redis_guests` has what each of them sets.",
    // After the last port that a stage can have, and before that of the health check.
    schema: z.record(dnsLabel, count(7800, 7999)),
    default: {},
  }),
  redis_password_overlap_hours: variable({
    documented: false,
    description:
      "Hours for which Redis on a file server created here accepts the previous password as well: time to apply the application, which gives its pods the new one. Setting it replaces the VM once; raising `redis-password` in `secret_revisions` then no longer does. `null`: a new password replaces the VM, and the previous one is refused at once.",
    schema: count(1, 168).nullable(),
    default: null,
  }),
  nfs_instance_base_name: variable({
    description: "First part of the name of a file server created here.",
    schema: baseName,
    default: "app-nfs",
  }),
  nfs_instance_zone: variable({
    documented: false,
    description:
      "Zone of the file server. Empty: zone a of `region`, or zone b in `us-east1` and `europe-west1`, which have no zone a.",
    schema: zone,
    default: "",
  }),
  nfs_machine_type: variable({
    documented: false,
    description: "Machine type of a file server created here.",
    schema: machineType,
    default: "e2-small",
  }),
  nfs_disk_size_gb: variable({
    documented: false,
    description: "Size of its data disk in GB. It can grow, never shrink.",
    schema: count(10, 65536),
    default: 50,
  }),
  nfs_share_path: variable({
    documented: false,
    description: "Directory that the file server exports.",
    schema: mountPath,
    default: "/share",
  }),
});
