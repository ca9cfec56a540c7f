#!/usr/bin/env python3
"""One cluster's part of a project's Binary Authorization policy.

A project has one policy, for every cluster in it. This changes the rule of one cluster and the images that one
deployment exempts, and leaves everything else as it was: the policy is read, changed and written back with its etag, so
that a change in between is noticed and the whole is done again.

put     sets the rule and adds the exemptions that are missing
prune   takes away exemptions that an earlier put made and this one no longer asks for
remove  takes away the rule, if it is this deployment's, and its exemptions

Exempt images count for the whole project. One outside of this deployment's own repository (a public image) may be needed
by others as well: it stays while another rule of the policy refuses anything.
"""

import json
import os

from google_rest import Problem, run


def rule(mode, attestor):
    return {
        "evaluationMode": mode,
        **({"requireAttestationsBy": [attestor]} if mode == "REQUIRE_ATTESTATION" else {}),
        "enforcementMode": "ENFORCED_BLOCK_AND_AUDIT_LOG",
    }


def same(one, other):
    def plain(value):
        return value.get("evaluationMode"), value.get("enforcementMode"), value.get("requireAttestationsBy") or []

    return plain(one) == plain(other)


def is_ours(found, settings, modes):
    """By the attestor, which nobody else has, or else by being what this deployment writes or wrote."""
    attestor = settings["attestor"]
    return found.get("requireAttestationsBy") == [attestor] or any(same(found, rule(mode, attestor)) for mode in modes)


def describe(found):
    attestors = found.get("requireAttestationsBy") or []
    return found.get("evaluationMode", "no mode") + (f" by {', '.join(attestors)}" if attestors else "")


def refuses(policy):
    """Whether any rule of the policy refuses an image: the default, a cluster's, a namespace's, an account's."""
    rules = [policy.get("defaultAdmissionRule") or {}]
    for name, value in policy.items():
        if name.endswith("AdmissionRules"):
            rules += value.values()
    return any(found.get("evaluationMode", "ALWAYS_ALLOW") != "ALWAYS_ALLOW" for found in rules)


def is_own(pattern, settings):
    """In this deployment's own repository, where nobody else's images are."""
    return bool(settings["repository"]) and pattern.startswith(settings["repository"] + "/")


def without(policy, patterns):
    """The policy's exemptions, less these."""
    kept = [entry for entry in policy.get("admissionWhitelistPatterns") or [] if entry.get("namePattern") not in patterns]
    if kept:
        policy["admissionWhitelistPatterns"] = kept
    else:
        policy.pop("admissionWhitelistPatterns", None)


def exempted(policy):
    return [entry.get("namePattern") for entry in policy.get("admissionWhitelistPatterns") or []]


def put(policy, settings, previous):
    cluster, mode, project = settings["cluster"], settings["mode"], settings["project"]
    if mode != "ALWAYS_ALLOW" and policy.get("globalPolicyEvaluationMode") != "ENABLE":
        raise Problem(
            f"the policy of project {project} does not exempt Google's own images, so {mode} would stop the pods that "
            f"GKE itself runs in {cluster}. That setting counts for every cluster of the project, so it is not changed "
            "here. To change it: gcloud container binauthz policy export "
            f"--project={project} > policy.yaml, write globalPolicyEvaluationMode: ENABLE into it, gcloud container "
            f"binauthz policy import policy.yaml --project={project}; then apply again."
        )
    rules = policy.get("clusterAdmissionRules") or {}
    found, wanted = rules.get(cluster), rule(mode, settings["attestor"])
    modes = [mode] + ([previous["mode"]] if previous.get("mode") else [])
    if found and not is_ours(found, settings, modes):
        raise Problem(
            f"cluster {cluster} has a rule in the policy of project {project} that is not this deployment's: "
            f"{describe(found)}. It would have been replaced by {describe(wanted)}, for everything in the cluster. Set "
            "enable_binary_authorization = false here and leave the rule to its owner, or have it taken out of the "
            "policy (gcloud container binauthz policy export and import) and apply again."
        )
    if not found or not same(found, wanted):
        policy["clusterAdmissionRules"] = {**rules, cluster: wanted}
    missing = [pattern for pattern in settings["exempt"] if pattern not in exempted(policy)]
    if missing:
        policy["admissionWhitelistPatterns"] = (policy.get("admissionWhitelistPatterns") or []) + [
            {"namePattern": pattern} for pattern in missing
        ]
    return f"{cluster}: {describe(wanted)}, {len(settings['exempt'])} images exempt, {len(missing)} of them new"


def prune(policy, settings, previous):
    stale = [pattern for pattern in previous.get("exempt") or [] if pattern not in settings["exempt"]]
    # The rule of this cluster has all that it needs in `exempt`: only what the other rules refuse counts.
    others = dict(policy.get("clusterAdmissionRules") or {})
    others.pop(settings["cluster"], None)
    kept = refuses({**policy, "clusterAdmissionRules": others})
    gone = {pattern for pattern in stale if is_own(pattern, settings) or not kept}
    before = len(exempted(policy))
    without(policy, gone)
    return f"{settings['cluster']}: {before - len(exempted(policy))} images no longer exempt"


def remove(policy, settings, _):
    cluster = settings["cluster"]
    rules = dict(policy.get("clusterAdmissionRules") or {})
    found = rules.get(cluster)
    done = "had no rule"
    if found and is_ours(found, settings, [settings["mode"]]):
        del rules[cluster]
        if rules:
            policy["clusterAdmissionRules"] = rules
        else:
            policy.pop("clusterAdmissionRules", None)
        done = "rule removed"
    elif found:
        done = f"rule not changed, because it is not this deployment's: {describe(found)}"
    kept = refuses(policy)
    before = exempted(policy)
    # Every single image of this deployment's own repository: a put that failed half-way may have left some that nothing else
    # remembers.
    gone = {
        pattern
        for pattern in before
        if (is_own(pattern, settings) and "*" not in pattern) or (pattern in settings["exempt"] and not kept)
    }
    without(policy, gone)
    return f"{cluster}: {done}; {len(before) - len(exempted(policy))} images no longer exempt"


def changing(change):
    """What reads the policy, changes it, and writes it back if it is another one then."""

    def act(google, settings):
        url = f"{google.address('binaryauthorization')}/v1/projects/{settings['project']}/policy"
        previous = json.loads(os.environ.get("BINAUTHZ_PREVIOUS") or "null") or {}

        def attempt():
            policy = google.request("GET", url)
            before = json.dumps(policy, sort_keys=True)
            done = change(policy, settings, previous)
            if json.dumps(policy, sort_keys=True) != before:
                google.request("PUT", url, policy)
            return done

        return google.change(attempt)

    return act


def by_hand(settings):
    exempt = "".join(f"\n  admissionWhitelistPatterns: {pattern}" for pattern in settings["exempt"])
    return (
        f"What is left in the policy of project {settings['project']} has to be taken out by hand, with gcloud container "
        f"binauthz policy export and import:\n  clusterAdmissionRules: {settings['cluster']}{exempt}\n"
        "Until then the rule still holds for a cluster of that name."
    )


if __name__ == "__main__":
    run(
        {"name": "binauthz_policy.py", "title": "Binary Authorization", "doc": __doc__},
        "BINAUTHZ",
        "JSON: project, cluster (location.name), mode, attestor, exempt, repository, impersonate",
        {"put": changing(put), "prune": changing(prune), "remove": changing(remove)},
        {"remove": by_hand},
        {"PREVIOUS": "JSON: mode and exempt of the last complete apply; may be empty or null"},
    )
