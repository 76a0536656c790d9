/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sheet.c - the recovery sheet on paper, and keys typed back from one.
 *
 * The page is one HTML file that loads nothing: it is opened in a browser, printed and deleted.
 */
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "node/core/file.h"
#include "node/core/keyring.h"
#include "node/core/sheet.h"
#include "node/web/html.h"
#include "node/web/qr.h"
#include "proto/didkey.h"
#include "proto/err.h"
#include "proto/record.h"
#include "tools/cli/cli.h"
#include "tools/cli/secret.h"

#define PAGE_BYTES_MAX	((size_t)512 << 10)
#define TYPED_BYTES_MAX	4096

/* What the sheet says; one row a language. */
struct wording {
	const char *lang, *title, *lead, *key[2], *use[2], *whose, *made, *back, *apart;
};

static const struct wording wording[] = {
	{ "fr", "Fiche de secours",
	  "Cette feuille permet de reprendre la main sur vos fiches si la machine est perdue, volée ou détruite. Quiconque"
	  " la lit peut signer en votre nom : gardez-la comme un acte notarié, et ne la photographiez pas.",
	  { "Clé principale", "Clé principale suivante" },
	  { "Elle désigne les clés qui signent chaque jour.",
	    "Elle remplace la clé principale si celle-ci est perdue ou volée." },
	  "Au nom de", "Imprimée le",
	  "Pour reprendre la clé : tapez les quatre lignes dans « essaim key recover - --out root.key ». Les espaces et les"
	  " majuscules ne comptent pas. S’il y a une faute, la ligne fautive est indiquée. Le carré se lit avec un"
	  " téléphone hors ligne et contient les mêmes lettres.",
	  "Découpez et gardez les deux clés dans deux lieux différents." },
	{ "en", "Recovery sheet",
	  "With this sheet you regain hold of your records when the machine is lost, stolen or destroyed. Whoever reads it"
	  " can sign in your name: keep it like a deed, and take no picture of it.",
	  { "Root key", "Next root key" },
	  { "It names the keys that sign from day to day.", "It takes the root's place when that is lost or stolen." },
	  "In the name of", "Printed on",
	  "To have the key back: type the four lines into “essaim key recover - --out root.key”. Blanks and capitals do not"
	  " matter. If there is a slip, its line is named. The square can be read by a telephone that is off line, and"
	  " holds the same letters.",
	  "Cut here, and keep the two keys in two different places." },
};

static const char style[] =
    "@page{size:A4;margin:18mm}body{font:11pt/1.45 sans-serif;max-width:174mm;margin:auto;color:#000;background:#fff}"
    "h1{font-size:20pt;margin:0 0 4mm}h2{font-size:14pt;margin:0 0 1mm}section{border:.4mm solid;border-radius:3mm;"
    "padding:5mm;margin:6mm 0;break-inside:avoid;display:grid;grid-template-columns:1fr 42mm;gap:4mm}"
    "ol{font:bold 15pt/1.9 monospace;letter-spacing:.06em;margin:2mm 0;padding-left:9mm}svg{width:42mm;height:42mm}"
    "code{font-size:8.5pt;overflow-wrap:anywhere}p{margin:1mm 0}.cut{text-align:center;border-top:.3mm dashed;"
    "padding-top:1mm;font-size:9pt}";

/* --- the page -------------------------------------------------------------------------------- */

static int
add_lines(char line[SHEET_LINES][SHEET_LINE_BYTES], struct buf *out, struct err *e)
{
	struct arena arena = {0};
	char whole[SHEET_LINES * SHEET_LETTERS + 1] = "";
	size_t i, k, n = 0;
	struct qr qr;
	int rc = buf_adds(out, "<ol>", e);

	for (i = 0; i < SHEET_LINES; i++) {
		if (rc == 0)
			rc = buf_addf(out, e, "<li>%s</li>", line[i]);
		for (k = 0; line[i][k] != '\0'; k++)
			if (line[i][k] != ' ')
				whole[n++] = line[i][k];
	}
	qr = qr_make(&arena, whole);
	if (rc == 0)
		rc = qr.path == NULL ? err_memory(e) : buf_addf(out, e, "</ol></div><svg viewBox=\"0 0 %d %d\" role=\"img\""
		    " aria-hidden=\"true\"><path stroke=\"#000\" d=\"%s\"/></svg>", qr.size, qr.size, qr.path);
	sodium_memzero(whole, sizeof whole);
	arena_clear(&arena);
	return rc;
}

static int
add_key(const struct wording *w, const char *path, int next, struct buf *out, struct err *e)
{
	char line[SHEET_LINES][SHEET_LINE_BYTES], did[DIDKEY_CHARS + 1];
	uint8_t sk[64];
	int rc;

	if (secret_read_root(path, sk, e) == -1)
		return -1;
	sheet_encode(next ? KEY_NEXT_ROOT : KEY_ROOT, sk, line);
	didkey_format(sk + 32, did);
	rc = buf_addf(out, e, "<section><div><h2>%s</h2><p>%s</p>", w->key[next], w->use[next]) == -1 ||
	    add_lines(line, out, e) == -1 || buf_addf(out, e, "<code>%s</code></section>\n", did) == -1 ? -1 : 0;
	sodium_memzero(line, sizeof line);
	sodium_memzero(sk, sizeof sk);
	return rc;
}

struct sheet_keys {
	char root[PATH_MAX], next[PATH_MAX];
	int has_root, has_next;
	const char *did;		/* "" when no file says whose they are */
	const char *name;
};

