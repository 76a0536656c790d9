/* SPDX-License-Identifier: AGPL-3.0-or-later
 * generate.c - see generate.h. */
#include "tools/bench/generate.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "proto/authority.h"
#include "proto/err.h"
#include "proto/record.h"
#include "proto/ref.h"
#include "proto/vocab.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define PERIOD_S (30 * DAY_S)
#define SPAN_S (200 * DAY_S)
#define THREADS_MAX 16
#define CHUNK_RECORDS 2048
#define LINE_BYTES_MAX (RECORD_BYTES_MAX + 1)

/* Centres of communes in Brittany, degrees times 10^7. */
static const struct commune { const char *name, *insee; int32_t lat_e7, lon_e7; } commune[] = {
	{ "Rennes", "35238", 481158000, -16885000 }, { "Brest", "29019", 484083000, -45006000 },
	{ "Quimper", "29232", 479982000, -40970000 }, { "Lorient", "56121", 477498000, -33800000 },
	{ "Vannes", "56260", 476576000, -27484000 }, { "Saint-Malo", "35288", 486427000, -20062000 },
	{ "Saint-Brieuc", "22278", 485100000, -27658000 }, { "Lanester", "56098", 477686000, -33250000 },
	{ "Fougères", "35115", 483512000, -11952000 }, { "Lannion", "22113", 487453000, -34707000 },
	{ "Concarneau", "29039", 478972000, -38994000 }, { "Ploemeur", "56162", 477312000, -34466000 },
	{ "Vitré", "35360", 481105000, -11970000 }, { "Redon", "35236", 476552000, -20787000 },
	{ "Morlaix", "29151", 485967000, -38216000 }, { "Douarnenez", "29046", 480793000, -43242000 },
	{ "Guingamp", "22070", 485607000, -31532000 }, { "Landerneau", "29103", 484494000, -42660000 },
	{ "Dinan", "22050", 484472000, -20532000 }, { "Auray", "56007", 476684000, -29902000 },
	{ "Pontivy", "56178", 480661000, -29699000 }, { "Quimperlé", "29233", 478560000, -35585000 },
	{ "Plougasnou", "29188", 486780000, -38141000 }, { "Carhaix-Plouguer", "29024", 482708000, -35653000 },
	{ "Loudéac", "22136", 481736000, -27458000 }, { "Paimpol", "22162", 487791000, -30466000 },
	{ "Crozon", "29042", 482395000, -44671000 }, { "Audierne", "29003", 480280000, -45652000 },
	{ "Ploërmel", "56165", 479258000, -23768000 }, { "Questembert", "56184", 476643000, -24350000 },
	{ "Quiberon", "56186", 474868000, -31164000 }, { "Combourg", "35085", 484110000, -17334000 },
	{ "Dol-de-Bretagne", "35095", 485338000, -17465000 }, { "Bécherel", "35022", 482958000, -19422000 },
	{ "Rostrenen", "22266", 482223000, -33104000 }, { "Callac", "22025", 484192000, -34138000 },
	{ "Huelgoat", "29081", 483616000, -37621000 }, { "Groix", "56069", 476367000, -34651000 },
	{ "Tinténiac", "35337", 483180000, -18301000 }, { "Roscoff", "29239", 487116000, -39885000 },
	{ "Landivisiau", "29105", 485164000, -40614000 }, { "Guidel", "56078", 477935000, -34905000 },
	{ "Baud", "56010", 478692000, -30288000 }, { "Gourin", "56066", 481312000, -35996000 },
	{ "Rosporden", "29241", 479505000, -38226000 }, { "Bannalec", "29004", 479362000, -36880000 },
	{ "Guichen", "35126", 479621000, -17967000 }, { "Bruz", "35047", 480239000, -17469000 },
	{ "Janzé", "35136", 479439000, -14979000 }, { "Retiers", "35239", 479093000, -13513000 },
	{ "Liffré", "35152", 482023000, -15065000 },
};

