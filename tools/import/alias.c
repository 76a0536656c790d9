/* SPDX-License-Identifier: AGPL-3.0-or-later
 * alias.c - what other directories call our fields and terms; two tables, folded texts.
 *
 * A row is one line to add.  Texts are as import_fold writes them; tests hold the
 * tables to that.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "proto/vocab.h"
#include "tools/import/import.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --- folding ------------------------------------------------------------------------------------- */

static int
word_end(char *out, size_t start, size_t len, int singular)
{
	if (singular && len - start > 3 && (out[len - 1] == 's' || out[len - 1] == 'x'))
		return (int)(len - 1);
	return (int)len;
}

void
import_fold(struct span text, int singular, char *out, size_t size)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text.ptr;
	utf8proc_ssize_t left = (utf8proc_ssize_t)text.len, n;
	size_t len = 0, start = 0;
	utf8proc_int32_t c;

	for (; left > 0 && len + 3 < size; p += n, left -= n) {
		utf8proc_int32_t part[8];
		int bound = 0;
		utf8proc_ssize_t k, got;

		if ((n = utf8proc_iterate(p, left, &c)) < 1) {
			n = 1;
			continue;
		}
		if (c == 0x153 || c == 0x152) {	/* œ has no decomposition */
			memcpy(out + len, "oe", 2);
			len += 2;
			continue;
		}
		got = utf8proc_decompose_char(c, part, 8, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
		    UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK, &bound);
		for (k = 0; k < got && len + 3 < size; k++) {
			int plain = (part[k] >= 'a' && part[k] <= 'z') || (part[k] >= '0' && part[k] <= '9');

			if (plain)
				out[len++] = (char)part[k];
			else if (len > start) {
				len = (size_t)word_end(out, start, len, singular);
				out[len++] = '_';
				start = len;
			}
		}
	}
	len = len > start ? (size_t)word_end(out, start, len, singular) : len;
	while (len > 0 && out[len - 1] == '_')
		len--;
	out[len] = '\0';
}

/* --- columns --------------------------------------------------------------------------------------- */

