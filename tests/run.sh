#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# run.sh - run layers of the tests and add them up; the last line is "N passed, N failed".
#
#   V=release tests/run.sh LAYER...      LAYER: unit corpus scenario browser fuzz soak
#
# V is the variant whose executables are tried; T=name keeps the tests whose name holds it.
# SCENARIO_FILTER is a regular expression on scenario names, SCENARIO_FILES on their files, for a shorter slice; SECONDS_EACH and
# MINUTES bound fuzz and soak.  Every layer's output is kept in build/V/log/.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 2

V=${V:-release} T=${T:-}
B=build/$V
LOG=$B/log
export ESSAIM=${ESSAIM:-$PWD/$B/essaim}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}
passed=0 failed=0 skipped=0
blamed=()	# what failed, by name, said again just above the totals
mkdir -p "$LOG"

# Add to the totals and say so: add LAYER PASSED FAILED SKIPPED [REMARK].
add() {
	passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
	printf '%-9s %5d passed, %d failed' "$1" "$2" "$3"
	[ "$4" -eq 0 ] || printf ', %d skipped' "$4"
	printf '%s\n' "${5:+ ($5)}"
}

# The files of a glob whose name holds T, one a line.
chosen() {
	local f
	for f in "$@"; do
		[ -e "$f" ] && [[ $(basename "$f") == *"$T"* ]] && echo "$f"
	done
}

# Run one executable with a limit of seconds; its output and, last, its status go to a log, what it
# says on standard error to LOG.err: cmocka's messages end without a newline and would hide a result.
run_one() {
	local seconds=$1 log=$2 status
	shift 2
	timeout -k 10 "$seconds" "$@" >"$log" 2>"$log.err" </dev/null
	status=$?
	echo "# exit $status" >>"$log"
	return 0
}
export -f run_one

# A TAP log's counts in p, f, s.  A status that no "not ok" explains is one failure more: a crash,
# a sanitizer's report, a time-out.
count_tap() {
	local status
	s=$(grep -ciE '^(not )?ok .*# *skip' "$1")
	p=$(grep -E '^ok ' "$1" | grep -civE '# *skip')
	f=$(grep -E '^not ok ' "$1" | grep -civE '# *skip')
	status=$(sed -n 's/^# exit //p' "$1" | tail -n 1)
	if [ "$f" -eq 0 ] && { [ "${status:-1}" -ne 0 ] || [ $((p + s)) -eq 0 ]; }; then
		f=1
	fi
}

# Sum the logs of several executables and show those that failed: sum_logs LAYER LOG...
sum_logs() {
	local layer=$1 log tp=0 tf=0 ts=0 p f s
	shift
	for log in "$@"; do
		count_tap "$log"
		tp=$((tp + p)) tf=$((tf + f)) ts=$((ts + s))
		if [ "$f" -gt 0 ]; then
			blamed+=("$(basename "$log" .log)")
			echo "--- $log"
			grep -vE '^ok ' "$log" | tail -n 80
			tail -n 80 "$log.err"
		fi
	done
	add "$layer" "$tp" "$tf" "$ts"
}