static const char *const activity[] = {
	"Jardin partagé", "Atelier de réparation", "Café associatif", "Groupement d’achat", "Ressourcerie",
	"Covoiturage", "Habitat participatif", "Épicerie participative", "Réseau d’échange de savoirs",
	"Outilthèque", "Fablab", "Tiers-lieu", "Four à pain", "Verger commun", "Bibliothèque de rue",
	"Zone de gratuité", "Monnaie locale", "Cuisine partagée", "Vélo-école", "Recyclerie",
};
static const char *const syllable[] = {
	"ar", "bih", "coz", "dou", "gwen", "hir", "ker", "lan", "mor", "nev", "plou", "ros", "tre", "uhel",
	"velin", "yan", "zen", "goz", "lec", "mein", "pen", "quer", "sav", "tal", "wrac", "bran", "coat", "der",
};
static const char *const opening[] = {
	"Chaque semaine", "Depuis deux ans", "Deux fois par mois", "Aux beaux jours", "Le samedi matin",
	"Une fois par saison", "Après l’école", "Toute l’année", "Le premier jeudi du mois", "À la demande",
};
static const char *const people[] = {
	"les habitants", "des voisines", "les jardiniers", "une dizaine de bénévoles", "les familles du quartier",
	"des retraités et des étudiants", "les adhérents", "plusieurs associations", "les élus et les habitants",
	"des artisans", "les parents d’élèves", "les agriculteurs des environs",
};
static const char *const verb[] = {
	"se retrouvent pour réparer", "partagent", "apprennent à entretenir", "mettent en commun", "cultivent",
	"prêtent à qui en a besoin", "échangent", "remettent en état", "font circuler", "organisent ensemble",
	"transmettent", "inventent",
};
static const char *const object[] = {
	"des vélos", "les outils du jardin", "des semences anciennes", "leurs savoir-faire", "des légumes de saison",
	"une machine à coudre", "les meubles et la vaisselle", "des trajets vers la gare", "une salle et sa cuisine",
	"des livres et des jeux", "le compost du quartier", "un four à pain", "la récolte des vergers",
	"des ordinateurs remis à neuf", "un atelier de menuiserie", "des repas", "la parole et les idées",
};
static const char *const closing[] = {
	"On vient comme on est, on reste le temps que l’on veut.", "Le prix est libre, l’entrée aussi.",
	"Chacun propose, chacun demande : les rôles changent d’une fois à l’autre.",
	"Il reste des places pour qui voudrait aider à l’accueil.", "La commune prête le lieu et l’assurance.",
	"Les décisions se prennent à plusieurs, en réunion ouverte.",
	"Rien n’est à vendre : tout se donne, se prête ou s’échange.",
	"Une personne accueille les nouveaux venus à chaque rencontre.",
};
static const enum kind kind_mix[] = {
	KIND_INITIATIVE, KIND_INITIATIVE, KIND_INITIATIVE, KIND_OFFER, KIND_OFFER, KIND_NEED, KIND_NEED,
	KIND_EVENT, KIND_EVENT, KIND_PLACE, KIND_ORGANISATION, KIND_RESOURCE, KIND_DOCUMENT,
};

/* --- drawing --------------------------------------------------------------------------------- */

/* splitmix64 */
static uint64_t
draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static size_t
below(uint64_t *state, size_t n)
{
	return (size_t)(draw(state) % n);
}

#define PICK(state, list) ((list)[below(state, COUNT(list))])

static const char *
pick_term(uint64_t *state, enum vocab_name name)
{
	const struct vocab *v = vocab_get(name);

	return v->term[below(state, v->count)].key;
}

static void
made_up_name(uint64_t *state, char *out, size_t size)
{
	size_t n = 2 + below(state, 3), len = 0;

	while (n-- > 0 && len + 8 < size)
		len += (size_t)snprintf(out + len, size - len, "%s", PICK(state, syllable));
	out[0] = (char)(out[0] - 'a' + 'A');
}

/* --- content --------------------------------------------------------------------------------- */

static int
add_sentence(uint64_t *state, struct buf *out, struct err *e)
{
	char name[48];

	made_up_name(state, name, sizeof name);
	return buf_addf(out, e, "%s, %s %s %s, du côté de %s. ", PICK(state, opening), PICK(state, people),
	    PICK(state, verb), PICK(state, object), name);
}

