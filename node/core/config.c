/* SPDX-License-Identifier: AGPL-3.0-or-later
 * config.c - the table of options and the file that sets them; see config.h.
 *
 * The parser is ours because Debian's INI library cuts lines at 200 bytes, and a
 * legal notice is longer.  In a value, \n is a line break and \\ a backslash.
 */
#include "node/core/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/core/file.h"
#include "proto/buf.h"
#include "proto/err.h"

#define VALUE_BYTES_MAX (16 * 1024)
#define FILE_BYTES_MAX (256 * 1024)

#define TEXT(key, member, fallback, help) \
	{ key, CONFIG_TEXT, offsetof(struct config, member), fallback, 0, VALUE_BYTES_MAX, help }
#define INT(key, member, fallback, min, max, help) \
	{ key, CONFIG_INT, offsetof(struct config, member), fallback, min, max, help }
#define BOOL(key, member, fallback, help) \
	{ key, CONFIG_BOOL, offsetof(struct config, member), fallback, 0, 1, help }

const struct config_option config_option[] = {
	TEXT("name", name, "", "name of this node, shown at the top of every page"),
	TEXT("listen", listen, "127.0.0.1:8420", "address and port to listen on; a proxy in front speaks HTTPS"),
	TEXT("url", url, "", "public address, https://...; empty: this node only calls out"),
	TEXT("trusted-proxies", trusted_proxies, "127.0.0.1, ::1",
	    "proxies whose X-Forwarded-For header is believed"),
	INT("threads", threads, "0", 0, 64, "HTTP threads; 0: two a core"),
	INT("workers", workers, "0", 0, 64, "threads that verify signatures; 0: one a core"),
	TEXT("admission", admission, "vouched",
	    "whose records are kept: listed (chosen here), vouched (by those one trusts), open (anybody; for trials)"),
	TEXT("areas", areas, "",
	    "hold only what concerns these places: INSEE codes of communes, departements, EPCI; empty: everywhere"),
	TEXT("kinds", kinds, "", "hold only these kinds of record: initiative, event, offer...; empty: all"),
	BOOL("allow-private", allow_private, "no", "call peers on private and loopback addresses"),
	INT("sync-interval-s", sync_interval_s, "60", 1, 86400, "seconds between two pulls from one neighbour"),
	TEXT("together", together, "believed",
	    "records said to tell of one thing as one entry: believed (own authors, the records' own), all, apart (never)"),
	BOOL("push", push, "yes", "tell neighbours of fresh records at once"),
	BOOL("publish-blocks", publish_blocks, "no",
	    "let other operators read what is blocked here, with your reasons, as advice"),
	INT("source-vanish-percent", source_vanish_percent, "10", 0, 100,
	    "of a source's records, how many may vanish from it before its operator is asked (and never half)"),
	INT("source-timeout-s", source_timeout_s, "120", 1, 3600, "seconds a source may take to send everything"),
	INT("source-megabytes", source_megabytes, "64", 1, 1024, "the most that is read of one source"),
	TEXT("lang", lang, "fr", "language of the pages when the visitor asks for none we have"),
	TEXT("home-text", home_text, "", "text of the home page (Markdown; \\n is a line break)"),
	TEXT("legal-notice", legal_notice, "", "legal notice (Markdown); a public node must have one"),
	TEXT("contact", contact, "", "public e-mail address of whoever runs this node"),
	TEXT("colour", colour, "", "accent colour of the pages, #rrggbb"),
	TEXT("logo", logo, "", "logo, an SVG or PNG file beside this one"),
	TEXT("tiles", tiles, "",
	    "tile server under the map, https://.../{z}/{x}/{y}.png: visitors' browsers then ask it; empty: none"),
	TEXT("tiles-attribution", tiles_attribution, "", "who made those tiles, shown below the map"),
	INT("clock-offset-s", clock_offset_s, "0", -400000000, 400000000, "added to the clock: for tests"),
	TEXT("log-level", log_level, "info", "error, warn, info or debug"),
};
const size_t config_option_count = sizeof config_option / sizeof config_option[0];