static const struct alias {
	const char *name, *field;
} column[] = {
	{ "name", "name" }, { "title", "name" }, { "nom", "name" }, { "titre", "name" }, { "label", "name" },
	{ "intitule", "name" }, { "denomination", "name" }, { "nom_de_la_structure", "name" },
	{ "nom_structure", "name" }, { "nom_du_lieu", "name" }, { "nom_usuel", "name" },
	{ "raison_sociale", "name" }, { "nom_de_l_initiative", "name" }, { "nom_du_projet", "name" },

	{ "resume", "summary" }, { "presentation_resume", "summary" }, { "short_description", "summary" },
	{ "accroche", "summary" }, { "chapo", "summary" }, { "baseline", "summary" }, { "mission", "summary" },
	{ "description_courte", "summary" }, { "comment", "summary" },
	{ "presentation", "description" }, { "presentation_detail", "description" },
	{ "texte", "description" }, { "contenu", "description" }, { "descriptif", "description" },
	{ "description_longue", "description" }, { "description_plus", "description" }, { "about_us", "description" },

	{ "mail", "email" }, { "courriel", "email" }, { "courriels", "email" }, { "e_mail", "email" },
	{ "adresse_mail", "email" }, { "contact_email", "email" }, { "contact_mail", "email" },
	{ "adresse_email", "email" }, { "emails", "email" },
	{ "telephone", "phone" }, { "tel", "phone" }, { "contact_phone", "phone" }, { "numero_de_telephone", "phone" },
	{ "contact_telephone", "phone" }, { "mobile", "phone" },
	{ "site_web", "website" }, { "site", "website" }, { "site_internet", "website" }, { "url", "website" },
	{ "homepage", "website" }, { "web", "website" }, { "primary_url", "website" }, { "page_web", "website" },
	{ "contact_website", "website" }, { "siteweb", "website" }, { "lien", "website" }, { "home_page", "website" },
	{ "liens", "links" }, { "facebook", "links" }, { "contact_facebook", "links" }, { "urls", "links" },
	{ "contact_mastodon", "links" }, { "mastodon", "links" }, { "instagram", "links" },
	{ "prise_rdv", "contact_form" }, { "formulaire_de_contact", "contact_form" },

	{ "adresse", "street" }, { "address", "street" }, { "rue", "street" }, { "voie", "street" },
	{ "streetaddress", "street" }, { "street_address", "street" }, { "addr_street", "street" },
	{ "addressstreet", "street" }, { "adresse1", "street" },
	{ "addr_housenumber", MARK_NUMBER }, { "streetnumber", MARK_NUMBER }, { "street_number", MARK_NUMBER },
	{ "numero_voie", MARK_NUMBER },
	{ "complement_adresse", MARK_STREET2 }, { "adresse_complement", MARK_STREET2 }, { "adresse2", MARK_STREET2 },
	{ "zip", "postcode" }, { "code_postal", "postcode" }, { "codepostal", "postcode" }, { "cp", "postcode" },
	{ "postal_code", "postcode" }, { "postalcode", "postcode" }, { "addr_postcode", "postcode" },
	{ "zipcode", "postcode" }, { "addresszipcode", "postcode" }, { "post_code", "postcode" },
	{ "city", "commune" }, { "ville", "commune" }, { "addresslocality", "commune" },
	{ "addr_city", "commune" }, { "localite", "commune" }, { "town", "commune" },
	{ "nom_commune", "commune" }, { "municipality", "commune" }, { "locality", "commune" },
	{ "code_insee", "insee" }, { "insee_commune", "insee" }, { "code_commune", "insee" },
	{ "citycode", "insee" }, { "codeinsee", "insee" }, { "code_commune_insee", "insee" },

	{ "lat", MARK_LAT }, { "latitude", MARK_LAT }, { "geo_lat", MARK_LAT },
	{ "lon", MARK_LON }, { "long", MARK_LON }, { "lng", MARK_LON }, { "longitude", MARK_LON },
	{ "geo_lon", MARK_LON }, { "geo_long", MARK_LON }, { "geo_lng", MARK_LON },
	{ "latlon", MARK_LATLON }, { "latlng", MARK_LATLON }, { "lat_lon", MARK_LATLON },
	{ "lat_lng", MARK_LATLON }, { "latitude_longitude", MARK_LATLON }, { "coordonnees", MARK_LATLON },
	{ "coordonnees_gps", MARK_LATLON }, { "gps", MARK_LATLON }, { "geo", MARK_LATLON },
	{ "geolocation", MARK_LATLON }, { "geolocalisation", MARK_LATLON }, { "position", MARK_LATLON },
	{ "carte_google", MARK_LATLON }, { "coordinates", MARK_LATLON }, { "geo_point_2d", MARK_LATLON },
	{ "geopoint", MARK_LATLON }, { "location", MARK_LATLON },

	{ "id", MARK_ID }, { "identifiant", MARK_ID }, { "id_fiche", MARK_ID }, { "identifier", MARK_ID },
	{ "uid", MARK_ID }, { "uuid", MARK_ID }, { "ref", MARK_ID }, { "source_id", MARK_ID },
	{ "osm_id", MARK_ID }, { "identifiant_unique", MARK_ID }, { "identifiant_externe", MARK_ID },
	{ "kind", MARK_KIND }, { "updated", MARK_OWN }, { "page", MARK_OWN }, { "lang", MARK_LANG }, { "langue", MARK_LANG },
	{ "license", MARK_LICENSE }, { "licence", MARK_LICENSE },

	{ "horaires", "hours" }, { "opening_hours", "hours" }, { "openhours", "hours" }, { "horaire", "hours" },
	{ "horaires_d_ouverture", "hours" }, { "horaires_ouverture", "hours" },
	{ "mots_cles", "tags" }, { "keywords", "tags" }, { "etiquettes", "tags" }, { "motscles", "tags" },
	{ "mot_cle", "tags" },
	{ "categories", MARK_CATEGORY }, { "categorie", MARK_CATEGORY }, { "category", MARK_CATEGORY },
	{ "rubriques", MARK_CATEGORY }, { "rubrique", MARK_CATEGORY }, { "themes", MARK_CATEGORY },
	{ "theme", MARK_CATEGORY }, { "thematiques", MARK_CATEGORY }, { "thematique", MARK_CATEGORY },
	{ "taxonomy", MARK_CATEGORY }, { "optionvalues", MARK_CATEGORY }, { "typologie", MARK_CATEGORY },
	{ "type", MARK_CATEGORY }, { "type_de_ressource", MARK_CATEGORY }, { "services", MARK_CATEGORY },
	{ "activite", MARK_CATEGORY }, { "secteur", MARK_CATEGORY }, { "domaine", MARK_CATEGORY },
	{ "pratiques", "practices" }, { "pratique", "practices" }, { "practice", "practices" },
	{ "axe", "axes" }, { "axis", "axes" },
	{ "acces", "access" }, { "tarif", "access" }, { "tarification", "access" },
	{ "frais_a_charge", "access" },
	{ "tarifs", "access_text" }, { "conditions_d_acces", "access_text" },
	{ "modalites_acces", "access_text" }, { "conditions_acces", "access_text" },
	{ "statut", "status" }, { "etat", "status" }, { "avancement", "status" },
	{ "statut_juridique", "legal_form" }, { "forme_juridique", "legal_form" },
	{ "siret", "registration" }, { "siren", "registration" }, { "rna", "registration" },
	{ "pivot", "registration" },
	{ "founded_on", "since" }, { "date_de_creation", "since" }, { "date_creation", "since" },
	{ "depuis", "since" }, { "date_debut", "since" }, { "jusqu_au", "until" }, { "date_fin", "until" },
	{ "date_de_fin", "until" }, { "expires_at", "until" },
	{ "debut", "starts" }, { "start", "starts" }, { "dtstart", "starts" }, { "starttime", "starts" },
	{ "date_debut_evenement", "starts" }, { "fin", "ends" }, { "end", "ends" }, { "dtend", "ends" },
	{ "endtime", "ends" }, { "date_fin_evenement", "ends" },
	{ "date_publication", "published" }, { "date_de_publication", "published" },
	{ "date_maj", "confirmed" }, { "derniere_verification", "confirmed" }, { "verifie_le", "confirmed" },
	{ "url_fiche", "source_url" }, { "source", "source_name" },
	{ "participer", "take_part" }, { "comment_participer", "take_part" },
	{ "gouvernance", "governance" }, { "moyens", "means" }, { "accessibilite", "accessibility" },
	{ "fiche_acces_libre", "accessibility" }, { "activites", "activities" },
	{ "auteurs", "creators" }, { "auteur", "creators" }, { "editeur", "publisher" },

	{ "organizer", MARK_DROP }, { "attendee", MARK_DROP },
	{ "owner", MARK_DROP }, { "user", MARK_DROP }, { "subscriberemails", MARK_DROP },
	{ "created_by", MARK_DROP }, { "createdby", MARK_DROP }, { "utilisateur", MARK_DROP },
	{ "proprietaire", MARK_DROP }, { "contact_name", MARK_DROP }, { "nom_du_contact", MARK_DROP },
	{ "nom_contact", MARK_DROP }, { "password", MARK_DROP }, { "mot_de_passe", MARK_DROP },
	{ "ip", MARK_DROP }, { "ip_address", MARK_DROP }, { "author_email", MARK_DROP },
};