/* What a kind asks for besides a name. */
static int
add_kind(const struct generator *g, uint64_t *state, enum kind kind, struct buf *out, struct err *e)
{
	time_t day = (time_t)(g->base + (int64_t)below(state, 90) * DAY_S);
	struct tm tm;

	gmtime_r(&day, &tm);
	switch (kind) {
	case KIND_INITIATIVE:
		return buf_addf(out, e, ",\"status\":\"%s\",\"means\":[\"volunteers\"]", pick_term(state, VOCAB_STATUS));
	case KIND_ORGANISATION:
		return buf_addf(out, e, ",\"legal_form\":\"%s\"", pick_term(state, VOCAB_LEGAL_FORM));
	case KIND_OFFER:
	case KIND_NEED:
		return buf_addf(out, e, ",\"item_type\":\"%s\",\"terms\":[\"%s\"]", pick_term(state, VOCAB_ITEM_TYPE),
		    pick_term(state, VOCAB_EXCHANGE_TERMS));
	case KIND_EVENT:
		return buf_addf(out, e, ",\"starts\":\"%04d-%02d-%02dT%02zu:00\",\"event_status\":\"confirmed\"",
		    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, 9 + below(state, 10));
	case KIND_RESOURCE:
		return buf_addf(out, e, ",\"resource_type\":\"%s\",\"deposit\":\"chèque de caution\"",
		    pick_term(state, VOCAB_RESOURCE_TYPE));
	case KIND_DOCUMENT:
		return buf_addf(out, e, ",\"document_type\":\"%s\"", pick_term(state, VOCAB_DOCUMENT_TYPE));
	default:
		return buf_adds(out, ",\"hours\":\"samedi de 10 h à 18 h\"", e);
	}
}

static int
add_where(uint64_t *state, const struct commune *c, struct buf *out, struct err *e)
{
	int32_t north = (int32_t)below(state, 600000) - 300000, east = (int32_t)below(state, 600000) - 300000;

	return buf_addf(out, e, ",\"commune\":\"%s\",\"insee\":\"%s\",\"postcode\":\"%.2s%03zu\",\"lat_e7\":%d"
	    ",\"lon_e7\":%d", c->name, c->insee, c->insee, below(state, 1000), c->lat_e7 + north, c->lon_e7 + east);
}

/* Kinds without a place of their own or without terms of access say less. */
static int
write_content(const struct generator *g, uint64_t *state, enum kind kind, unsigned revision, struct buf *out,
    struct err *e)
{
	const struct commune *c = &PICK(state, commune);
	size_t sentences = 1 + below(state, 3);
	char name[48];

	made_up_name(state, name, sizeof name);
	if (buf_addf(out, e, "{\"name\":\"%s de %s\",\"summary\":\"À %s, %s %s %s.\",\"description\":\"",
	    PICK(state, activity), name, c->name, PICK(state, people), PICK(state, verb),
	    PICK(state, object)) == -1)
		return -1;
	while (sentences-- > 0)
		if (add_sentence(state, out, e) == -1)
			return -1;
	if (revision > 0 && buf_addf(out, e, "Mise à jour n° %u. ", revision) == -1)
		return -1;
	if (buf_addf(out, e, "%s\"", PICK(state, closing)) == -1)
		return -1;
	if (kind != KIND_TERRITORY && buf_addf(out, e, ",\"axes\":[\"%s\"],\"practices\":[\"%s\"],\"example\":true",
	    pick_term(state, VOCAB_AXIS), pick_term(state, VOCAB_PRACTICE)) == -1)
		return -1;
	if (kind != KIND_TERRITORY && add_kind(g, state, kind, out, e) == -1)
		return -1;
	if (kind != KIND_TERRITORY && kind != KIND_DOCUMENT && add_where(state, c, out, e) == -1)
		return -1;
	return buf_adds(out, "}", e);
}

static int
write_identity(const struct generator *g, size_t author, struct buf *out, struct err *e)
{
	struct identity_key key = { .from = g->base - 2 * SPAN_S, .until = g->base + 4 * SPAN_S };
	uint8_t next[32];

	memcpy(key.key, g->author[author].key, sizeof key.key);
	crypto_hash_sha256(next, (const unsigned char *)g->author[author].did, DIDKEY_CHARS);
	return identity_content(&key, 1, next, NULL, 0, out, e);
}

/* --- records --------------------------------------------------------------------------------- */