static char **
text_at(struct config *c, const struct config_option *o)
{
	return (char **)(void *)((char *)c + o->offset);
}

static int64_t *
int_at(struct config *c, const struct config_option *o)
{
	return (int64_t *)(void *)((char *)c + o->offset);
}

static int
parse_int(const struct config_option *o, const char *value, int64_t *out, struct err *e)
{
	char *end;

	errno = 0;
	*out = strtoll(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || *out < o->min || *out > o->max)
		return err_set(e, ERR_USAGE, "%s is a number from %lld to %lld, not \"%s\"", o->key,
		    (long long)o->min, (long long)o->max, value);
	return 0;
}

static int
parse_bool(const struct config_option *o, const char *value, int64_t *out, struct err *e)
{
	static const char *const word[2][4] = {
		{ "no", "false", "0", "off" }, { "yes", "true", "1", "on" },
	};

	for (size_t i = 0; i < 8; i++)
		if (strcmp(value, word[i & 1][i >> 1]) == 0)
			return *out = (int64_t)(i & 1), 0;
	return err_set(e, ERR_USAGE, "%s is yes or no, not \"%s\"", o->key, value);
}

int
config_set(struct config *c, const char *key, const char *value, struct err *e)
{
	const struct config_option *o = NULL;
	size_t i;
	char *copy;

	for (i = 0; i < config_option_count; i++)
		if (strcmp(config_option[i].key, key) == 0)
			o = &config_option[i];
	if (o == NULL)
		return err_set(e, ERR_USAGE, "unknown option \"%s\": \"essaim help --conf\" lists them", key);
	if (o->type == CONFIG_INT)
		return parse_int(o, value, int_at(c, o), e);
	if (o->type == CONFIG_BOOL)
		return parse_bool(o, value, int_at(c, o), e);
	if (strlen(value) > VALUE_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "%s is longer than %d bytes", key, VALUE_BYTES_MAX);
	if ((copy = strdup(value)) == NULL)
		return err_memory(e);
	free(*text_at(c, o));
	*text_at(c, o) = copy;
	return 0;
}

int
config_init(struct config *c, struct err *e)
{
	size_t i;

	memset(c, 0, sizeof *c);
	for (i = 0; i < config_option_count; i++)
		if (config_set(c, config_option[i].key, config_option[i].fallback, e) == -1) {
			config_clear(c);
			return -1;
		}
	return 0;
}

void
config_clear(struct config *c)
{
	size_t i;

	for (i = 0; i < config_option_count; i++)
		if (config_option[i].type == CONFIG_TEXT)
			free(*text_at(c, &config_option[i]));
	memset(c, 0, sizeof *c);
}

static void
unescape(char *s)
{
	char *out = s;

	for (; *s != '\0'; s++) {
		if (s[0] == '\\' && s[1] == 'n')
			*out++ = '\n', s++;
		else if (s[0] == '\\' && s[1] == '\\')
			*out++ = '\\', s++;
		else
			*out++ = *s;
	}
	*out = '\0';
}

static int
load_line(struct config *c, struct span line, struct arena *a, struct err *e)
{
	struct span value = line, key;
	char *k, *v;

	if (line.len == 0 || strchr("#;[", line.ptr[0]) != NULL)
		return 0;
	if (memchr(line.ptr, '\0', line.len) != NULL)
		return err_set(e, ERR_USAGE, "a zero byte: this is no text file");
	if (memchr(line.ptr, '=', line.len) == NULL)
		return err_set(e, ERR_USAGE, "expected \"key = value\"");
	key = span_trim(span_cut(&value, '='));
	value = span_trim(value);
	if ((k = arena_copy(a, key)) == NULL || (v = arena_copy(a, value)) == NULL)
		return err_memory(e);
	unescape(v);
	return config_set(c, k, v, e);
}

