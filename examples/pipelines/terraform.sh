#!/bin/sh
# Usage: terraform.sh init|plan|drift|apply|lock|variables|text|counts STACK...
#
# The steps of a pipeline between `npm run synth` and a running Dify. Needs Terraform and a POSIX shell, and no Node.js.
#
#   init       makes the stacks' states, once, as somebody who may write them: for a plan it is enough to read them
#   plan       plans stacks in the order given, the foundation first. A stack with changes has a plan file afterwards.
#              <stack>-operators is left out, by every step, where the variable file asks for no operators.
#   apply      applies the plan files, exactly as they were reviewed. A stack without changes has none, and is left alone.
#   drift      like plan, but exits with 2 if anything differs from what was synthesized, and with 1 after an error
#   lock       writes the checksums of the providers for several platforms, to be committed
#   variables  the TF_VAR_... that the stacks take, and which of them are set
#   text       what was planned, as HTML for a comment on a change
#   counts     how much was planned, as JSON for GitLab
#
# Environment:
#   STACKS        directory of the stacks (default cdktf.out/stacks)
#   PLANS         directory of the plans (default plans)
#   LOCKS         directory of the providers' checksums, <stack>.lock.hcl (default locks)
#   STATE_BUCKET  bucket for the state, with state_backend = "gcs" and without state_bucket in the variable file
#   PLATFORMS     what `lock` is for (default linux_amd64 linux_arm64 darwin_amd64 darwin_arm64 windows_amd64)
set -eu

usage() { sed -n '2,/^set -/s/^# \{0,1\}//p' "$0" | sed '$d'; }

STACKS=${STACKS:-cdktf.out/stacks}
PLANS=${PLANS:-plans}
LOCKS=${LOCKS:-locks}
PLATFORMS=${PLATFORMS:-linux_amd64 linux_arm64 darwin_amd64 darwin_arm64 windows_amd64}
export TF_IN_AUTOMATION=1 TF_INPUT=0 TF_CLI_ARGS="${TF_CLI_ARGS:-} -no-color"

fail() {
  echo "terraform.sh: $*" >&2
  exit 1
}

# The stack's JSON on one line, without blanks between its parts.
json() { tr -d '\n' <"$STACKS/$1/cdk.tf.json" | sed 's/" *: */":/g; s/{ */{/g; s/ *}/}/g'; }

variables() {
  for stack; do
    for name in $(json "$stack" | grep -o 'Given as TF_VAR_[a-z0-9_]*' | sed 's/.* //' | sort -u); do
      if eval "[ \"\${$name+set}\" ]"; then echo "$stack: $name is set"; else echo "$stack: $name is not set"; fi
    done
  done
}