/* The fields of export's own columns, which hold degrees. */
static const char *
own_mark(const char *name)
{
	if (strcmp(name, "lat_e7") == 0 || strcmp(name, "lon_e7") == 0)
		return NULL;
	return name;
}

const char *
alias_field(enum kind kind, const char *name)
{
	const struct field *f = own_mark(name) == NULL ? NULL : kind_field(kind, span_str(name));
	size_t i;

	if (strncmp(name, "bf_", 3) == 0)
		name += 3;
	if (f == NULL && own_mark(name) != NULL)
		f = kind_field(kind, span_str(name));
	if (f != NULL)
		return f->name;
	for (i = 0; i < COUNT(column); i++)
		if (strcmp(column[i].name, name) == 0)
			return column[i].field;
	return NULL;
}

/* --- words --------------------------------------------------------------------------------------------- */

/* Folded with singular. */
static const struct meaning {
	enum vocab_name vocab;
	const char *word, *key;
} meaning[] = {
	{ VOCAB_AXIS, "de_l_individu_au_collectif", "individual-to-collective" },
	{ VOCAB_AXIS, "individu_collectif", "individual-to-collective" },
	{ VOCAB_AXIS, "acteur_public", "public-actor" }, { VOCAB_AXIS, "la_place_de_l_acteur_public_local", "public-actor" },
	{ VOCAB_AXIS, "solidarite", "solidarity" }, { VOCAB_AXIS, "vecteur_de_solidarite", "solidarity" },
	{ VOCAB_AXIS, "coproduction", "co-production" }, { VOCAB_AXIS, "co_production", "co-production" },
	{ VOCAB_AXIS, "ressource_partagee", "shared-resources" }, { VOCAB_AXIS, "partage_de_ressource", "shared-resources" },
	{ VOCAB_AXIS, "usage_partage_des_ressource", "shared-resources" },

	{ VOCAB_PRACTICE, "mobilite", "mobility" }, { VOCAB_PRACTICE, "transport", "mobility" },
	{ VOCAB_PRACTICE, "covoiturage", "carpooling" }, { VOCAB_PRACTICE, "car_pooling", "carpooling" },
	{ VOCAB_PRACTICE, "autopartage", "car-sharing" }, { VOCAB_PRACTICE, "auto_partage", "car-sharing" },
	{ VOCAB_PRACTICE, "vehicule_adapte", "accessible-vehicle-sharing" },
	{ VOCAB_PRACTICE, "habitat", "housing" }, { VOCAB_PRACTICE, "logement", "housing" },
	{ VOCAB_PRACTICE, "habitat_participatif", "participatory-housing" },
	{ VOCAB_PRACTICE, "habitat_partage", "participatory-housing" },
	{ VOCAB_PRACTICE, "habitat_intergenerationnel", "intergenerational-housing" },
	{ VOCAB_PRACTICE, "colocation_intergenerationnelle", "intergenerational-housing" },
	{ VOCAB_PRACTICE, "cohabitation_intergenerationnelle", "intergenerational-housing" },
	{ VOCAB_PRACTICE, "hebergement_solidaire", "solidarity-hosting" },
	{ VOCAB_PRACTICE, "accueil_chez_l_habitant", "home-hospitality" },
	{ VOCAB_PRACTICE, "alimentation", "food" }, { VOCAB_PRACTICE, "nourriture", "food" },
	{ VOCAB_PRACTICE, "groupement_d_achat", "purchasing-group" }, { VOCAB_PRACTICE, "achat_groupe", "purchasing-group" },
	{ VOCAB_PRACTICE, "circuit_court", "short-supply-chain" }, { VOCAB_PRACTICE, "amap", "short-supply-chain" },
	{ VOCAB_PRACTICE, "jardin_partage", "shared-garden" }, { VOCAB_PRACTICE, "jardin_collectif", "shared-garden" },
	{ VOCAB_PRACTICE, "community_garden", "shared-garden" },
	{ VOCAB_PRACTICE, "cafe_associatif", "associative-cafe" }, { VOCAB_PRACTICE, "bar_associatif", "associative-cafe" },
	{ VOCAB_PRACTICE, "epicerie", "micro-grocery" }, { VOCAB_PRACTICE, "micro_epicerie", "micro-grocery" },
	{ VOCAB_PRACTICE, "epicerie_solidaire", "micro-grocery" }, { VOCAB_PRACTICE, "epicerie_participative", "micro-grocery" },
	{ VOCAB_PRACTICE, "cuisine_anti_gaspi", "anti-waste-cooking" }, { VOCAB_PRACTICE, "anti_gaspi", "anti-waste-cooking" },
	{ VOCAB_PRACTICE, "disco_soupe", "anti-waste-cooking" }, { VOCAB_PRACTICE, "glanage", "gleaning" },
	{ VOCAB_PRACTICE, "bien", "goods" }, { VOCAB_PRACTICE, "objet", "goods" },
	{ VOCAB_PRACTICE, "ressourcerie", "reuse-centre" }, { VOCAB_PRACTICE, "recyclerie", "reuse-centre" },
	{ VOCAB_PRACTICE, "reemploi", "reuse-centre" }, { VOCAB_PRACTICE, "reuse_center", "reuse-centre" },
	{ VOCAB_PRACTICE, "repair_cafe", "repair" }, { VOCAB_PRACTICE, "reparation", "repair" },
	{ VOCAB_PRACTICE, "atelier_de_reparation", "repair" },
	{ VOCAB_PRACTICE, "outiltheque", "tool-library" }, { VOCAB_PRACTICE, "bricotheque", "tool-library" },
	{ VOCAB_PRACTICE, "pret_d_outil", "tool-library" },
	{ VOCAB_PRACTICE, "zone_de_gratuite", "free-zone" }, { VOCAB_PRACTICE, "donnerie", "free-zone" },
	{ VOCAB_PRACTICE, "gratiferia", "free-zone" }, { VOCAB_PRACTICE, "don", "gift" }, { VOCAB_PRACTICE, "troc", "barter" },
	{ VOCAB_PRACTICE, "occasion", "second-hand" }, { VOCAB_PRACTICE, "seconde_main", "second-hand" },
	{ VOCAB_PRACTICE, "friperie", "second-hand" },
	{ VOCAB_PRACTICE, "savoir", "skills" }, { VOCAB_PRACTICE, "competence", "skills" },
	{ VOCAB_PRACTICE, "echange_de_savoir", "knowledge-exchange" }, { VOCAB_PRACTICE, "rer", "knowledge-exchange" },
	{ VOCAB_PRACTICE, "reseau_d_echange_de_savoir", "knowledge-exchange" },
	{ VOCAB_PRACTICE, "sel", "local-exchange-system" }, { VOCAB_PRACTICE, "systeme_d_echange_local", "local-exchange-system" },
	{ VOCAB_PRACTICE, "aidant", "carers-support" }, { VOCAB_PRACTICE, "soutien_aux_aidant", "carers-support" },
	{ VOCAB_PRACTICE, "travail", "work" }, { VOCAB_PRACTICE, "espace_de_coworking", "coworking" },
	{ VOCAB_PRACTICE, "co_working", "coworking" }, { VOCAB_PRACTICE, "fab_lab", "fablab" },
	{ VOCAB_PRACTICE, "tier_lieu", "third-place" }, { VOCAB_PRACTICE, "tierslieu", "third-place" },
	{ VOCAB_PRACTICE, "atelier_partage", "shared-workshop" }, { VOCAB_PRACTICE, "local_partage", "shared-premises" },
	{ VOCAB_PRACTICE, "locau_partage", "shared-premises" },
	{ VOCAB_PRACTICE, "cooperative_d_activite", "activity-cooperative" }, { VOCAB_PRACTICE, "cae", "activity-cooperative" },
	{ VOCAB_PRACTICE, "mutuelle_de_travail", "work-mutual" },
	{ VOCAB_PRACTICE, "energie", "energy" }, { VOCAB_PRACTICE, "energie_citoyenne", "citizen-energy" },
	{ VOCAB_PRACTICE, "financement", "finance" }, { VOCAB_PRACTICE, "financement_participatif", "crowdfunding" },
	{ VOCAB_PRACTICE, "monnaie_locale", "local-currency" }, { VOCAB_PRACTICE, "mutuelle", "mutual-insurance" },
	{ VOCAB_PRACTICE, "patrimoine", "shared-heritage" }, { VOCAB_PRACTICE, "scene_ouverte", "open-stage" },
	{ VOCAB_PRACTICE, "lieu_a_pri_libre", "free-price-venue" },
	{ VOCAB_PRACTICE, "connaissance", "knowledge" }, { VOCAB_PRACTICE, "donnee_ouverte", "open-data" },
	{ VOCAB_PRACTICE, "assemblee_des_commun", "commons-assembly" }, { VOCAB_PRACTICE, "recherche_action", "action-research" },

	{ VOCAB_ACCESS, "gratuit", "free" }, { VOCAB_ACCESS, "libre", "free" }, { VOCAB_ACCESS, "acce_libre", "free" },
	{ VOCAB_ACCESS, "pri_libre", "free-price" }, { VOCAB_ACCESS, "echange", "exchange" }, { VOCAB_ACCESS, "troc", "exchange" },
	{ VOCAB_ACCESS, "adhesion", "membership" }, { VOCAB_ACCESS, "adherent", "membership" },
	{ VOCAB_ACCESS, "sur_adhesion", "membership" }, { VOCAB_ACCESS, "tarif_solidaire", "solidarity-rate" },
	{ VOCAB_ACCESS, "gratuit_sou_condition", "solidarity-rate" }, { VOCAB_ACCESS, "payant", "paid" },
	{ VOCAB_ACCESS, "sur_demande", "on-request" }, { VOCAB_ACCESS, "sur_rendez_vou", "on-request" },

	{ VOCAB_LEGAL_FORM, "informel", "informal" }, { VOCAB_LEGAL_FORM, "collectif", "informal" },
	{ VOCAB_LEGAL_FORM, "collectif_informel", "informal" }, { VOCAB_LEGAL_FORM, "asso", "association" },
	{ VOCAB_LEGAL_FORM, "association_loi_1901", "association" }, { VOCAB_LEGAL_FORM, "loi_1901", "association" },
	{ VOCAB_LEGAL_FORM, "collectivite", "public-body" }, { VOCAB_LEGAL_FORM, "collectivite_locale", "public-body" },
	{ VOCAB_LEGAL_FORM, "public", "public-body" }, { VOCAB_LEGAL_FORM, "mairie", "public-body" },
	{ VOCAB_LEGAL_FORM, "commune", "public-body" }, { VOCAB_LEGAL_FORM, "entreprise", "company" },
	{ VOCAB_LEGAL_FORM, "sarl", "company" }, { VOCAB_LEGAL_FORM, "sas", "company" },
	{ VOCAB_LEGAL_FORM, "fondation", "foundation" }, { VOCAB_LEGAL_FORM, "autre", "other" },

	{ VOCAB_STATUS, "idee", "idea" }, { VOCAB_STATUS, "projet", "idea" }, { VOCAB_STATUS, "en_projet", "idea" },
	{ VOCAB_STATUS, "emergent", "emerging" }, { VOCAB_STATUS, "en_emergence", "emerging" },
	{ VOCAB_STATUS, "demarrage", "emerging" }, { VOCAB_STATUS, "actif", "active" }, { VOCAB_STATUS, "active", "active" },
	{ VOCAB_STATUS, "en_cour", "active" }, { VOCAB_STATUS, "ouvert", "active" }, { VOCAB_STATUS, "en_activite", "active" },
	{ VOCAB_STATUS, "en_pause", "paused" }, { VOCAB_STATUS, "suspendu", "paused" }, { VOCAB_STATUS, "pause", "paused" },
	{ VOCAB_STATUS, "termine", "ended" }, { VOCAB_STATUS, "fini", "ended" }, { VOCAB_STATUS, "ferme", "ended" },

	{ VOCAB_MEANS, "benevole", "volunteers" }, { VOCAB_MEANS, "benevolat", "volunteers" },
	{ VOCAB_MEANS, "salarie", "employees" }, { VOCAB_MEANS, "subvention", "public-funding" },
	{ VOCAB_MEANS, "financement_public", "public-funding" }, { VOCAB_MEANS, "financement_prive", "private-funding" },
	{ VOCAB_MEANS, "mecenat", "private-funding" }, { VOCAB_MEANS, "cotisation", "membership-fees" },
	{ VOCAB_MEANS, "autofinancement", "own-income" }, { VOCAB_MEANS, "vente", "own-income" },
	{ VOCAB_MEANS, "don", "donations" }, { VOCAB_MEANS, "en_nature", "in-kind" },

	{ VOCAB_EXCHANGE_TERMS, "don", "gift" }, { VOCAB_EXCHANGE_TERMS, "gratuit", "gift" },
	{ VOCAB_EXCHANGE_TERMS, "receive_donate", "gift" }, { VOCAB_EXCHANGE_TERMS, "pret", "loan" },
	{ VOCAB_EXCHANGE_TERMS, "borrow_lend", "loan" }, { VOCAB_EXCHANGE_TERMS, "troc", "barter" },
	{ VOCAB_EXCHANGE_TERMS, "echange", "barter" }, { VOCAB_EXCHANGE_TERMS, "monnaie_locale", "local-currency" },
	{ VOCAB_EXCHANGE_TERMS, "pri_libre", "free-price" }, { VOCAB_EXCHANGE_TERMS, "location", "rent" },
	{ VOCAB_EXCHANGE_TERMS, "rent_lease", "rent" }, { VOCAB_EXCHANGE_TERMS, "vente", "sale" },
	{ VOCAB_EXCHANGE_TERMS, "buy_sell", "sale" }, { VOCAB_EXCHANGE_TERMS, "benevolat", "volunteering" },
	{ VOCAB_EXCHANGE_TERMS, "a_discuter", "to-discuss" },

	{ VOCAB_ITEM_TYPE, "bien", "good" }, { VOCAB_ITEM_TYPE, "objet", "good" }, { VOCAB_ITEM_TYPE, "competence", "skill" },
	{ VOCAB_ITEM_TYPE, "savoir", "skill" }, { VOCAB_ITEM_TYPE, "espace", "space" }, { VOCAB_ITEM_TYPE, "salle", "space" },
	{ VOCAB_ITEM_TYPE, "temp", "time" }, { VOCAB_ITEM_TYPE, "hebergement", "hosting" },
	{ VOCAB_ITEM_TYPE, "argent", "money" }, { VOCAB_ITEM_TYPE, "autre", "other" },

	{ VOCAB_DOCUMENT_TYPE, "exemple", "example" }, { VOCAB_DOCUMENT_TYPE, "lien", "link" },

	{ VOCAB_RESOURCE_TYPE, "outil", "tool" }, { VOCAB_RESOURCE_TYPE, "vehicule", "vehicle" },
	{ VOCAB_RESOURCE_TYPE, "salle", "room" }, { VOCAB_RESOURCE_TYPE, "terrain", "land" },
	{ VOCAB_RESOURCE_TYPE, "donnee", "data" }, { VOCAB_RESOURCE_TYPE, "autre", "other" },

	{ VOCAB_EVENT_STATUS, "confirme", "confirmed" }, { VOCAB_EVENT_STATUS, "provisoire", "tentative" },
	{ VOCAB_EVENT_STATUS, "annule", "cancelled" },
	{ VOCAB_ATTENDANCE, "en_presence", "in-person" }, { VOCAB_ATTENDANCE, "en_ligne", "online" },
	{ VOCAB_ATTENDANCE, "hybride", "both" },
};