void
generator_init(struct generator *g, uint64_t seed)
{
	int64_t now = (int64_t)time(NULL);
	size_t i;

	memset(g, 0, sizeof *g);
	g->seed = seed;
	g->base = now - now % PERIOD_S;
	for (i = 0; i < GENERATED_AUTHORS; i++) {
		struct generator_author *a = &g->author[i];
		uint64_t seeds[2][4] = { { seed, i, 1, 0 }, { seed, i, 2, 0 } };
		uint8_t root[32];

		crypto_sign_seed_keypair(root, a->root_secret, (const unsigned char *)seeds[0]);
		crypto_sign_seed_keypair(a->key, a->secret, (const unsigned char *)seeds[1]);
		didkey_format(root, a->did);
	}
}

static enum kind
kind_of(uint64_t index, uint64_t *state)
{
	if (index < GENERATED_AUTHORS)
		return KIND_IDENTITY;
	return index < 2 * GENERATED_AUTHORS ? KIND_TERRITORY : PICK(state, kind_mix);
}

int
generate_record(const struct generator *g, uint64_t index, unsigned revision, struct buf *out, struct err *e)
{
	const struct generator_author *a = &g->author[index % GENERATED_AUTHORS];
	uint64_t state = g->seed ^ (index + 1) * UINT64_C(0xd1342543de82ef95);
	enum kind kind = kind_of(index, &state);
	struct buf content = BUF_INIT(RECORD_BYTES_MAX);
	char rid[RID_CHARS + 1] = "self";
	uint64_t bits[2] = { draw(&state), draw(&state) };
	int64_t time = kind == KIND_IDENTITY ? g->base - 2 * SPAN_S + 1 :
	    g->base - DAY_S - (int64_t)below(&state, SPAN_S - DAY_S);
	struct record_draft d = { .kind = kind, .author = span_str(a->did) };
	int rc = -1;

	if ((kind_info(kind)->flags & KIND_SELF) == 0)
		rid_from_random((const uint8_t *)bits, rid);
	d.updated = d.created = revision == 0 ? time : g->base + revision;
	d.rid = span_str(rid);
	if ((kind_info(kind)->flags & KIND_CONTENT) != 0) {
		d.lang = SPAN("fr");
		d.license = SPAN("etalab-2.0");
	}
	bits[0] = draw(&state);
	bits[1] = draw(&state) + revision;
	memcpy(d.nonce, bits, sizeof d.nonce);
	if ((kind == KIND_IDENTITY ? write_identity(g, (size_t)index, &content, e) :
	    write_content(g, &state, kind, revision, &content, e)) == -1)
		goto out;
	d.content = buf_span(&content);
	if (record_sign(&d, kind == KIND_IDENTITY ? a->root_secret : a->secret, out, e) == 0)
		rc = buf_addc(out, '\n', e);
out:
	buf_clear(&content);
	return rc == -1 ? err_wrap(e, "record %llu", (unsigned long long)index) : 0;
}

/* --- files ----------------------------------------------------------------------------------- */

/* Chunks are made by whoever is free and written in order. */
struct making {
	const struct generator *g;
	size_t count, next_chunk, written_chunks;
	FILE *out;
	pthread_mutex_t mutex;
	pthread_cond_t turn;
	int failed;
	struct err err;
};

static void
fail_making(struct making *m, const struct err *e)
{
	if (!m->failed)
		m->err = *e;
	m->failed = 1;
	pthread_cond_broadcast(&m->turn);
}

static void
write_chunk(struct making *m, size_t chunk, const struct buf *lines)
{
	struct err e = {0};

	while (m->written_chunks != chunk && !m->failed)
		pthread_cond_wait(&m->turn, &m->mutex);
	if (m->failed)
		return;
	if (fwrite(lines->ptr, 1, lines->len, m->out) != lines->len) {
		err_set(&e, ERR_IO, "cannot write the records: %s", strerror(errno));
		fail_making(m, &e);
	}
	m->written_chunks++;
	pthread_cond_broadcast(&m->turn);
}

