#!/bin/bash
# SPDX-License-Identifier: AGPL-3.0-or-later
# lint.sh - what a compiler does not say: layers, headers, globals, folders, texts.  `make lint`.
#
# Each check is a function that prints what is wrong and fails; advice is printed and never fails.
# B, CC, CPPFLAGS, WARN and PO come from the Makefile.
set -u -o pipefail
cd "$(dirname "$0")/.." || exit 2
B=${B:?run me with make lint}
passed=0 failed=0

check() {
	local what=$1 out
	shift
	if out=$("$@" 2>&1); then
		passed=$((passed + 1))
		echo "ok    $what"
	else
		failed=$((failed + 1))
		printf 'FAIL  %s\n%s\n' "$what" "$out"
	fi
}

# Succeeds when nothing is printed by the command.
silent() {
	local out
	out=$("$@" 2>&1)
	[ -z "$out" ] || { echo "$out"; return 1; }
}

headers_alone() {
	local h bad=0
	for h in $(git ls-files '*.h'); do
		# shellcheck disable=SC2086 # flags are words
		printf '#include "%s"\ntypedef int not_empty;\n' "$h" |
		    $CC $CPPFLAGS -std=c11 $WARN -Werror -fsyntax-only -x c - || { echo "$h is not self-contained"; bad=1; }
	done
	return $bad
}

proto_includes() {
	silent grep -nE '#include *["<](node|tools|tests|sqlite3|curl|microhttpd|pthread|sys/|unistd|time\.h)' proto/*.[ch]
}

proto_calls() {
	nm -u "$B/libproto.a" | awk 'NF==2 && $1=="U"{print $2}' | sort -u >"$B/lint.calls"
	silent grep -E '^(open|read|write|socket|connect|send|recv|poll|time|clock_gettime|gettimeofday|localtime.*|fopen|fread|getenv|rand|random|randombytes.*|crypto_[a-z0-9_]*_keypair|pthread_.*|sqlite3_.*|curl_.*|MHD_.*|json_load_file|json_dump_file)$' "$B/lint.calls"
}

# includes_only HEADER PATTERN: only files that match the pattern include it.
includes_only() {
	git ls-files '*.c' '*.h' | xargs grep -lE "#include *<$1" | grep -vE "$2" >"$B/lint.includes"
	silent cat "$B/lint.includes"
}

lower_layers() {
	silent grep -nE '#include *"(tools|tests)/' node/*/*.[ch]
}

no_writable_globals() {
	objdump -t "$B/libproto.a" "$B/libnode.a" | awk '
		NF > 3 && ($(NF-2) ~ /^\.(data|bss|tdata|tbss)$/ || $(NF-2) == "*COM*") &&
		    $(NF) !~ /^\.(data|bss)/ && $(NF-1) !~ /^0+$/ { print; bad = 1 }
		END { exit bad }'
}

# Every folder with sources of ours; what a folder above explains (templates, migrations, seeds) aside.
folder_readmes() {
	local d bad=0
	for d in $(git ls-files '*.c' '*.h' '*.js' '*.sh' '*.ndjson' | xargs -n 1 dirname | sort -u); do
		case $d in .|node/web/static|tests/fuzz/corpus/*) continue ;; esac
		[ -s "$d/README.md" ] || { echo "$d/README.md is missing"; bad=1; }
	done
	return $bad
}

licence_lines() {
	local f bad=0
	for f in $(git ls-files '*.c' '*.h' '*.sh' '*.js' Makefile .ci/run); do
		head -n 3 "$f" | grep -q 'SPDX-License-Identifier: AGPL-3.0-or-later' || { echo "$f has no licence line"; bad=1; }
	done
	return $bad
}

texts_complete() {
	local po bad=0
	for po in $PO; do
		msgfmt --check-header --check-domain -o /dev/null "$po" || bad=1
	done
	# shellcheck disable=SC2086
	build/host/mkpo --check $PO && [ $bad -eq 0 ]
}

nothing_generated_committed() {
	silent git ls-files 'build/*' 'var/*' '*.o' '*.a' '*.d' '*.db' '*.db-wal' 'tests/node_modules/*'
}

nothing_remote_in_pages() {
	git ls-files 'node/web/*.html' 'node/web/*.css' 'node/web/*.js' >"$B/lint.pages"
	silent xargs -a "$B/lint.pages" -r grep -nE '<(script|link|img|iframe)[^>]*(src|href)=["'"'"' ]*(https?:)?//|url\( *["'"'"']?(https?:)?//|@import'
}

scripts_clean() {
	# shellcheck disable=SC2046
	shellcheck -e SC1091 $(git ls-files '*.sh' .ci/run)
}

advice_format() {
	local n
	command -v clang-format >/dev/null || return 0
	n=$(git ls-files '*.c' '*.h' | xargs clang-format --dry-run 2>&1 | grep -c 'warning:')
	echo "note  clang-format would change $n places (advice: our tables and prototypes are set by hand)"
}

# GNU style bodies: a line that is { opens, a line that is } closes, the name is on the line before.
advice_longest() {
	echo "note  the ten longest functions:"
	# shellcheck disable=SC2016 # awk's own fields
	git ls-files '*.c' | xargs awk '
		FNR == 1 { open = 0 }
		/^\{$/ { open = FNR; name = last }
		/^\}/ && open { printf "%6d  %s:%d  %s\n", FNR - open, FILENAME, open, name; open = 0 }
		/^[a-z_]/ { last = $0; sub(/\(.*/, "", last) }' | sort -rn | head -n 10
}

check "every header compiles alone" headers_alone
check "proto/ includes nothing of the system" proto_includes
check "proto/ does no input or output and asks no time or chance" proto_calls
check "node/ knows nothing of tools/" lower_layers
check "libcurl only in node/gossip and the command line's client" includes_only curl/ '^(node/gossip/|tools/cli/client\.c|tools/bench/|tests/)'
check "libmicrohttpd only in node/http" includes_only microhttpd '^(node/http/|tools/bench/|tests/)'
check "SQLite only in node/store and node/search" includes_only sqlite3 '^(node/store/|node/search/|tools/bench/|tests/)'
check "no writable globals" no_writable_globals
check "each folder has a README" folder_readmes
check "each source file names its licence" licence_lines
check "the interface's texts are complete in each language" texts_complete
check "nothing generated is committed" nothing_generated_committed
check "pages and styles load nothing from elsewhere" nothing_remote_in_pages
if command -v shellcheck >/dev/null; then
	check "shellcheck finds nothing" scripts_clean
fi
advice_format
advice_longest
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