static const struct { const char *word; enum kind kind; } kind_word[] = {
	{ "structure", KIND_ORGANISATION }, { "association", KIND_ORGANISATION }, { "acteur", KIND_ORGANISATION },
	{ "organization", KIND_ORGANISATION }, { "lieu", KIND_PLACE }, { "offre", KIND_OFFER },
	{ "besoin", KIND_NEED }, { "demande", KIND_NEED }, { "evenement", KIND_EVENT }, { "agenda", KIND_EVENT },
	{ "synthese", KIND_SYNTHESIS }, { "ressource", KIND_RESOURCE }, { "pratique", KIND_PRACTICE },
	{ "projet", KIND_INITIATIVE }, { "article", KIND_DOCUMENT },
};

enum kind
alias_kind(struct span word)
{
	char folded[IMPORT_NAME_CHARS_MAX], name[IMPORT_NAME_CHARS_MAX];
	size_t i;
	int k;

	import_fold(word, 1, folded, sizeof folded);
	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++) {
		import_fold(span_str(kind_info((enum kind)k)->name), 1, name, sizeof name);
		if (strcmp(name, folded) == 0)
			return (enum kind)k;
	}
	for (i = 0; i < COUNT(kind_word); i++)
		if (strcmp(kind_word[i].word, folded) == 0)
			return kind_word[i].kind;
	return KIND_UNKNOWN;
}

