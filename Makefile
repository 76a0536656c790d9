# SPDX-License-Identifier: AGPL-3.0-or-later
# make help lists the targets.  V=release|debug|asan|tsan|cover|fuzz chooses the variant; each
# builds into build/$(V)/.  What a target needs from Debian is installed first: deploy/packages.sh.
V       ?= release
PREFIX  ?= /usr/local
B       := build/$(V)
H       := build/host

ifeq ($(MAKELEVEL),0)
ifeq (,$(findstring -j,$(MAKEFLAGS)))
MAKEFLAGS += -j$(shell nproc)
endif
endif
MAKEFLAGS += --no-print-directory

# --- packages: before anything below asks pkg-config or the compiler ---------------------------
GOALS := $(or $(MAKECMDGOALS),all)
PACKAGE_SETS := $(if $(filter-out clean help format packages-%,$(GOALS)),build) \
	$(if $(filter test test-c scenario browser,$(GOALS)),test) \
	$(if $(filter bench,$(GOALS)),bench) $(if $(filter fuzz,$(V) $(GOALS)),fuzz)
ifneq ($(strip $(PACKAGE_SETS)),)
$(shell deploy/packages.sh $(PACKAGE_SETS) >&2)
ifneq ($(.SHELLSTATUS),0)
$(error Debian packages are missing, see above)
endif
endif

# --- flags -------------------------------------------------------------------------------------
MODULES := libsodium jansson sqlite3 libcurl libmicrohttpd libcmark libutf8proc libxml-2.0 libical libqrencode zlib libzip cmocka
CPPFLAGS += -I. -I$(B)/gen -D_GNU_SOURCE
ifneq ($(strip $(PACKAGE_SETS)),)
CPPFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(MODULES) 2>/dev/null))
LDLIBS  += $(shell pkg-config --libs $(filter-out cmocka,$(MODULES)) 2>/dev/null) -lstemmer -lcsv -lpthread -lm
endif
TESTLIBS := -lcmocka

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wold-style-definition -Wformat=2 -Wvla -Wundef \
        -Wwrite-strings -Wcast-qual -Wpointer-arith -Wimplicit-fallthrough \
        -fno-common
HARD := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
HARDLD := -pie -Wl,-z,relro,-z,now

CFLAGS_release := -O2 -g $(HARD)
LDFLAGS_release := $(HARDLD)
CFLAGS_debug := -Og -g3 -Werror
CFLAGS_asan  := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan  := -O1 -g -fsanitize=thread
CFLAGS_cover := -O0 -g3 --coverage
CFLAGS_fuzz  := -O1 -g -fsanitize=fuzzer-no-link,address,undefined
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_tsan := -fsanitize=thread
LDFLAGS_cover := --coverage
LDFLAGS_fuzz := -fsanitize=address,undefined
ifeq ($(V),fuzz)
CC := clang
endif

CFLAGS_ALL = -std=c11 $(WARN) $(CFLAGS_$(V)) $(CFLAGS) -MMD -MP