# Several executables side by side, then their sum: run_all LAYER SECONDS EXECUTABLE...
run_all() {
	local layer=$1 seconds=$2 x logs=()
	shift 2
	if [ $# -eq 0 ]; then
		add "$layer" 0 1 0 "nothing to run${T:+ called $T}"
		return
	fi
	for x in "$@"; do
		logs+=("$LOG/$layer-$(basename "$x").log")
	done
	# shellcheck disable=SC2016 # the inner shell expands
	printf '%s\0' "$@" | CMOCKA_MESSAGE_OUTPUT=TAP xargs -0 -n 1 -P "$(nproc)" \
	    bash -c 'run_one "$1" "$2-$(basename "$3").log" "$3"' _ "$seconds" "$LOG/$layer"
	sum_logs "$layer" "${logs[@]}"
}

layer_unit() {
	local x
	mapfile -t x < <(for f in $(chosen tests/unit/*_test.c); do echo "$B/${f%.c}"; done)
	run_all unit 300 "${x[@]}"
}

layer_corpus() {
	local x
	mapfile -t x < <(for f in $(chosen tests/fuzz/*_fuzz.c); do echo "$B/${f%_fuzz.c}_replay"; done)
	run_all corpus 300 "${x[@]}"
}

# The totals that node --test prints at the end of its TAP: node_count WORD LOG.
node_count() {
	sed -n "s/^# $1 \([0-9][0-9]*\)\$/\1/p" "$2" | tail -n 1
}

# node_layer LAYER SECONDS FILE...: node's test runner; without its totals the layer has failed.
node_layer() {
	local layer=$1 seconds=$2 log=$LOG/$1.tap p f c s t
	shift 2
	run_one "$seconds" "$log" node --test --test-reporter=tap \
	    ${SCENARIO_FILTER:+"--test-name-pattern=$SCENARIO_FILTER"} "$@"
	p=$(node_count pass "$log") f=$(node_count fail "$log") c=$(node_count cancelled "$log")
	s=$(node_count skipped "$log") t=$(node_count todo "$log")
	f=$((${f:-1} + ${c:-0})) s=$((${s:-0} + ${t:-0}))
	if [ "$f" -eq 0 ] && [ "$(tail -n 1 "$log")" != "# exit 0" ]; then
		f=1
	fi
	if [ "$f" -gt 0 ]; then
		mapfile -t -O ${#blamed[@]} blamed < <(sed -n "s/^not ok [0-9]* - /$layer: /p" "$log")
		echo "--- $log"
		grep -nE -A 40 '^ *not ok ' "$log" | head -n 200
		[ -n "${p:-}" ] || tail -n 40 "$log" "$log.err"
	fi
	add "$layer" "${p:-0}" "$f" "$s"
}

layer_scenario() {
	local x
	mapfile -t x < <(chosen tests/scenario/*.test.js | grep -E "${SCENARIO_FILES:-.}")
	if [ ${#x[@]} -eq 0 ]; then
		add scenario 0 1 0 "nothing to run${T:+ called $T}"
		return
	fi
	node_layer scenario 1200 "${x[@]}"
}

# The pages' tests need Chromium and two packages; where these cannot be had they are skipped, aloud.
layer_browser() {
	local x why=
	mapfile -t x < <(chosen tests/browser/*.test.js)
	if [ ${#x[@]} -eq 0 ]; then
		add browser 0 1 0 "nothing to run${T:+ called $T}"
		return
	fi
	CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}
	export CHROMIUM
	if [ -z "$CHROMIUM" ]; then
		why="no Chromium on this machine"
	elif ! tests/node_modules.sh; then
		why="the npm packages of tests/package.json cannot be had"
	fi
	if [ -n "$why" ]; then
		add browser 0 0 "${#x[@]}" "$why: no page was looked at"
		return
	fi
	SCENARIO_FILTER='' node_layer browser 900 "${x[@]}"
}

layer_fuzz() {
	local x f name n=0 bad=0
	mapfile -t x < <(chosen tests/fuzz/*_fuzz.c)
	for f in "${x[@]}"; do
		name=$(basename "$f" _fuzz.c)
		mkdir -p "$B/corpus/$name" "$B/crash"
		run_one $((${SECONDS_EACH:-10} + 60)) "$LOG/fuzz-$name.log" "$B/tests/fuzz/${name}_fuzz" \
		    -seed="${SEED:-1}" -max_total_time="${SECONDS_EACH:-10}" -timeout=10 -rss_limit_mb=2048 \
		    -artifact_prefix="$B/crash/$name-" -print_final_stats=1 \
		    "$B/corpus/$name" "tests/fuzz/corpus/$name"
		if [ "$(tail -n 1 "$LOG/fuzz-$name.log")" = "# exit 0" ]; then
			n=$((n + 1))
			echo "  $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$LOG/fuzz-$name.log.err") runs"
		else
			bad=$((bad + 1))
			blamed+=("fuzz: $name")
			tail -n 40 "$LOG/fuzz-$name.log.err"
		fi
	done
	[ ${#x[@]} -gt 0 ] || bad=1
	add fuzz "$n" "$bad" 0
}

# The simulator over fresh seeds, then the replays with many variations, until the time is up.
layer_soak() {
	local end=$((SECONDS + ${MINUTES:-10} * 60)) seed=${SEED:-1} n=0 bad=0 x
	while [ $SECONDS -lt $end ] && [ $bad -eq 0 ]; do
		for x in "$B/essaim-sim" "$B"/tests/fuzz/*_replay; do
			[ -x "$x" ] || continue
			if [ "$x" = "$B/essaim-sim" ]; then
				run_one 600 "$LOG/soak.log" "$x" --sweep 10 --seed "$((seed * 10))"
			else
				run_one 600 "$LOG/soak.log" "$x" "$seed" 2000
			fi
			if [ "$(tail -n 1 "$LOG/soak.log")" = "# exit 0" ]; then
				n=$((n + 1))
			else
				bad=1
				echo "--- $x, seed $seed"
				tail -n 60 "$LOG/soak.log" "$LOG/soak.log.err"
				break
			fi
		done
		[ $n -gt 0 ] || bad=1
		seed=$((seed + 1))
	done
	add soak "$n" "$bad" 0 "seeds up to $((seed - 1))"
}

for layer in "$@"; do
	case $layer in
	unit|corpus|scenario|browser|fuzz|soak) "layer_$layer" ;;
	*) echo "run.sh: no layer is called '$layer'" >&2; exit 2 ;;
	esac
done
[ ${#blamed[@]} -eq 0 ] || printf 'failed: %s\n' "${blamed[@]}"
printf '%d passed, %d failed' $passed $failed
[ $skipped -eq 0 ] || printf ', %d skipped' $skipped
echo
[ $failed -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