/* Is folded what import_fold makes of a key ([a-z0-9-]), without making it? */
static int
is_key(struct span key, const char *folded)
{
	while (key.len > 0) {
		struct span word = span_cut(&key, '-');

		if (word.len > 3 && (word.ptr[word.len - 1] == 's' || word.ptr[word.len - 1] == 'x'))
			word.len--;
		if (strncmp(folded, word.ptr, word.len) != 0)
			return 0;
		folded += word.len;
		if (key.len > 0 && *folded++ != '_')
			return 0;
	}
	return *folded == '\0';
}

const char *
alias_term(enum vocab_name vocab, struct span word)
{
	const struct vocab *v = vocab_get(vocab);
	char folded[IMPORT_NAME_CHARS_MAX];
	size_t i;

	import_fold(word, 1, folded, sizeof folded);
	if (folded[0] == '\0')
		return NULL;
	for (i = 0; i < v->count; i++)
		if (is_key(span_str(v->term[i].key), folded))
			return v->term[i].key;
	for (i = 0; i < COUNT(meaning); i++)
		if (meaning[i].vocab == vocab && strcmp(meaning[i].word, folded) == 0)
			return meaning[i].key;
	return NULL;
}

static int
is_folded(const char *text, int singular)
{
	char folded[IMPORT_NAME_CHARS_MAX];

	import_fold(span_str(text), singular, folded, sizeof folded);
	return strcmp(text, folded) == 0;
}