# --- what is built -----------------------------------------------------------------------------
objects = $(patsubst %.c,$(B)/%.o,$(sort $(wildcard $(1))))
PROTO  := $(call objects,proto/*.c)
NODE   := $(call objects,node/*/*.c)
CLI    := $(call objects,tools/cli/*.c)
IMPORT := $(call objects,tools/import/*.c)
SIM    := $(call objects,tools/sim/*.c)
BENCH  := $(call objects,tools/bench/*.c)
UNIT   := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/*_test.c)))
FUZZ   := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
ifneq ($(T),)			# one of them: the same choice as in tests/run.sh
UNIT   := $(foreach t,$(UNIT),$(if $(findstring $(T),$(notdir $(t))),$(t)))
FUZZ   := $(foreach t,$(FUZZ),$(if $(findstring $(T),$(notdir $(t))),$(t)))
endif
REPLAY := $(FUZZ:_fuzz=_replay)
TOOLS  := $(H)/mktmpl $(H)/mkpo $(H)/mkasset $(H)/mksql

TMPL   := $(sort $(wildcard node/web/tmpl/*.html))
# Debian's Leaflet goes with the map's own scripts and styles, as one file each.
LEAFLET := /usr/share/javascript/leaflet
ASSETS := $(filter-out %/map.js,$(sort $(wildcard node/web/static/*))) $(B)/gen/atlas.js $(B)/gen/atlas.css
PO     := $(sort $(wildcard node/web/po/*.po))
PO     := $(filter %/fr.po,$(PO)) $(filter-out %/fr.po,$(PO))	# the reference first
RECORD_SQL := $(sort $(wildcard node/store/migrations/*.sql))
SEARCH_SQL := $(sort $(wildcard node/search/*.sql))
PAGES  := $(TMPL:node/web/tmpl/%.html=$(B)/gen/page_%.o)
GENH   := $(B)/gen/text.h $(B)/gen/asset.h \
	$(if $(RECORD_SQL),$(B)/gen/sql_record.h) $(if $(SEARCH_SQL),$(B)/gen/sql_search.h)
GENO   := $(B)/gen/text.o $(B)/gen/asset.o $(PAGES)
.SECONDARY:
.DELETE_ON_ERROR:

all: $(if $(CLI),$(B)/essaim) $(B)/libproto.a $(B)/libnode.a $(B)/tests/negentropy-driver $(B)/essaim-sim ## build the program, build/release/essaim
$(B)/essaim: $(CLI) $(IMPORT) $(B)/libnode.a $(B)/libproto.a
	@echo "  LD    $@"; $(CC) $(CFLAGS_$(V)) $(LDFLAGS_$(V)) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/essaim-sim: $(SIM) $(B)/libproto.a
	@echo "  LD    $@"; $(CC) $(CFLAGS_$(V)) $(LDFLAGS_$(V)) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/bench: $(BENCH) $(IMPORT) $(B)/libnode.a $(B)/libproto.a
	@echo "  LD    $@"; $(CC) $(CFLAGS_$(V)) $(LDFLAGS_$(V)) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/tests/negentropy-driver: $(B)/tests/driver/negentropy-driver.o $(B)/libproto.a
	@echo "  LD    $@"; $(CC) $(CFLAGS_$(V)) $(LDFLAGS_$(V)) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/libproto.a: $(PROTO)
$(B)/libnode.a: $(NODE) $(GENO)
%.a:
	@echo "  AR    $@"; rm -f $@; $(AR) rcs $@ $^

$(B)/%.o: %.c | $(GENH)
	@mkdir -p $(@D); echo "  CC    $<"; $(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c -o $@ $<
$(B)/gen/%.o: $(B)/gen/%.c | $(GENH)
	@echo "  CC    $<"; $(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c -o $@ $<

# --- generated sources: tools/gen/ -------------------------------------------------------------
# $(call generate,LABEL,COMMAND): run the command into the target, which only appears when whole.
generate = @mkdir -p $(@D); echo "  $(1) $@"; $(2) >$@.tmp && mv $@.tmp $@

$(B)/gen/page_%.c: node/web/tmpl/%.html $(H)/mktmpl
	$(call generate,TMPL ,$(H)/mktmpl $<)
$(B)/gen/text.h: $(PO) $(H)/mkpo
	$(call generate,PO   ,$(H)/mkpo --header $(PO))
$(B)/gen/text.c: $(PO) $(H)/mkpo
	$(call generate,PO   ,$(H)/mkpo --source $(PO))
$(B)/gen/atlas.js: $(LEAFLET)/leaflet.min.js node/web/static/map.js node/web/static/suggest.js
	$(call generate,CAT  ,sed '/^.*# sourceMappingURL=/d' $^)
$(B)/gen/atlas.css: $(LEAFLET)/leaflet.css node/web/static/map.css
	$(call generate,CAT  ,sed '/^.*# sourceMappingURL=/d' $^)
$(B)/gen/asset.h: $(ASSETS) $(H)/mkasset
	$(call generate,ASSET,$(H)/mkasset --header $(ASSETS))
$(B)/gen/asset.c: $(ASSETS) $(H)/mkasset
	$(call generate,ASSET,$(H)/mkasset --source $(ASSETS))
$(B)/gen/sql_record.h: $(RECORD_SQL) $(H)/mksql
	$(call generate,SQL  ,$(H)/mksql record $(RECORD_SQL))
$(B)/gen/sql_search.h: $(SEARCH_SQL) $(H)/mksql
	$(call generate,SQL  ,$(H)/mksql search $(SEARCH_SQL))
$(H)/mkpo: HOSTLIBS := -lgettextpo
$(H)/%: tools/gen/%.c tools/gen/gen.c tools/gen/gen.h
	@mkdir -p $(@D); echo "  HOST  $@"
	@cc -std=c11 -D_GNU_SOURCE -O1 -g $(WARN) -I. -o $@ $< tools/gen/gen.c $(HOSTLIBS)

# --- run ---------------------------------------------------------------------------------------
run: all			## one node of your own in ./var, on http://127.0.0.1:8420
	@test -e var/record.db || $(B)/essaim init --data var --name "$${NAME:-Mon territoire}"
	@$(B)/essaim serve --data var
demo: all			## several nodes with content on this machine: deploy/demo.sh
	@ESSAIM=$(CURDIR)/$(B)/essaim deploy/demo.sh

# --- tests -------------------------------------------------------------------------------------
$(B)/tests/%_test: $(B)/tests/%_test.o $(IMPORT) $(B)/libnode.a $(B)/libproto.a
	@echo "  LD    $@"; $(CC) $(CFLAGS_$(V)) $(LDFLAGS_$(V)) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(TESTLIBS)
$(B)/tests/%_replay: $(B)/tests/%_fuzz.o $(B)/tests/fuzz/replay.o $(IMPORT) $(B)/libnode.a $(B)/libproto.a
	@echo "  LD    $@"; $(CC) $(CFLAGS_$(V)) $(LDFLAGS_$(V)) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(B)/tests/%_fuzz: $(B)/tests/%_fuzz.o $(IMPORT) $(B)/libnode.a $(B)/libproto.a
	@echo "  LD    $@"; $(CC) $(CFLAGS_$(V)) -fsanitize=fuzzer $(LDFLAGS_$(V)) $(LDFLAGS) -o $@ $^ $(LDLIBS)

testable: all $(TOOLS) $(UNIT) $(REPLAY)
test: testable			## everything: unit, corpus, scenario, browser; ends with the totals
	@V=$(V) tests/run.sh unit corpus scenario browser
test-c: testable		## without the browser; for V=asan, V=tsan
	@V=$(V) tests/run.sh unit corpus scenario
unit: $(TOOLS) $(UNIT)		## unit tests; T=name for one of them
	@V=$(V) T=$(T) tests/run.sh unit
corpus: $(REPLAY)		## replay the fuzzers' seed inputs and small variations of them
	@V=$(V) T=$(T) tests/run.sh corpus
scenario: all			## real nodes on loopback; T=name for one script
	@V=$(V) T=$(T) tests/run.sh scenario
browser: all			## the pages in Chromium; T=name for one script
	@V=$(V) T=$(T) tests/run.sh browser
bench: $(if $(BENCH),$(B)/bench) all	## measure, as ratios against a floor run beside it
	@$(if $(BENCH),$(B)/bench $(BENCH_ARGS),echo "tools/bench has nothing to run"; exit 1)
sim: $(B)/essaim-sim		## the network simulator, in all sizes (half an hour); SIM_ARGS="--seed 7 --faults all" for one run
ifneq ($(strip $(SIM_ARGS)),)
	@$(B)/essaim-sim $(SIM_ARGS)
else
	@$(B)/essaim-sim --sweep 1000
	@$(B)/essaim-sim --curve 4,16,64,256,1024 --records 1000 --svg $(B)/sim.svg
	@$(B)/essaim-sim --policy sticky=4 --nodes 100 --records 100000
	@$(B)/essaim-sim --policy sticky=4 --nodes 1000 --records 10000
	@$(B)/essaim-sim --policy sticky=4 --nodes 10000 --records 1000 --authors 32 --write-s 5
	@echo "drawn in $(B)/sim.svg"
endif
storm: testable			## twelve real nodes through a cut, crashes and an erasure; STORM_SEED=7 for another one
	@STORM=1 T=storm tests/run.sh scenario
soak:				## the simulator and the replays for long, under the sanitizers; MINUTES=10
	@$(MAKE) V=asan testable
	@V=asan tests/run.sh soak
fuzz:				## libFuzzer on every parser, SECONDS_EACH=10; T=name for one
	@$(MAKE) V=fuzz T=$(T) fuzzers
	@V=fuzz T=$(T) tests/run.sh fuzz
fuzzers: $(FUZZ)

# --- upkeep ------------------------------------------------------------------------------------
lint: all			## headers, layers, globals, texts, folders, scripts; the longest functions
	@CC="$(CC)" CPPFLAGS="$(CPPFLAGS)" WARN="$(WARN)" PO="$(PO)" B=$(B) tests/lint.sh
format:				## clang-format over the C files
	clang-format -i $$(git ls-files '*.c' '*.h')
install: all			## DESTDIR= PREFIX=/usr/local
	@install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/essaim \
	  $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 755 $(B)/essaim $(DESTDIR)$(PREFIX)/bin/essaim
	install -m 644 deploy/places.tsv deploy/outline.tsv deploy/nginx.conf deploy/METTRE-EN-LIGNE.md LICENSE $(DESTDIR)$(PREFIX)/share/essaim/
	sed 's|@PREFIX@|$(PREFIX)|g' deploy/essaim.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/essaim.service
	@if $(B)/essaim help --man >$(B)/essaim.1 2>/dev/null; then \
	  install -m 644 $(B)/essaim.1 $(DESTDIR)$(PREFIX)/share/man/man1/; fi
	@if $(B)/essaim help --conf >$(B)/essaim.conf 2>/dev/null; then \
	  install -m 644 $(B)/essaim.conf $(DESTDIR)$(PREFIX)/share/essaim/; fi
packages-%:			## install the Debian packages of a set: build test bench fuzz
	@deploy/packages.sh $*
clean:				## remove build/
	rm -rf build
help:				## this list
	@sed -n 's/^\([a-z%-]*\):[^#]*## *\(.*\)/  make \1\t\2/p' Makefile | expand -t 22
	@echo "  V=release|debug|asan|tsan|cover|fuzz chooses the variant, in build/V/"
.PHONY: all run demo test test-c testable unit corpus scenario browser bench sim storm soak fuzz fuzzers lint format install clean help
-include $(shell find $(B) -name '*.d' 2>/dev/null)