static int
make_page(const struct wording *w, const struct sheet_keys *k, struct buf *out, struct err *e)
{
	char day[21];

	timestamp_format((int64_t)time(NULL), day);
	if (buf_addf(out, e, "<!doctype html>\n<html lang=\"%s\"><meta charset=\"utf-8\"><meta name=\"viewport\""
	    " content=\"width=device-width\"><title>%s</title><style>%s</style>\n<h1>%s</h1>\n<p>%s</p>\n<p>%s <b>",
	    w->lang, w->title, style, w->title, w->lead, w->whose) == -1 ||
	    html_text(out, k->name, e) == -1 ||
	    buf_addf(out, e, "</b> <code>%s</code>. %s %.10s.</p>\n", k->did, w->made, day) == -1)
		return -1;
	if (k->has_root && add_key(w, k->root, 0, out, e) == -1)
		return -1;
	if (k->has_root && k->has_next && buf_addf(out, e, "<p class=\"cut\">%s</p>\n", w->apart) == -1)
		return -1;
	if (k->has_next && add_key(w, k->next, 1, out, e) == -1)
		return -1;
	return buf_addf(out, e, "<p>%s</p>\n</html>\n", w->back);
}

/* --- commands -------------------------------------------------------------------------------- */

/* The file that was named, or the one that lies in the node's folder. */
static int
find_root(const struct cli *c, const char *option, enum key_role role, char out[PATH_MAX], int *have, struct err *e)
{
	const char *given = cli_option(c, option), *author = cli_option(c, "author");
	int own = author == NULL || strcmp(author, "node") == 0;
	char name[PATH_MAX];

	if (given != NULL) {
		*have = 1;
		return file_path(out, PATH_MAX, given[0] == '/' ? "" : ".", given[0] == '/' ? given + 1 : given, e);
	}
	snprintf(name, sizeof name, "keys/%.64s%s%s.key", own ? "" : author, own ? "" : ".", key_role_name(role));
	if (file_path(out, PATH_MAX, c->data, name, e) == -1)
		return -1;
	*have = access(out, F_OK) == 0;
	return 0;
}

static const struct wording *
find_wording(const char *lang)
{
	size_t i;

	for (i = 0; i < sizeof wording / sizeof wording[0]; i++)
		if (lang == NULL || strcmp(wording[i].lang, lang) == 0)
			return &wording[i];
	return NULL;
}

int
cmd_key_sheet(struct cli *c, struct err *e)
{
	const struct wording *w = find_wording(cli_option(c, "lang"));
	struct buf page = BUF_INIT(PAGE_BYTES_MAX);
	const char *author = cli_option(c, "author");
	struct sheet_keys k = { .name = author == NULL ? "" : author };
	struct keyfile f;
	int rc = -1;

	if (w == NULL)
		return err_set(e, ERR_USAGE, "the sheet is printed in fr or en");
	if (access(c->arg[0], F_OK) == 0)
		return err_set(e, ERR_CONFLICT, "%s is there already: name another file", c->arg[0]);
	if (find_root(c, "root", KEY_ROOT, k.root, &k.has_root, e) == -1 ||
	    find_root(c, "next", KEY_NEXT_ROOT, k.next, &k.has_next, e) == -1)
		return -1;
	if (!k.has_root && !k.has_next)
		return err_set(e, ERR_NOT_FOUND, "%s is not there: say where the roots are, --root FILE --next FILE", k.root);
	if (keyring_read_file(k.has_root ? k.root : k.next, &f, e) == -1)
		return -1;
	k.did = f.did;
	/* room at once, so that no copy of a key is left behind as the page grows */
	if (buf_reserve(&page, PAGE_BYTES_MAX - 1, e) == 0 && make_page(w, &k, &page, e) == 0)
		rc = file_write(c->arg[0], buf_span(&page), 0600, e);
	if (rc == 0 && c->json)
		fputs("{\"written\":true}\n", c->out);
	else if (rc == 0)
		fprintf(c->out, "Written: %s.  Print it, and delete the file: it holds the keys.\n", c->arg[0]);
	if (page.ptr != NULL)
		sodium_memzero(page.ptr, page.cap);
	sodium_memzero(&f, sizeof f);
	buf_clear(&page);
	return rc;
}

int
cmd_key_recover(struct cli *c, struct err *e)
{
	const char *from = c->arg_count > 0 ? c->arg[0] : "-", *author = cli_option(c, "author");
	struct buf text = BUF_INIT(TYPED_BYTES_MAX);
	struct keyfile_lock lock;
	char did[DIDKEY_CHARS + 1];
	uint8_t seed[32], sk[64], pub[32];
	enum key_role role;
	int locked, rc = -1;

	if (!cli_has(c, "out"))
		return err_set(e, ERR_USAGE, "say which file the key goes into: --out FILE");
	if (author != NULL && didkey_parse(span_str(author), pub, e) == -1)
		return -1;
	if (strcmp(from, "-") == 0 && isatty(STDIN_FILENO))
		fprintf(c->messages, "Type the %d lines of one key, then Ctrl-D:\n", SHEET_LINES);
	if (buf_reserve(&text, TYPED_BYTES_MAX - 1, e) == 0 && cli_read_file(from, &text, e) == 0 &&
	    sheet_decode(buf_span(&text), &role, seed, e) == 0 && secret_lock(c, &lock, &locked, e) == 0) {
		crypto_sign_seed_keypair(pub, sk, seed);
		didkey_format(pub, did);
		rc = keyring_write_file(cli_option(c, "out"), role, author == NULL ? did : author, seed,
		    locked ? &lock : NULL, e);
		sodium_memzero(&lock, sizeof lock);
	}
	if (rc == 0)
		fprintf(c->out, c->json ? "{\"role\":\"%s\",\"key\":\"%s\"}\n" : "the %s key %s\n", key_role_name(role), did);
	if (text.ptr != NULL)
		sodium_memzero(text.ptr, text.cap);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(sk, sizeof sk);
	buf_clear(&text);
	return rc;
}