static void *
make_chunks(void *arg)
{
	struct making *m = arg;
	struct buf lines = BUF_INIT((size_t)CHUNK_RECORDS * LINE_BYTES_MAX);
	struct err e = {0};
	size_t i, end;

	pthread_mutex_lock(&m->mutex);
	while (!m->failed && m->next_chunk * CHUNK_RECORDS < m->count) {
		size_t chunk = m->next_chunk++;
		int rc = 0;

		pthread_mutex_unlock(&m->mutex);
		buf_reset(&lines);
		end = (chunk + 1) * CHUNK_RECORDS < m->count ? (chunk + 1) * CHUNK_RECORDS : m->count;
		for (i = chunk * CHUNK_RECORDS; rc == 0 && i < end; i++)
			rc = generate_record(m->g, i, 0, &lines, &e);
		pthread_mutex_lock(&m->mutex);
		if (rc == -1)
			fail_making(m, &e);
		else
			write_chunk(m, chunk, &lines);
	}
	pthread_mutex_unlock(&m->mutex);
	buf_clear(&lines);
	return NULL;
}

static int
make_file(const struct generator *g, size_t count, FILE *out, struct err *e)
{
	struct making m = { .g = g, .count = count, .out = out };
	pthread_t thread[THREADS_MAX];
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int started = 0;

	pthread_mutex_init(&m.mutex, NULL);
	pthread_cond_init(&m.turn, NULL);
	while (started < cores && started < THREADS_MAX &&
	    pthread_create(&thread[started], NULL, make_chunks, &m) == 0)
		started++;
	if (started == 0)
		make_chunks(&m);
	while (started > 0)
		pthread_join(thread[--started], NULL);
	pthread_cond_destroy(&m.turn);
	pthread_mutex_destroy(&m.mutex);
	if (m.failed)
		*e = m.err;
	return m.failed ? -1 : 0;
}

static int
ensure_file(const char *path, uint64_t seed, size_t count, struct err *e)
{
	char partial[4096];
	struct generator *g;
	FILE *f;
	int rc;

	if (access(path, R_OK) == 0)
		return 0;
	fprintf(stderr, "bench: signing %zu records into %s\n", count, path);
	if ((size_t)snprintf(partial, sizeof partial, "%s.part", path) >= sizeof partial)
		return err_set(e, ERR_LIMIT, "%s: too long a name", path);
	if ((g = malloc(sizeof *g)) == NULL)
		return err_memory(e);
	if ((f = fopen(partial, "w")) == NULL) {
		free(g);
		return err_set(e, ERR_IO, "%s: %s", partial, strerror(errno));
	}
	generator_init(g, seed);
	rc = make_file(g, count, f, e);
	if (fclose(f) != 0 && rc == 0)
		rc = err_set(e, ERR_IO, "%s: %s", partial, strerror(errno));
	sodium_memzero(g, sizeof *g);
	free(g);
	if (rc == 0 && rename(partial, path) == -1)
		rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	return rc;
}

static int
map_file(const char *path, size_t count, struct records *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct span rest;
	struct stat st;

	memset(out, 0, sizeof *out);
	if (fd == -1 || fstat(fd, &st) == -1) {
		if (fd != -1)
			close(fd);
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	}
	out->bytes = (size_t)st.st_size;
	out->map = mmap(NULL, out->bytes, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	if (out->map == MAP_FAILED) {
		out->map = NULL;
		return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	}
	if ((out->line = calloc(count + 1, sizeof *out->line)) == NULL) {
		records_close(out);
		return err_memory(e);
	}
	for (rest = (struct span){ out->map, out->bytes }; rest.len > 0 && out->count < count;)
		out->line[out->count++] = span_cut(&rest, '\n');
	if (out->count < count) {
		records_close(out);
		return err_set(e, ERR_INPUT, "%s is cut short: delete it", path);
	}
	return 0;
}

int
records_open(const char *dir, uint64_t seed, size_t count, struct records *out, struct err *e)
{
	long long period = (long long)time(NULL) / PERIOD_S;
	char path[4096];

	if ((size_t)snprintf(path, sizeof path, "%s/records-%llu-%lld-%zu.ndjson", dir, (unsigned long long)seed,
	    period, count) >= sizeof path)
		return err_set(e, ERR_LIMIT, "%s: too long a name", dir);
	if (mkdir(dir, 0755) == -1 && errno != EEXIST)
		return err_set(e, ERR_IO, "%s: %s", dir, strerror(errno));
	if (ensure_file(path, seed, count, e) == -1)
		return -1;
	return map_file(path, count, out, e);
}

void
records_close(struct records *r)
{
	if (r->map != NULL)
		munmap(r->map, r->bytes);
	free(r->line);
	memset(r, 0, sizeof *r);
}