/* Is it a field of some kind? */
static int
is_field(const char *name)
{
	int k;

	for (k = KIND_UNKNOWN + 1; k < KIND__COUNT; k++)
		if (kind_field((enum kind)k, span_str(name)) != NULL)
			return 1;
	return 0;
}

const char *
alias_problem(void)
{
	char folded[IMPORT_NAME_CHARS_MAX];
	const struct vocab *v;
	size_t i, k;

	for (k = 0; k < VOCAB__COUNT; k++)
		for (v = vocab_get((enum vocab_name)k), i = 0; i < v->count; i++) {
			import_fold(span_str(v->term[i].key), 1, folded, sizeof folded);
			if (!is_key(span_str(v->term[i].key), folded))
				return v->term[i].key;
		}
	for (i = 0; i < COUNT(column); i++) {
		if (!is_folded(column[i].name, 0) || strncmp(column[i].name, "bf_", 3) == 0 ||
		    (column[i].field[0] != '@' && !is_field(column[i].field)))
			return column[i].name;
		for (k = 0; k < i; k++)
			if (strcmp(column[k].name, column[i].name) == 0)
				return column[i].name;
	}
	for (i = 0; i < COUNT(meaning); i++)
		if (!is_folded(meaning[i].word, 1) || vocab_find(meaning[i].vocab, span_str(meaning[i].key)) == NULL)
			return meaning[i].word;
	for (i = 0; i < COUNT(kind_word); i++)
		if (!is_folded(kind_word[i].word, 1))
			return kind_word[i].word;
	return NULL;
}
