# make [V=release|debug|asan|tsan|cover]   build into build/$(V)/
# make demo | run | test | bench | fuzz | sim | soak | lint | format | install DESTDIR= PREFIX=
V       ?= release
CC      ?= cc
PREFIX  ?= /usr/local
B       := build/$(V)

MODULES := libsodium jansson sqlite3 libcurl libmicrohttpd libcmark libutf8proc libxml-2.0 libical libqrencode zlib libzip cmocka
CPPFLAGS += -I. -I$(B)/gen -D_GNU_SOURCE
CPPFLAGS += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(MODULES) 2>/dev/null))
LDLIBS  += $(shell pkg-config --libs $(filter-out cmocka,$(MODULES)) 2>/dev/null) -lstemmer -lcsv -linih -lpthread -lm
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
LDFLAGS_fuzz := -fsanitize=fuzzer,address,undefined
ifeq ($(V),fuzz)
CC := clang
endif

CFLAGS_ALL = -std=c11 $(WARN) $(CFLAGS_$(V)) $(CFLAGS) -MMD -MP

PROTO := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard proto/*.c)))
NODE  := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard node/*/*.c)))
PAGES := $(patsubst node/web/tmpl/%.html,$(B)/gen/page_%.o,$(sort $(wildcard node/web/tmpl/*.html)))
CLI   := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tools/cli/*.c tools/import/*.c)))
UNIT  := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/unit/*_test.c)))
FUZZ  := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
.SECONDARY:

all: $(B)/essaim
$(B)/essaim: $(CLI) $(B)/libnode.a $(B)/libproto.a
	@echo "  LD    $@"; $(CC) $(LDFLAGS_$(V)) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/libproto.a: $(PROTO)
$(B)/libnode.a: $(NODE) $(PAGES)
%.a:
	@echo "  AR    $@"; rm -f $@; $(AR) rcs $@ $^

$(B)/%.o: %.c
	@mkdir -p $(@D); echo "  CC    $<"; $(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c -o $@ $<
$(B)/gen/%.o: $(B)/gen/%.c
	@echo "  CC    $<"; $(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c -o $@ $<

$(B)/tests/%: $(B)/tests/%.o $(B)/libnode.a $(B)/libproto.a
	@echo "  LD    $@"; $(CC) $(LDFLAGS_$(V)) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(TESTLIBS)

unit: $(UNIT)
	@for t in $(UNIT); do $$t || exit 1; done
lint: check-headers check-layers check-globals
check-headers:				# every header compiles alone
	@for h in $$(git ls-files '*.h'); do \
	  printf '#include "%s"\ntypedef int not_empty;\n' $$h | $(CC) $(CPPFLAGS) -std=c11 $(WARN) -Werror -fsyntax-only -x c - || { echo "$$h is not self-contained"; exit 1; }; done
check-layers: $(B)/libproto.a		# proto/ may call libc's pure part, libsodium, jansson: nothing else
	@! grep -nE '#include *["<](node|tools|tests|sqlite3|curl|microhttpd|pthread|sys|unistd|time)' proto/*.[ch]
	@nm -u $(B)/libproto.a | awk 'NF==2 && $$1=="U"{print $$2}' | sort -u | grep -E '^(open|read|write|socket|connect|time|clock_gettime|fopen|getenv|rand|randombytes.*|pthread_.*|sqlite3_.*|curl_.*|MHD_.*)$$' \
	  && { echo "proto/ does I/O or asks the time"; exit 1; } || true
check-globals: $(B)/libproto.a $(B)/libnode.a	# no writable state outside a struct someone owns
	@objdump -t $^ | awk 'NF>3 && ($$(NF-2)==".data" || $$(NF-2)==".bss" || $$(NF-2)=="*COM*") {if ($$(NF)!=".data" && $$(NF)!=".bss") {print; bad=1}} END{exit bad}'
format:
	clang-format -i $$(git ls-files '*.c' '*.h')
clean:
	rm -rf build
.PHONY: all unit lint check-headers check-layers check-globals format clean
-include $(shell find $(B) -name '*.d' 2>/dev/null)
