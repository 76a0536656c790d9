/* SPDX-License-Identifier: AGPL-3.0-or-later
 * licence.c - licences as directories declare them: by identifier, by address, in words; see import.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tools/import/import.h"

/* Does the folded text hold these words side by side? */
static int
has(const char *folded, const char *words)
{
	size_t n = strlen(words);
	const char *at = folded;

	while ((at = strstr(at, words)) != NULL) {
		if ((at == folded || at[-1] == '_') && (at[n] == '_' || at[n] == '\0'))
			return 1;
		at += n;
	}
	return 0;
}

static int
has_any(const char *folded, const char *const words[], size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (has(folded, words[i]))
			return 1;
	return 0;
}

#define HAS_ANY(folded, table) has_any(folded, table, sizeof(table) / sizeof((table)[0]))

static const char *const reserved[] = { "all_rights_reserved", "tous_droits_reserves", "droits_reserves", "copyright",
	"no_reuse", "reutilisation_interdite" };
static const char *const restricted[] = { "nc", "nd", "non_commercial", "noncommercial", "no_derivatives",
	"noderivatives", "no_derivs", "pas_d_utilisation_commerciale", "pas_de_modification",
	"pas_d_oeuvre_derivee", "pas_de_modifications" };
static const char *const share_alike[] = { "sa", "share_alike", "sharealike", "partage_dans_les_memes_conditions" };
static const char *const by[] = { "by", "attribution", "paternite" };

static const struct { const char *words, *spdx; } open_licence[] = {
	{ "odbl", "ODbL-1.0" }, { "open_database_license", "ODbL-1.0" },
	{ "etalab", "etalab-2.0" }, { "licence_ouverte", "etalab-2.0" }, { "open_licence", "etalab-2.0" },
	{ "lov2", "etalab-2.0" }, { "fr_lo", "etalab-2.0" },
	{ "cc0", "CC0-1.0" }, { "publicdomain_zero", "CC0-1.0" }, { "cc_zero", "CC0-1.0" },
	{ "public_domain", "CC0-1.0" }, { "domaine_public", "CC0-1.0" },
	{ "pddl", "PDDL-1.0" }, { "odc_by", "ODC-By-1.0" },
};

/* "CC-BY-SA-4.0" with the version that the text names, or the latest. */
static void
creative_commons(const char *folded, char spdx[65])
{
	static const char *const version[] = { "1_0", "2_0", "2_5", "3_0" };
	const char *v = "4_0";
	size_t i;

	for (i = 0; i < sizeof version / sizeof version[0]; i++)
		if (has(folded, version[i]))
			v = version[i];
	snprintf(spdx, 65, "CC-BY%s-%c.%c", HAS_ANY(folded, share_alike) ? "-SA" : "", v[0], v[2]);
}

/* "MPL-2.0": words joined by hyphens, a version among them. */
static int
is_identifier(struct span s)
{
	int digit = 0, hyphen = 0;
	size_t i;

	for (i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (!isalnum(c) && c != '-' && c != '.')
			return 0;
		digit |= isdigit(c) != 0;
		hyphen |= c == '-';
	}
	return digit && hyphen && s.len <= 64 && isalnum((unsigned char)s.ptr[0]);
}

enum licence_verdict
licence_read(struct span declared, char spdx[65])
{
	char folded[512];
	int cc;
	size_t i;

	spdx[0] = '\0';
	declared = span_trim(declared);
	import_fold(declared, 0, folded, sizeof folded);
	if (declared.len == 0)
		return LICENCE_NONE;
	cc = has(folded, "cc") || has(folded, "creativecommons") || has(folded, "creative_commons") ||
	    HAS_ANY(folded, by);
	if ((cc && HAS_ANY(folded, restricted)) || (HAS_ANY(folded, reserved) && !cc))
		return LICENCE_FORBIDS;
	for (i = 0; i < sizeof open_licence / sizeof open_licence[0]; i++)
		if (has(folded, open_licence[i].words)) {
			snprintf(spdx, 65, "%s", open_licence[i].spdx);
			return LICENCE_OPEN;
		}
	if (cc && HAS_ANY(folded, by)) {
		creative_commons(folded, spdx);
		return LICENCE_OPEN;
	}
	if (!is_identifier(declared))
		return LICENCE_UNKNOWN;
	snprintf(spdx, 65, "%.*s", (int)declared.len, declared.ptr);
	return LICENCE_OPEN;
}