int
config_load(struct config *c, const char *path, struct err *e)
{
	struct buf text = BUF_INIT(FILE_BYTES_MAX);
	struct arena a = {0};
	struct span rest;
	unsigned line = 0;
	int rc = 0;

	if (access(path, F_OK) == -1 && errno == ENOENT)
		return 0;
	if (file_read(path, &text, e) == -1) {
		buf_clear(&text);	/* what was read before it failed */
		return -1;
	}
	for (rest = buf_span(&text); rc == 0 && rest.len > 0;) {
		line++;
		if ((rc = load_line(c, span_trim(span_cut(&rest, '\n')), &a, e)) == -1)
			err_wrap(e, "%s line %u", path, line);
	}
	arena_clear(&a);
	buf_clear(&text);
	return rc;
}

static int
add_escaped(struct buf *out, const char *s, struct err *e)
{
	for (; *s != '\0'; s++) {
		const char *as = *s == '\n' ? "\\n" : *s == '\\' ? "\\\\" : NULL;

		if (*s == '\r')
			continue;
		if ((as != NULL ? buf_adds(out, as, e) : buf_addc(out, *s, e)) == -1)
			return -1;
	}
	return 0;
}

/* c NULL: the sample, every option commented out at its default. */
static int
print(const struct config *c, struct buf *out, struct err *e)
{
	struct config *config = (struct config *)(uintptr_t)c;
	size_t i;

	if (buf_adds(out, "# Essaim: what this node's operator may set.  A line that starts with # is a remark;\n"
	    "# remove the # before an option to change it, then restart the node.\n", e) == -1)
		return -1;
	for (i = 0; i < config_option_count; i++) {
		const struct config_option *o = &config_option[i];
		char number[24];
		const char *value = o->fallback;

		if (config != NULL && o->type == CONFIG_TEXT)
			value = *text_at(config, o);
		else if (config != NULL && o->type == CONFIG_BOOL)
			value = *int_at(config, o) ? "yes" : "no";
		else if (config != NULL) {
			snprintf(number, sizeof number, "%lld", (long long)*int_at(config, o));
			value = number;
		}
		if (buf_addf(out, e, "\n# %s\n%s%s = ", o->help,
		    strcmp(value, o->fallback) == 0 ? "#" : "", o->key) == -1 ||
		    add_escaped(out, value, e) == -1 || buf_addc(out, '\n', e) == -1)
			return -1;
	}
	return 0;
}

int
config_write(const struct config *c, const char *path, struct err *e)
{
	struct buf out = BUF_INIT(FILE_BYTES_MAX);
	int rc = print(c, &out, e);

	if (rc == 0)
		rc = file_write(path, buf_span(&out), 0600, e);
	buf_clear(&out);
	return rc;
}

void
config_print_sample(FILE *f)
{
	struct buf out = BUF_INIT(FILE_BYTES_MAX);
	struct err e = {0};

	if (print(NULL, &out, &e) == 0)
		fwrite(out.ptr, 1, out.len, f);
	buf_clear(&out);
}

int
config_admission(const struct config *c, enum admission_mode *mode, struct err *e)
{
	static const char *const name[] = {
		[ADMIT_LISTED] = "listed", [ADMIT_VOUCHED] = "vouched", [ADMIT_OPEN] = "open",
	};

	for (unsigned i = 0; i < sizeof name / sizeof name[0]; i++)
		if (strcmp(c->admission, name[i]) == 0)
			return *mode = (enum admission_mode)i, 0;
	return err_set(e, ERR_USAGE, "admission is listed, vouched or open, not \"%s\"", c->admission);
}

unsigned
config_lacks(const struct config *c)
{
	return (*c->url == '\0' ? LACKS_URL : 0u) | (*c->legal_notice == '\0' ? LACKS_NOTICE : 0u) |
	    (*c->contact == '\0' ? LACKS_CONTACT : 0u);
}
