#!/bin/sh
# SPDX-License-Identifier: AGPL-3.0-or-later
# packages.sh - install the Debian 12 packages that a set of make targets needs.
#
#   deploy/packages.sh [-n] SET...      SET: build test bench fuzz
#   deploy/packages.sh --list SET...    the packages of these sets, one a line
#
# Nothing missing: silent, at once, no rights needed.  Otherwise as root apt-get is run, elsewhere
# sudo asked; with neither, the command to run is printed and the exit status is 1.
# -n only prints that command.
set -eu

list_build() {
	echo build-essential pkg-config gettext binutils
	echo libsodium-dev libjansson-dev libsqlite3-dev libcurl4-openssl-dev libmicrohttpd-dev
	echo libcmark-dev libutf8proc-dev libstemmer-dev libxml2-dev libical-dev libqrencode-dev
	echo zlib1g-dev libzip-dev libcsv-dev libinih-dev libgettextpo-dev libcmocka-dev libjs-leaflet tzdata
}

# Any node from 18 on will do, wherever it came from; so will any npm that stands beside it.
list_test() {
	node_is_recent || echo nodejs
	has npm || echo npm
	has chromium || echo chromium
	echo curl poppler-utils
}

list_bench() {
	has nginx || echo nginx-light
	has wrk || echo wrk
}

list_fuzz() {
	echo clang libclang-rt-14-dev
}

has() {
	command -v "$1" >/dev/null 2>&1
}

node_is_recent() {
	has node || return 1
	major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
	[ "${major:-0}" -ge 18 ]
}

wanted() {
	for set in "$@"; do "list_$set"; done | tr ' ' '\n' | sort -u
}

# Those of the arguments that are not installed.
missing() {
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
	    sed -n 's/^installed //p' | sort -u >"$tmp/installed"
	printf '%s\n' "$@" | sort -u | comm -23 - "$tmp/installed"
}

# apt-get, waiting up to five minutes for whoever holds its lock.
apt() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
	    -o Acquire::Retries=3 -qq "$@"
}

usage() {
	echo "usage: packages.sh [-n|--list] build|test|bench|fuzz..." >&2
	exit 2
}

mode=install
case ${1-} in
-n) mode=tell; shift ;;
--list) mode=list; shift ;;
esac
[ $# -gt 0 ] || usage
for set in "$@"; do
	case $set in build|test|bench|fuzz) ;; *) usage ;; esac
done
packages=$(wanted "$@")
if [ "$mode" = list ]; then
	echo "$packages"
	exit 0
fi
[ -n "$packages" ] || exit 0
if ! has dpkg-query; then
	echo "packages.sh: this is not a Debian system; if the build fails, install the equivalents of:" >&2
	echo "$packages" | tr '\n' ' ' >&2; echo >&2
	exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
# shellcheck disable=SC2086 # package names are words
todo=$(missing $packages | tr '\n' ' ')
[ -n "${todo% }" ] || exit 0

command="apt-get update && apt-get install -y --no-install-recommends $todo"
if [ "$mode" = tell ]; then
	echo "$command"
	exit 0
fi
if [ "$(id -u)" -eq 0 ]; then
	as_root=
elif has sudo; then
	as_root=sudo
else
	echo "Essaim needs some Debian packages.  Please run as root, then start again:" >&2
	echo "  $command" >&2
	exit 1
fi
echo "Installing Debian packages: $todo" >&2
apt update >&2 || echo "packages.sh: apt-get update failed, trying with the lists at hand" >&2
# shellcheck disable=SC2086
if ! apt install -y --no-install-recommends $todo >"$tmp/log" 2>&1; then
	tail -n 30 "$tmp/log" >&2
	echo "packages.sh: could not install: $todo" >&2
	exit 1
fi
