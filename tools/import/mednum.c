/* SPDX-License-Identifier: AGPL-3.0-or-later
 * mednum.c - places of "médiation numérique", as the French public schema has them: a table whose
 * columns and codes are known (schema.data.gouv.fr, LaMednum/standard-mediation-num). */
#include <string.h>

#include "tools/import/import.h"

const char mednum_mapping[] =
	"[constants]\n"
	"kind = place\n"
	"practices = mediation\n"
	"license = etalab-2.0\n"
	"[fields]\n"
	"id = @id\n"
	"pivot = -\n"
	"nom = name\n"
	"presentation_resume = summary\n"
	"presentation_detail = description\n"
	"typologie = @category\n"
	"services = tags\n"
	"publics_specifiquement_adresses = tags\n"
	"dispositif_programmes_nationaux = tags\n"
	"frais_a_charge = access\n"
	"modalites_acces = access_text\n"
	"fiche_acces_libre = links\n"
	"date_maj = confirmed\n"
	"source = source_name\n"
	"[categories]\n"
	"ASSO = -\n"
	"AUTRE = -\n"
	"ACI = -\n"
	"CC = tags: communauté de communes\n"
	"CCAS = tags: CCAS\n"
	"CCONS = -\n"
	"CD = -\n"
	"CIDFF = tags: CIDFF\n"
	"CS = tags: centre social\n"
	"BIB = tags: bibliothèque\n"
	"CAFE = practices: associative-cafe\n"
	"COOP = -\n"
	"ESS = -\n"
	"FABLAB = practices: fablab\n"
	"MAIRIE = tags: mairie\n"
	"MJC = tags: MJC\n"
	"MSAP = tags: France Services\n"
	"RFS = tags: France Services\n"
	"RESSOURCERIE = practices: reuse-centre\n"
	"TIERS_LIEUX = practices: third-place\n";

/* The first line names what the schema requires. */
int
mednum_recognise(const struct import_input *in)
{
	static const char *const required[] = { "pivot", "nom", "commune", "code_postal", "adresse", "date_maj" };
	struct span text = import_input_text(in), line;
	size_t i;

	if (csv_recognise(in) == SURE_NOT || text.len == 0)
		return SURE_NOT;
	line = span_cut(&text, '\n');
	for (i = 0; i < sizeof required / sizeof required[0]; i++)
		if (memmem(line.ptr, line.len, required[i], strlen(required[i])) == NULL)
			return SURE_NOT;
	return SURE_LIKELY;
}
