#!/usr/bin/env bash
# Runs two sides in turns and compares them. Its settings are variables of the environment: see action.yml.
# It ends as `ab` and `compare` do, and leaves $OUT and $OUT/verdict.md.
set -euo pipefail

read -r -a load <<<"$LOAD"
read -r -a verdict <<<"$COMPARE"

# The options of a side, one a line: its file by the option $2, each of its fields by the option $3.
options() {
  local file=$BASE fields=$BASE_SET
  if [[ $1 == new ]]; then file=${NEW:-$BASE} fields=$NEW_SET; fi
  if [[ -n $file ]]; then printf '%s\n' "$2" "$file"; fi
  while IFS= read -r field; do
    if [[ -n $field ]]; then printf '%s\n' "$3" "$field"; fi
  done <<<"$fields"
}

# On the simulator `ab` takes the turns itself, and ends as soon as it can tell.
on_simulator() {
  mapfile -t sides < <(options base --base --base-set && options new --new --new-set)
  judge ab "${sides[@]}" "${load[@]}" --at-most "$AT_MOST" --out "$OUT" --quiet
}

# On a cluster each side is installed before its run. A pair has one schedule, and the first of a pair changes.
on_cluster() {
  local pair
  for ((pair = 1; pair <= $PAIRS; pair++)); do
    if ((pair % 2)); then run_of base && run_of new; else run_of new && run_of base; fi
  done
  judge compare "$OUT/base" "$OUT/new" --html "$OUT/compared.html"
}

run_of() {
  local side code=0
  mapfile -t side < <(options "$1" -f --set)
  if [[ $INSTALL == true ]]; then agent-sandbox-bench install --context "$CONTEXT" "${side[@]}" || exit; fi
  agent-sandbox-bench run --context "$CONTEXT" "${side[@]}" "${load[@]}" --seed "$pair" --out "$OUT/$1/run-$pair" || code=$?
  # 3, not a measurement, and 4, an objective that was missed: the comparison says what comes of them.
  case $code in 0 | 3 | 4) ;; *) exit "$code" ;; esac
}

# Gives the verdict, keeps it as Markdown, and ends with its code.
judge() {
  local code=0 text
  text=$(agent-sandbox-bench "$@" "${verdict[@]}" 2>&1 >/dev/null) || code=$?
  printf '%s\n' "$text" >&2
  mkdir -p "$OUT"
  printf '### agent-sandbox-bench: %s\n\n```text\n%s\n```\n' "${text%%$'\n'*}" "$text" >"$OUT/verdict.md"
  exit "$code"
}

if [[ -z $CONTEXT ]]; then on_simulator; else on_cluster; fi