# Where the state is, as an argument for init.
backend() {
  # Your own: https://developer.hashicorp.com/terraform/language/files/override
  for file in "$STACKS/$1"/*override.tf*; do [ ! -e "$file" ] || return 0; done
  case $(json "$1" | grep -o '"backend":{"[a-z]*":{[^}]*}' | head -n 1) in
    *'"gcs"'*'"bucket"'*) ;;
    *'"gcs"'*)
      [ -n "${STATE_BUCKET:-}" ] ||
        fail "STATE_BUCKET is not set, and the variable file of $1 names no bucket: there is no state to read." \
          "Set it to the bucket's name."
      echo "-backend-config=bucket=$STATE_BUCKET"
      ;;
    *)
      fail "the state of $1 is a file on this machine: it would be gone after the run, and the next one would create" \
        "everything again. Set state_bucket, or state_backend = \"gcs\", in the variable file."
      ;;
  esac
}

# $1 stack, $2 file with the providers' checksums
prepare() {
  if [ -e "$2" ]; then
    cp "$2" "$STACKS/$1/.terraform.lock.hcl"
    set -- "$1" -lockfile=readonly
  else
    echo "$1: there is no $2: Terraform takes the newest providers that the stack allows. Commit what terraform.sh lock $1 writes."
    set -- "$1"
  fi
  stack=$1
  shift
  configuration=$(backend "$stack")
  terraform -chdir="$STACKS/$stack" init -input=false -reconfigure ${configuration:+"$configuration"} "$@"
}

# What a reviewer reads: without the progress of reading.
readable() {
  grep -Ev ': (Refreshing state|Reading|Still reading|Read complete|Opening|Still opening|Opening complete|Closing|Closing complete)( after .*|\.\.\..*)?( \[.*\])?$' "$1" || true
}

# Writes <stack>.txt, and <stack>.tfplan and its providers' checksums if there are changes.
plan_stack() {
  rm -f "$PLANS/$1.tfplan" "$PLANS/$1.txt" "$PLANS/$1.lock.hcl"
  prepare "$1" "$LOCKS/$1.lock.hcl"
  variables "$1"
  code=0
  # Without a lock: who plans need not be able to write the state. If it changes until the apply, Terraform refuses the plan.
  terraform -chdir="$STACKS/$1" plan -lock=false -detailed-exitcode -out="$PLANS/$1.tfplan" >"$PLANS/$1.log" 2>&1 || code=$?
  cat "$PLANS/$1.log"
  case $code in
    0) rm -f "$PLANS/$1.tfplan" ;;
    # A stack of your own that needs no provider has none.
    2) [ ! -e "$STACKS/$1/.terraform.lock.hcl" ] || cp "$STACKS/$1/.terraform.lock.hcl" "$PLANS/$1.lock.hcl" ;;
    *)
      rm -f "$PLANS/$1.tfplan" "$PLANS/$1.log"
      fail "the plan of $1 failed: Terraform's message is above."
      ;;
  esac
  readable "$PLANS/$1.log" >"$PLANS/$1.txt"
  rm -f "$PLANS/$1.log"
}

init() {
  for stack; do prepare "$stack" "$LOCKS/$stack.lock.hcl"; done
}

nothing_applied() {
  state=$(terraform -chdir="$STACKS/$1" state pull) || fail "the state of $1 cannot be read."
  case $state in *'"managed"'*) return 1 ;; esac
}

plan() {
  planned=' '
  for stack; do
    missing=
    for before in "${stack%-operators}-foundation" "$stack-operators"; do
      case $planned in
        *" $before "*) if [ -z "$missing" ] && nothing_applied "$before"; then missing=$before; fi ;;
      esac
    done
    if [ -n "$missing" ]; then
      rm -f "$PLANS/$stack.tfplan"
      echo "Not planned: it reads what $missing creates, and nothing of that has been applied yet." |
        tee "$PLANS/$stack.txt"
      continue
    fi
    plan_stack "$stack"
    planned="$planned$stack "
  done
}

drift() {
  worst=0
  for stack; do
    # Another shell, so that an error in one stack does not hide the other.
    code=0
    sh "$0" plan "$stack" || code=$?
    if [ "$code" != 0 ]; then
      worst=1
    elif [ -e "$PLANS/$stack.tfplan" ]; then
      [ "$worst" = 1 ] || worst=2
    fi
  done
  return "$worst"
}

apply() {
  for stack; do
    if [ ! -e "$PLANS/$stack.tfplan" ]; then
      grep -q '^No changes\.' "$PLANS/$stack.txt" 2>/dev/null ||
        fail "there is no plan of $stack in $PLANS: nothing was applied. Plan it first; what is applied is what was planned."
      echo "$stack: no changes, nothing to apply."
      continue
    fi
    prepare "$stack" "$PLANS/$stack.lock.hcl"
    variables "$stack"
    terraform -chdir="$STACKS/$stack" apply -lock-timeout=10m "$PLANS/$stack.tfplan"
  done
}

lock() {
  mkdir -p "$LOCKS"
  for stack; do
    set --
    for platform in $PLATFORMS; do set -- "$@" "-platform=$platform"; done
    rm -f "$STACKS/$stack/.terraform.lock.hcl"
    # The versions stay as they are. To get newer ones, delete the file first.
    [ ! -e "$LOCKS/$stack.lock.hcl" ] || cp "$LOCKS/$stack.lock.hcl" "$STACKS/$stack/.terraform.lock.hcl"
    terraform -chdir="$STACKS/$stack" providers lock "$@"
    cp "$STACKS/$stack/.terraform.lock.hcl" "$LOCKS/$stack.lock.hcl"
  done
}

# GitHub takes 65,536 characters in a comment.
text() {
  for stack; do
    [ -e "$PLANS/$stack.txt" ] || continue
    sum=$(grep -E '^(Plan:|No changes\.|Not planned:)' "$PLANS/$stack.txt" | head -n 1)
    printf '<details><summary><b>%s</b>: %s</summary>\n\n<pre>\n' "$stack" "${sum:-Changes in outputs only.}"
    sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g' "$PLANS/$stack.txt" | awk '
      NR == 1 && $0 == "" { next }
      { size += length($0) + 1 }
      size > 25000 { print "... The rest is in the log of the job."; exit }
      { print }'
    printf '</pre>\n</details>\n\n'
  done
}

counts() {
  for stack; do cat "$PLANS/$stack.txt"; done | awk '
    function before(word) { return match($0, "[0-9]+ to " word) ? substr($0, RSTART, RLENGTH) + 0 : 0 }
    /^Plan: / { create += before("add"); update += before("change"); remove += before("destroy") }
    END { printf "{\"create\":%d,\"update\":%d,\"delete\":%d}\n", create, update, remove }'
}

case ${1:-} in
  -h | --help)
    usage
    exit
    ;;
  init | plan | drift | apply | lock | variables | text | counts) command=$1 && shift ;;
  *) usage >&2 && exit 2 ;;
esac
[ $# -gt 0 ] || { usage >&2 && exit 2; }
mkdir -p "$PLANS"
PLANS=$(cd "$PLANS" && pwd)
# Only an environment with install_operators has a stack of them.
names=
for stack; do
  if [ ! -e "$STACKS/$stack/cdk.tf.json" ] && [ "$stack" != "${stack%-operators}" ] &&
    [ -e "$STACKS/${stack%-operators}/cdk.tf.json" ]; then
    echo "$stack: no operators are installed, so it is left out." >&2
    rm -f "$PLANS/$stack.tfplan" "$PLANS/$stack.txt"
  else
    names="$names $stack"
  fi
done
# Names of stacks have no blanks.
# shellcheck disable=SC2086
set -- $names
for stack; do
  case $command in text | counts) continue ;; esac
  [ -e "$STACKS/$stack/cdk.tf.json" ] ||
    fail "there is no $STACKS/$stack/cdk.tf.json: nothing was done. Run npm run synth first, and pass its output on."
done
"$command" "$@"
