#!/bin/bash
# Kills evaluations with kill -9 at random moments and looks whether anything was lost.
#
#   Scripts/stress/kill.sh [TRIES [SECONDS]]     default: 200 tries, killed within 1.5 s
#
# Each try starts an evaluation of the sample in a fresh database, kills it, and expects that
#   - `database check` accepts what is left,
#   - every prediction that a reader had seen before the kill is still there,
#   - batches are whole, and every row is the row of an undisturbed run,
#   - the same command goes on and ends with exactly the rows of an undisturbed run.
# A third of the tries are killed once more while they go on. Needs sqlite3 and the built
# program (or another one, named by PROGRAM).
set -u
tries=${1:-200}
seconds=${2:-1.5}
cd "$(dirname "$0")/../.." || exit 1
program=${PROGRAM:-$PWD/.build/release/realitygap}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# 6 images × 5 distorted draws and 6 canonical ones, in 15 batches of 2, on one thread.
options=(--no-corrector --limit 6 --draws 5 --batch 2 --threads 1)
rows="SELECT e.cell_key, p.item, p.draw, p.label, p.predicted, p.label_rank, p.probability,
  p.label_probability FROM predictions p JOIN evaluations e ON e.id = p.evaluation_id
  ORDER BY 1, 2, 3"

run() { "$program" reproduce sample "${options[@]}" --database "$1" --reports "$folder/reports"; }
query() { sqlite3 -cmd '.timeout 5000' "$1" "$2"; }
fail() { echo "try $try: $1"; failures=$((failures + 1)); }

if ! run "$folder/whole.sqlite" >/dev/null 2>"$folder/log"; then cat "$folder/log"; exit 1; fi
query "$folder/whole.sqlite" "$rows" >"$folder/whole.txt"

# Starts the command on $1, kills it after a random time; prints what a reader saw just before.
kill_one() {
  # Not the function: killed, it would leave the program alone and alive.
  "$program" reproduce sample "${options[@]}" --database "$1" --reports "$folder/reports" \
    >/dev/null 2>&1 &
  local child=$! pause
  pause=$(awk -v s="$seconds" -v r="$RANDOM" 'BEGIN { print s * r / 32767 }')
  sleep "$pause"
  local seen=0
  if [ -s "$1" ]; then seen=$(query "$1" 'SELECT COUNT(*) FROM prediction_rows' 2>/dev/null); fi
  kill -9 "$child" 2>/dev/null
  wait "$child" 2>/dev/null
  [ $? -eq 137 ] && echo "$try" >>"$folder/killed"
  echo "${seen:-0}"
}

# What must hold of $1 after a kill before which a reader saw $2 predictions.
inspect() {
  if ! [ -s "$1" ]; then return; fi
  "$program" database check --database "$1" >"$folder/log" 2>&1 || fail "check: $(cat "$folder/log")"
  local kept
  kept=$(query "$1" 'SELECT COUNT(*) FROM prediction_rows')
  [ "$kept" -ge "$2" ] || fail "$2 predictions were seen, $kept were left"
  comm -23 <(query "$1" "$rows" | sort) <(sort "$folder/whole.txt") \
    >"$folder/log"
  [ -s "$folder/log" ] && fail "rows of no undisturbed run: $(head -1 "$folder/log")"
  # A batch has two draws of an image (or one draw of two): with 5 draws an even number of pairs.
  local odd
  odd=$(query "$1" "SELECT COUNT(*) FROM prediction_rows p JOIN evaluations e
    ON e.id = p.evaluation_id WHERE e.condition = 'distorted'")
  [ $((odd % 2)) -eq 0 ] || fail "half a batch: $odd distorted predictions"
  histogram[$((kept * 4 / 36))]=$((${histogram[$((kept * 4 / 36))]:-0} + 1))
}

failures=0
declare -a histogram
for try in $(seq "$tries"); do
  database=$folder/try.sqlite
  rm -f "$database"*
  inspect "$database" "$(kill_one "$database")"
  if [ $((try % 3)) -eq 0 ]; then inspect "$database" "$(kill_one "$database")"; fi
  run "$database" >/dev/null 2>"$folder/log" || fail "going on: $(cat "$folder/log")"
  query "$database" "$rows" | cmp -s - "$folder/whole.txt" || fail "other rows than undisturbed"
  "$program" database check --database "$database" >"$folder/log" 2>&1 \
    || fail "check at the end: $(cat "$folder/log")"
  states=$(query "$database" "SELECT group_concat(status) FROM runs")
  case $states in *running* | *interrupted*) fail "runs at the end: $states" ;; esac
done
echo "$tries tries, $(wc -l <"$folder/killed") killed in the middle, $failures failures; kills that left 0-24 %, 25-49 %, 50-74 %, 75-99 %, 100 % of" \
  "the predictions: ${histogram[0]:-0}, ${histogram[1]:-0}, ${histogram[2]:-0}," \
  "${histogram[3]:-0}, ${histogram[4]:-0}"
[ "$failures" -eq 0 ]
