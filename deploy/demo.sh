#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# demo.sh - four territories and an association on this machine, with content, joined in a ring.
#
#   ESSAIM=build/release/essaim deploy/demo.sh [--once]
#
# Makes four nodes, fills them from deploy/demo/*.ndjson, starts them on 127.0.0.1, lets each vouch for
# its two neighbours only (what the others know comes by gossip), waits until all four hold the same
# set, and stays until Ctrl-C.  --once stops there: 0 when they agree.  Nothing outside this machine
# is called.  The data lies in a temporary folder that is removed at the end, or in DEMO_DIR, which
# must not exist yet and is kept.  DEMO_PORT is the first port tried (8421).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ESSAIM=${ESSAIM:-$here/../build/release/essaim}
readonly JOIN_TRIES=240 START_TRIES=200 STOP_TRIES=100

# One node a row, in the order of the ring: folder, name, area (INSEE codes), colour.
readonly nodes=(chateaubriant rennes saint-brieuc morlaix)
declare -rA name=([chateaubriant]='Pays de Châteaubriant' [rennes]='Rennes Métropole'
	[saint-brieuc]='Saint-Brieuc' [morlaix]='Pays de Morlaix')
declare -rA area=([chateaubriant]='200072726,244400537' [rennes]='243500139'
	[saint-brieuc]='22278' [morlaix]='242900835,200067072,242900751')
declare -rA colour=([chateaubriant]='#7a3b12' [rennes]='#8a1538' [saint-brieuc]='#0b5d7a' [morlaix]='#1f5c3a')
# An association with keys of its own, on one of them.
readonly association=voisines association_node=morlaix association_name='Les Mains voisines (exemple)'

once=0 dir='' keep=0 joined=0 port=${DEMO_PORT:-8421}
publishers=()
declare -A url=() did=() pid=()

# Say it in the language of whoever reads: say FRENCH ENGLISH.
say() {
	case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
	fr*) printf '%s\n' "$1" ;;
	*) printf '%s\n' "$2" ;;
	esac
}

die() {
	say "$@" >&2
	exit 1
}

# Wait for one node to end; kill it when it does not.
await_end() {
	local try
	for ((try = 0; try < STOP_TRIES; try++)); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	kill -KILL "$1" 2>/dev/null || true
}

# Stop what was started here, and nothing else; then take the folder away.  A node that does not end
# well makes this end badly.
finish() {
	local status=$? p node
	trap - EXIT
	trap '' INT TERM HUP
	for p in "${publishers[@]}"; do
		kill -TERM "$p" 2>/dev/null || true
		wait "$p" 2>/dev/null || true
	done
	for p in "${pid[@]}"; do
		kill -TERM "$p" 2>/dev/null || true
	done
	for node in "${!pid[@]}"; do
		await_end "${pid[$node]}"
		if ! wait "${pid[$node]}" 2>/dev/null; then
			tail -n 40 "$dir/$node.log" >&2
			[ "$status" -ne 0 ] || status=1
		fi
	done
	if [ "$keep" -eq 0 ] && [ -n "$dir" ]; then
		rm -rf -- "$dir"
	fi
	exit "$status"
}

# Ctrl-C is how a running demonstration ends; before that it is an interruption.
interrupted() {
	[ "$joined" -eq 1 ] && exit 0
	exit 130
}

