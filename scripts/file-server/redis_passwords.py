# Appended to redis_servers.py where redis_password_overlap_hours is set: a new password is taken while Redis runs, and the one
# before it for as long as the list of servers says (`overlap`, seconds). The environment's own Redis is on the list as well (`own`).
#
# Which passwords are taken, and until when, stands on the data disk as digests: the next VM goes on with it. Redis is told by a
# user of its own that may do that and nothing else, whose password is on this VM alone.

import time  # noqa: E402

KEEPER = "file-server-passwords"
KEEPER_FILE = ("etc/dify", "redis-keeper")


def digest_of(password):
    return hashlib.sha256(password).hexdigest()


def keeper():
    """The user's password, of its own making."""
    if not read(path(*KEEPER_FILE)):
        write(path(*KEEPER_FILE), os.urandom(32).hex(), 0o600)
    return read(path(*KEEPER_FILE))


def taken(name, password, overlap):
    """Digests that are taken now, the newest first; whatever is not the newest ends at a time of its own."""
    file, now, newest = path("srv/data", "redis-passwords", name), time.time(), digest_of(password)
    known = [line.split() for line in read(file).decode().splitlines()]
    ends = {one: now + overlap if end == "-" else min(float(end), now + overlap) for one, end in known if one != newest}
    left = {one: end for one, end in ends.items() if end > now}
    lines = [f"{newest} -", *(f"{one} {end:.0f}" for one, end in left.items())]
    write(file, "\n".join(lines) + "\n", 0o600)
    return [newest, *left]


def tell(port, digests):
    """Tells a Redis that runs. Connections that are open stay so. Returns whether it understood."""
    try:
        redis = Redis(port, KEEPER, keeper())
    except (Problem, OSError):
        # It does not run, or runs since before it had this user.
        return False
    try:
        redis.do("ACL", "SETUSER", "default", "resetpass", *("#" + one for one in digests))
        return True
    finally:
        redis.close()


def write_access(file, name, digests, others=()):
    rules = read(path("etc/redis/dify-rules")).decode().strip()
    lines = [
        f"user default on {' '.join('#' + one for one in digests)} {rules}",
        f"user {KEEPER} on #{digest_of(keeper())} ~* resetchannels -@all +auth +acl|setuser",
        *others,
    ]
    return write(file, "\n".join(lines) + "\n", 0o640, user("redis"))


def set_up(server, kilobytes, common):
    name = server["name"]
    fetch_password(name, server["password"])
    digests = taken(name, read(path("etc/dify/redis", name + ".password")), server["overlap"])
    access = path("etc/redis", f"dify-{name}-access.conf")
    directory = path("srv/data", "redis-" + name)
    lines = [common.rstrip("\n"), "", f"port {server['port']}", f"dir {directory}", f"maxmemory {kilobytes}kb", f"include {access}"]
    new = write_access(access, name, digests)
    changed = write(configuration(name), "\n".join(lines) + "\n", 0o640, user("redis"))
    os.makedirs(directory, mode=0o750, exist_ok=True)
    if user("redis"):
        shutil.chown(directory, "redis", "redis")
    systemctl("enable", f"redis-server@{name}")
    if new and not changed:
        changed = not tell(server["port"], digests)
    systemctl("restart" if changed else "start", f"redis-server@{name}")
    if new or changed:
        log(f"{name} is on port {server['port']} with {kilobytes} kB, and takes {len(digests)} passwords")


def set_up_own(version, overlap):
    """The environment's own Redis, which startup.sh has set up with the newest password alone."""
    file, known = path("etc/dify/redis-password"), path("etc/dify/redis-password-version")
    fresh = read(known).decode() != version
    password = secret(version) if fresh else read(file)
    access = path("etc/redis/dify-access.conf")
    others = [line for line in read(access).decode().splitlines() if not line.startswith(("user default ", f"user {KEEPER} "))]
    digests = taken("own", password, overlap)
    if write_access(access, "own", digests, others):
        if not tell(int(setting("REDIS_PORT")), digests):
            systemctl("restart", "redis-server")
        log(f"the environment's own Redis takes {len(digests)} passwords")
    # Once Redis takes it: the health check asks with it, and replaces the VM where it is refused.
    if write(file, password, 0o600):
        systemctl("restart", "dify-health")
    write(known, version, 0o600)


run_servers = run


def wanted_with_overlap():
    servers = wanted_servers()
    return [{**server, "overlap": OVERLAP["seconds"]} for server in servers]


def run():
    try:
        listed = json.loads(secret(metadata("attributes/redis-servers-secret").decode().strip()))
        own, OVERLAP["seconds"] = listed["own"], int(listed["overlap"])
    except (KeyError, TypeError, ValueError):
        # As soon as redis_password_overlap_hours is taken out, until the VM is replaced.
        raise Problem("the list does not say how long a password before the newest is taken") from None
    problems = []
    try:
        set_up_own(own, OVERLAP["seconds"])
    except (Problem, OSError) as problem:
        problems.append(str(problem))
    return problems + run_servers()


OVERLAP = {"seconds": 0}
wanted_servers, wanted = wanted, wanted_with_overlap

if __name__ == "__main__":
    main()