# The value of a member of one line of JSON, a text without escapes or a number: member NAME JSON.
member() {
	[[ $2 =~ \"$1\":\ ?\"?([^\",}]*) ]] && printf '%s' "${BASH_REMATCH[1]}"
}

essaim() {
	local node=$1
	shift
	"$ESSAIM" "$@" --data "$dir/$node"
}

# --- nodes --------------------------------------------------------------------------------------

# Move port on to one that nobody on this machine listens on.
free_port() {
	local try
	for ((try = 0; try < 200; try++, port++)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || return 0
	done
	die "Aucun port libre à partir de ${DEMO_PORT:-8421}." "No free port from ${DEMO_PORT:-8421} on."
}

# A node that cannot be made or started: its last words, and the end.
blame() {
	tail -n 5 "$dir/$1.log" >&2 || true
	die "Le nœud ${name[$1]} ne démarre pas." "The node ${name[$1]} does not start."
}

make_node() {
	local node=$1 made
	free_port
	url[$node]=http://127.0.0.1:$port
	made=$(essaim "$node" init --json --name "${name[$node]}" --territory "${area[$node]}" --url "${url[$node]}" \
		2>"$dir/$node.log") || blame "$node"
	did[$node]=$(member did "$made")
	cat >>"$dir/$node/essaim.conf" <<-END

		listen = 127.0.0.1:$port
		allow-private = yes
		sync-interval-s = 2
		colour = ${colour[$node]}
		contact = ${node}@example.org
		legal-notice = Démonstration d’Essaim, sur cette seule machine. Aucune collectivité ne publie ici.
	END
	port=$((port + 1))
}

start_node() {
	local node=$1 try
	"$ESSAIM" serve --json --data "$dir/$node" >"$dir/$node.out" 2>"$dir/$node.log" </dev/null &
	pid[$node]=$!
	for ((try = 0; try < START_TRIES; try++)); do
		[ -s "$dir/$node.out" ] && return 0
		kill -0 "${pid[$node]}" 2>/dev/null || break
		sleep 0.05
	done
	blame "$node"
}

# --- content ------------------------------------------------------------------------------------

# Put into text: "@author/" the author's identifier, @+12d the date in twelve days, and @+12d:6 the
# first Saturday from then on (1 is Monday).
fill_in() {
	local all day at weekday
	while [[ $text =~ \"@([a-z-]+)/ ]]; do
		text=${text//"\"@${BASH_REMATCH[1]}/"/"\"${did[${BASH_REMATCH[1]}]}/"}
	done
	while [[ $text =~ @([+-][0-9]+)d(:([1-7]))? ]]; do
		all=${BASH_REMATCH[0]} at=$((now + BASH_REMATCH[1] * 86400))
		if [ -n "${BASH_REMATCH[3]}" ]; then
			printf -v weekday '%(%u)T' "$at"
			at=$((at + (BASH_REMATCH[3] - weekday + 7) % 7 * 86400))
		fi
		printf -v day '%(%F)T' "$at"
		text=${text//"$all"/"$day"}
	done
}

# Publish one author's file: publish AUTHOR NODE.
publish() {
	local line text now rid
	printf -v now '%(%s)T' -1
	while IFS= read -r line; do
		[[ $line =~ ^\{\"kind\":\"([a-z]+)\",\"rid\":\"([a-z2-7]+)\",(\"lang\":\"([a-z]+)\",)?\"content\":(.*)\}$ ]] ||
			die "$1.ndjson : ligne mal formée : $line" "$1.ndjson: malformed line: $line"
		local kind=${BASH_REMATCH[1]} lang=${BASH_REMATCH[4]:-fr}
		rid=${BASH_REMATCH[2]} text=${BASH_REMATCH[5]}
		fill_in
		[ "$rid" = self ] && rid=
		printf '%s' "$text" | essaim "$2" record put - --kind "$kind" ${rid:+--rid "$rid"} --lang "$lang" \
			--author "${did[$1]}" >/dev/null
	done <"$here/demo/$1.ndjson"
}

publish_all() {
	local node job
	for node in "${nodes[@]}"; do
		(
			trap - EXIT INT HUP
			trap 'exit 1' TERM
			publish "$node" "$node"
			[ "$node" != "$association_node" ] || publish "$association" "$node"
		) &
		publishers+=($!)
	done
	for job in "${publishers[@]}"; do
		wait "$job" || die "Des fiches ont été refusées." "Some records were refused."
	done
	publishers=()
}

# --- joining ------------------------------------------------------------------------------------

join_ring() {
	local i n=${#nodes[@]} node next
	for ((i = 0; i < n; i++)); do
		node=${nodes[i]} next=${nodes[(i + 1) % n]}
		essaim "$node" peer add "${url[$next]}" --vouch --yes >/dev/null
		essaim "$next" peer add "${url[$node]}" --vouch --yes >/dev/null
	done
}

# Do all four print one state, with everything indexed?  Sets state and live.
agreed() {
	local node status first=''
	for node in "${nodes[@]}"; do
		status=$(essaim "$node" status --json)
		state=$(member state "$status") live=$(member live "$status")
		[ -n "$state" ] && [ "$state" = "${first:-$state}" ] || return 1
		[ "$(member seq "$status")" = "$(member search_seq "$status")" ] || return 1
		first=$state
	done
}

wait_agreed() {
	local try node
	for ((try = 0; try < JOIN_TRIES; try++)); do
		agreed && return 0
		sleep 0.25
	done
	for node in "${nodes[@]}"; do
		essaim "$node" status >&2 || true
	done
	die "Les quatre nœuds ne se sont pas accordés." "The four nodes did not come to agree."
}

# --- the whole ----------------------------------------------------------------------------------

summary() {
	local node
	echo
	say "Quatre territoires, un seul catalogue : $live fiches, les mêmes partout (état ${state:0:16}…)." \
	    "Four territories, one catalogue: $live records, the same everywhere (state ${state:0:16}…)."
	echo
	for node in "${nodes[@]}"; do
		printf '  %s   %s\n' "${url[$node]}" "${name[$node]}"
	done
	echo
	say "Entrer chez Rennes Métropole comme animatrice ou animateur (lien à usage unique) :" \
	    "To enter Rennes Métropole as its operator (a link for one use):"
	printf '  %s\n\n' "$login"
	if [ "$keep" -eq 1 ]; then
		say "Les données restent dans $dir." "The data stays in $dir."
	fi
}

main() {
	local node
	case $# in
	0) ;;
	1) [ "$1" = --once ] || usage; once=1 ;;
	*) usage ;;
	esac
	[ -x "$ESSAIM" ] || die "Pas de programme $ESSAIM : lancez « make »." "No program $ESSAIM: run make."
	trap finish EXIT
	trap interrupted INT TERM HUP
	if [ -n "${DEMO_DIR:-}" ]; then
		[ ! -e "$DEMO_DIR" ] || die "$DEMO_DIR existe déjà." "$DEMO_DIR exists already."
		mkdir -p -- "$DEMO_DIR"
		keep=1 dir=$DEMO_DIR
	else
		dir=$(mktemp -d "${TMPDIR:-/tmp}/essaim-demo.XXXXXX")
	fi
	say "Essaim : les nœuds se préparent…" "Essaim: the nodes are being made…"
	for node in "${nodes[@]}"; do
		make_node "$node"
	done
	did[$association]=$(member did "$(essaim "$association_node" author add --json "$association_name")")
	for node in "${nodes[@]}"; do
		start_node "$node"
	done
	publish_all
	join_ring
	say "Ils font connaissance…" "They are getting acquainted…"
	wait_agreed
	login=$(member link "$(essaim rennes login --json)")
	joined=1
	summary
	if [ "$once" -eq 1 ]; then
		exit 0
	fi
	say "Ctrl-C arrête tout." "Ctrl-C stops everything."
	wait -n "${pid[@]}" || true
	say "Un nœud s’est arrêté de lui-même." "A node stopped by itself." >&2
	return 1
}

usage() {
	say "Usage : deploy/demo.sh [--once]" "Usage: deploy/demo.sh [--once]" >&2
	exit 2
}

main "$@"
