/* SPDX-License-Identifier: AGPL-3.0-or-later
 * The traps of each directory's format: what a file becomes, row by row; and texts that several formats share.
 * In JSON here ' stands for ". */
#include "proto/err.h"
#include "tests/unit/test.h"
#include "tools/import/address.h"
#include "tools/import/import.h"
#include "tools/import/labels.h"
#include "tools/import/markup.h"
#include "tools/import/when.h"

#define TEXT_MAX 16384

/* --- items as text --------------------------------------------------------------------------- */

struct seen {
	char text[TEXT_MAX];
	size_t len;
};

static void __attribute__((format(printf, 2, 3)))
put(struct seen *s, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(s->text + s->len, sizeof s->text - s->len, fmt, args);
	va_end(args);
	assert_true(n >= 0 && s->len + (size_t)n < sizeof s->text);
	s->len += (size_t)n;
}

static void
put_span(struct seen *s, const char *name, struct span value)
{
	if (value.len > 0)
		put(s, "%s=%.*s;", name, (int)value.len, value.ptr);
}

static int
on_item(void *ctx, const struct import_item *item, struct err *e)
{
	struct seen *s = ctx;
	size_t i;

	(void)e;
	put(s, "%s%zu:", s->len > 0 ? "/" : "", item->row);
	if (item->deleted)
		put(s, "DELETED ");
	if (item->wrong != NULL)
		put(s, "(%s) ", item->wrong);
	if (item->kind != KIND_UNKNOWN)
		put(s, "%s ", kind_info(item->kind)->name);
	if (item->has_position)
		put(s, "@%.2f,%.2f ", item->lat, item->lon);
	if (item->updated != 0)
		put(s, "+%lld ", (long long)item->updated);
	put_span(s, "#", item->id);
	put_span(s, "licence", item->licence);
	for (i = 0; i < item->count; i++)
		put_span(s, item->cell[i].name, item->cell[i].value);
	return 0;
}

/* A file of these bytes; quote stands for what JSON quotes with. */
static FILE *
open_text(const char *text, size_t len, char quote)
{
	FILE *f = tmpfile();
	size_t i;

	assert_non_null(f);
	for (i = 0; i < len; i++)
		fputc(quote != 0 && text[i] == quote ? '"' : text[i], f);
	rewind(f);
	return f;
}

static int
read_text(const char *format, const char *name, const char *labels_text, const char *text, struct seen *s, struct err *e)
{
	char quote = text[0] == '{' || text[0] == '[' || strncmp(text, "null", 4) == 0 ? '\'' : 0;
	FILE *file = open_text(text, strlen(text), quote);
	const struct import_format *f = NULL;
	struct labels *labels = NULL;
	struct import_input in;
	int rc;

	*s = (struct seen){ .len = 0 };
	if (labels_text != NULL) {
		char copy[2048];
		size_t i, n = strlen(labels_text);

		assert_true(n < sizeof copy);
		for (i = 0; i < n; i++)
			copy[i] = labels_text[i] == '\'' ? '"' : labels_text[i];
		assert_int_equal(labels_read((struct span){ copy, n }, &labels, e), 0);
	}
	rc = import_input_init(&in, file, name, e);
	if (rc == 0 && (rc = import_format_guess(&in, &f, e)) == 0 && strcmp(f->name, format) != 0)
		fail_msg("taken for %s: %s", f->name, text);
	in.labels = labels;
	if (rc == 0)
		rc = f->read(&in, on_item, s, e);
	fclose(file);
	labels_free(labels);
	return rc;
}

/* --- the table ---------------------------------------------------------------------------------- */

#define CAL(events) "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" events "END:VCALENDAR\r\n"
#define EVENT(lines) "BEGIN:VEVENT\r\nUID:u\r\nSUMMARY:x\r\n" lines "END:VEVENT\r\n"
#define RSS(items) "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel>" \
	"<title>F</title>" items "</channel></rss>"
#define ATOM(entries) "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>F</title>" entries "</feed>"
#define TAXONOMY "[{'id':1,'name':'Thèmes','options':[{'id':12,'name':'Alimentation','subcategories':[{'id':12,'name':'non'," \
	"'options':[{'id':31,'name':'Jardin partagé'}]}]}]}]"
#define FORM "[{'prepared':[{'propertyname':'checkboxListeType','options':{'1':'Atelier','3':'Lieu'}}]}]"
#define OLD_LIST "{'ListeType':{'titre_liste':'Type','label':{'1':'Atelier','3':'Lieu'}}}"
#define NEW_LIST "{'ListeType':{'title':'Type','nodes':[{'id':'1','label':'Atelier','children':[{'id':'3','label':'Lieu'}]}]}}"

struct read_case {
	const char *why, *format, *text, *seen, *labels, *name;
};

static const struct read_case gogocarto_case[] = {
	{ "a whole element: days in order, no accounts, an address in its parts", "gogocarto",
	  "{'licence':'ODbL','ontology':'gogofull','data':[{'id':'a1','name':'x','geo':{'latitude':48.5,'longitude':-2.7},"
	  "'address':{'streetNumber':'3','streetAddress':'rue A','addressLocality':'B','postalCode':'29200','addressCountry':'FR'},"
	  "'openHours':{'Sa':'9-12','We':'14-18'},'createdAt':'2023-04-01T10:00:00+02:00','updatedAt':'2024-02-03T10:30:00+01:00',"
	  "'status':3,'categories':['C'],'categoriesFull':[{'id':12,'name':'C'}],'email':'private','images':"
	  "['https://e.org/k.jpg','k2.jpg'],'subscriberEmails':['j@e.org']}]}",
	  "1:@48.50,-2.70 +1706952600 #=a1;licence=ODbL;name=x;streetNumber=3;streetAddress=rue A;postalCode=29200;"
	  "addressLocality=B;hours=We 14-18; Sa 9-12;confirmed=2024-02-03T10:30:00+01:00;categories=C;links=https://e.org/k.jpg;"
	  "subscriberEmails=j@e.org;", NULL, NULL },
	{ "one element alone is an object, not a list", "gogocarto",
	  "{'ontology':'gogofull','data':{'id':7,'name':'x','email':'hidden'}}", "1:#=7;name=x;", NULL, NULL },
	{ "dates of the first generation", "gogocarto", "{'ontology':'gogofull','data':[{'id':'a','updatedAt':'20/11/2017'}]}",
	  "1:+1511136000 #=a;confirmed=20/11/2017;", NULL, NULL },
	{ "dates of the second", "gogocarto", "{'ontology':'gogofull','data':[{'id':'a','updatedAt':'20/11/2017 à 11:43'}]}",
	  "1:+1511178180 #=a;confirmed=20/11/2017 à 11:43;", NULL, NULL },
	{ "a date that is none is no date", "gogocarto", "{'ontology':'gogofull','data':[{'id':'a','updatedAt':'hier'}]}",
	  "1:#=a;", NULL, NULL },
	{ "older keys, numbers of options", "gogocarto", "{'data':[{'id':'a','geo':{'latitude':'48,5','longitude':'-2.7'},"
	  "'optionValues':[12,{'optionId':31}],'telephone':'699000000'}]}",
	  "1:@48.50,-2.70 #=a;categories=12;categories=31;telephone=699000000;", NULL, NULL },
	{ "which a taxonomy explains; its groups have numbers of their own", "gogocarto",
	  "{'ontology':'gogofull','data':[{'id':'a','taxonomy':[12,31,99]}]}",
	  "1:#=a;categories=Alimentation;categories=Jardin partagé;categories=99;", TAXONOMY, NULL },
	{ "compact: the mapping leaves out the options' place", "gogocarto",
	  "{'ontology':'gogocompact','data':[['a',['x'],48.5,-2.7,[12,31]],['b',['y'],48.5,-2.7,[31],0,4],['c',['z'],1,2,3]],"
	  "'mapping':['id',['name'],'latitude','longitude','status','moderationState']}",
	  "1:@48.50,-2.70 #=a;name=x;categories=Alimentation;categories=Jardin partagé;"
	  "/2:(waits for moderation at its source) @48.50,-2.70 #=b;name=y;categories=Jardin partagé;"
	  "/3:@1.00,2.00 #=c;name=z;", TAXONOMY, NULL },
	{ "statuses: deleted, refused, waiting, valid, imported, gathered, edited elsewhere", "gogocarto",
	  "{'ontology':'gogofull','data':[{'id':'a','status':-4},{'id':'b','status':-2},{'id':'c','status':-1},{'id':'d','status':0},"
	  "{'id':'e','status':1},{'id':'f','status':7},{'id':'g','status':8},{'id':'h','status':9}]}",
	  "1:DELETED #=a;/2:DELETED #=b;/3:(waits for moderation at its source) #=c;/4:(waits for moderation at its source) #=d;"
	  "/5:#=e;/6:#=f;/7:#=g;/8:#=h;", NULL, NULL },
	{ "a list of changes is no content", "gogocarto",
	  "{'licence':'','ontology':'gogosync','data':[{'id':'a1','updatedAt':'2024-02-03T10:30:00+01:00'}]}",
	  "1:(is only listed (gogosync): ask the source for ontology=gogofull) +1706952600 #=a1;"
	  "confirmed=2024-02-03T10:30:00+01:00;", NULL, NULL },
	{ "a licence that stands after the elements holds for them", "gogocarto",
	  "{'data':[{'id':'a','geo':1,'categories':[]}],'licence':'CC-BY-NC-4.0','ontology':'gogofull'}",
	  "1:#=a;licence=CC-BY-NC-4.0;", NULL, NULL },
	{ "nothing within the bounds", "gogocarto", "{'ontology':'gogofull','data':[]}", "", NULL, NULL },
	{ "an address of one piece", "gogocarto", "{'ontology':'gogofull','data':[{'id':'a','address':{'customFormatedAddress':"
	  "'3 rue A'},'sourceKey':'Autre carte'}]}", "1:#=a;street=3 rue A;source_name=Autre carte;", NULL, NULL },
};

static const struct read_case yeswiki_case[] = {
	{ "entries keyed by their page; texts for numbers; keys without labels keep their column", "yeswiki",
	  "{'Fiche1':{'bf_titre':'x','checkboxListeType':'1,3','bf_latitude':'48.5','bf_longitude':'-2.7','id_typeannonce':'1',"
	  "'id_fiche':'Fiche1','date_creation_fiche':'2021-06-21 19:33:56','date_maj_fiche':'2024-02-03 09:30:00',"
	  "'statut_fiche':'1','owner':'Jean','user':'Jean','html_data':'data-x','imagebf_image':'p.png',"
	  "'url':'https://w.org/?Fiche1'}}",
	  "1:+1706952600 #=Fiche1;bf_titre=x;checkboxListeType=1;checkboxListeType=3;bf_latitude=48.5;bf_longitude=-2.7;"
	  "confirmed=2024-02-03 09:30:00;owner=Jean;user=Jean;source_url=https://w.org/?Fiche1;links=https://w.org/files/p.png;",
	  NULL, NULL },
	{ "a form gives the labels", "yeswiki", "{'F':{'id_fiche':'F','checkboxListeType':'1,3'}}",
	  "1:#=F;Type=Atelier;Type=Lieu;", FORM, NULL },
	{ "so does a list of the old sort", "yeswiki", "{'F':{'id_fiche':'F','checkboxListeType':'1,3'}}",
	  "1:#=F;Type=Atelier;Type=Lieu;", OLD_LIST, NULL },
	{ "and one of the new", "yeswiki", "{'F':{'id_fiche':'F','checkboxListeTypebf_type':'1,3'}}",
	  "1:#=F;categories=Atelier;categories=Lieu;", NEW_LIST, NULL },
	{ "keys that are words are words", "yeswiki", "{'F':{'id_fiche':'F','listeListeStatut':'actif'}}", "1:#=F;Statut=actif;",
	  NULL, NULL },
	{ "a draft is not published", "yeswiki", "{'F':{'id_fiche':'F','statut_fiche':'0'}}", "1:(is a draft at its source) #=F;",
	  NULL, NULL },
	{ "an old map's cell", "yeswiki", "{'F':{'id_fiche':'F','carte_google':'47.65|-2.76'}}", "1:#=F;carte_google=47.65|-2.76;",
	  NULL, NULL },
	{ "a list without keys", "yeswiki", "[{'id_fiche':'F','bf_titre':'x'}]", "1:#=F;bf_titre=x;", NULL, NULL },
	{ "an event lasts until its last day is over", "yeswiki",
	  "{'F':{'id_fiche':'F','bf_date_debut_evenement':'2026-06-21','bf_date_debut_evenement_allday':'1',"
	  "'bf_date_fin_evenement':'2026-06-22'}}",
	  "1:event #=F;bf_date_debut_evenement=2026-06-21;bf_date_fin_evenement=2026-06-22 23:59;", NULL, NULL },
	{ "coordinates as text", "yeswiki",
	  "{'type':'FeatureCollection','features':[{'type':'Feature','geometry':{'type':'Point','coordinates':['-2.7','48.5']},"
	  "'properties':{'bf_titre':'x','id_typeannonce':'1','id_fiche':'F','date_maj_fiche':'2024-02-03 09:30:00'}}]}",
	  "1:@48.50,-2.70 +1706952600 #=F;bf_titre=x;confirmed=2024-02-03 09:30:00;", NULL, NULL },
	{ "a table with labels for names", "yeswiki",
	  "datetime_create,datetime_latest,\"Nom *\",\"Type de ressource *\",bf_latitude\n"
	  "\"21/06/2021 19:33:56\",\"03/02/2024 09:30:00\",Repair,\"\"\"a b\"\",\"\"c\"\"\",\"48.5, -2.7\"\n",
	  "2:+1706952600 confirmed=03/02/2024 09:30:00;Nom *=Repair;Type de ressource *=\"a b\",\"c\";bf_latitude=48.5, -2.7;",
	  NULL, NULL },
};

static const struct read_case murmurations_case[] = {
	{ "an organisation, known by where its profile is", "murmurations",
	  "{'linked_schemas':['organizations_schema-v1.0.0'],'name':'x','primary_url':'https://s.org','full_address':"
	  "'1 rue A, 56000 Vannes, France','geolocation':{'lat':47.5,'lon':-2.7},'urls':[{'name':'A','url':'https://s.org/a'}],"
	  "'starts_at':1262304000,'country_iso_3166':'FR','contact_details':{'contact_form':'https://s.org/c'}}",
	  "1:organisation @47.50,-2.70 #=https://s.org/m.json;name=x;primary_url=https://s.org;street=1 rue A;postcode=56000;"
	  "commune=Vannes;links=https://s.org/a;since=2010-01-01;contact_details.contact_form=https://s.org/c;"
	  "source_url=https://s.org/m.json;", NULL, "https://s.org/m.json" },
	{ "an offer, with the day it ends", "murmurations",
	  "{'linked_schemas':['offers_wants_schema-v0.1.0'],'exchange_type':'offer','transaction_type':['receive-donate'],'title':'x',"
	  "'expires_at':1893456000}", "1:offer terms=receive-donate;title=x;until=2030-01-01;", NULL, NULL },
	{ "a want is a need", "murmurations", "{'linked_schemas':['o'],'exchange_type':'want','title':'x'}", "1:need title=x;",
	  NULL, NULL },
	{ "an index: seconds or thousandths, what is gone, what is only listed", "murmurations",
	  "{'data':[{'profile_url':'https://a.org/m','last_updated':1601979232403,'name':'A','status':'posted','geolocation':"
	  "{'lat':1,'lon':2}},{'profile_url':'https://b.org/m','last_updated':1601979232,'status':'deleted'},"
	  "{'profile_url':'https://c.org/m'}],'meta':{'total_pages':1}}",
	  "1:organisation @1.00,2.00 +1601979232 #=https://a.org/m;source_url=https://a.org/m;name=A;"
	  "/2:DELETED organisation +1601979232 #=https://b.org/m;source_url=https://b.org/m;"
	  "/3:(is only listed by the index: import its profile from its address) organisation #=https://c.org/m;"
	  "source_url=https://c.org/m;", NULL, "https://index.org/v2/nodes" },
	{ "a person is not imported", "murmurations", "{'linked_schemas':['people_schema-v0.1.0'],'name':'Jeanne'}",
	  "1:(is about a person: not imported) organisation name=Jeanne;", NULL, NULL },
};

static const struct read_case ical_case[] = {
	{ "universal time is local at the place, in winter", "ical", CAL(EVENT("DTSTART:20250110T120000Z\r\n")),
	  "1:event #=u;name=x;starts=2025-01-10T13:00;", NULL, NULL },
	{ "and in summer; folded lines, escaped commas", "ical", CAL(EVENT("DTSTART:20250710T12\r\n 0000Z\r\nDTEND:20250710T130000Z\r\n"
	  "LOCATION:Salle\\, 1 rue A\\, 29600 Morlaix\r\nGEO:48.5;-2.7\r\n")),
	  "1:event @48.50,-2.70 #=u;name=x;starts=2025-07-10T14:00;ends=2025-07-10T15:00;street=Salle, 1 rue A;postcode=29600;"
	  "commune=Morlaix;", NULL, NULL },
	{ "the calendar's own zone", "ical", CAL("X-WR-TIMEZONE:America/Martinique\r\n" EVENT("DTSTART:20250110T120000Z\r\n")),
	  "1:event #=u;name=x;timezone=America/Martinique;starts=2025-01-10T08:00;", NULL, NULL },
	{ "a zone's time as it is written, whatever the zone is called", "ical",
	  CAL("BEGIN:VTIMEZONE\r\nTZID:Mine\r\nX-LIC-LOCATION:Europe/Paris\r\nEND:VTIMEZONE\r\n"
	  EVENT("DTSTART;TZID=Mine:20250110T1200\r\n 00\r\nDTEND;TZID=\"Romance Standard Time\":20250110T130000\r\n")),
	  "1:event #=u;name=x;timezone=Europe/Paris;starts=2025-01-10T12:00;ends=2025-01-10T13:00;", NULL, NULL },
	{ "an end in another zone", "ical", CAL(EVENT("DTSTART;TZID=Europe/Paris:20250110T120000\r\nDTEND:20250110T120000Z\r\n")),
	  "1:event #=u;name=x;timezone=Europe/Paris;starts=2025-01-10T12:00;ends=2025-01-10T13:00;", NULL, NULL },
	{ "two whole days: the end is the day after", "ical", CAL(EVENT("DTSTART;VALUE=DATE:20250601\r\nDTEND;VALUE=DATE:20250603\r\n")),
	  "1:event #=u;name=x;starts=2025-06-01T00:00;ends=2025-06-02T23:59;", NULL, NULL },
	{ "one whole day, without an end or with its own", "ical", CAL(EVENT("DTSTART;VALUE=DATE:20250601\r\n")
	  EVENT("DTSTART;VALUE=DATE:20250601\r\nDTEND;VALUE=DATE:20250601\r\n")),
	  "1:event #=u;name=x;starts=2025-06-01T00:00;ends=2025-06-01T23:59;"
	  "/2:event #=u;name=x;starts=2025-06-01T00:00;ends=2025-06-01T23:59;", NULL, NULL },
	{ "a duration", "ical", CAL(EVENT("DTSTART:20250110T233000\r\nDURATION:PT1H\r\n")),
	  "1:event #=u;name=x;starts=2025-01-10T23:30;ends=2025-01-11T00:30;", NULL, NULL },
	{ "a rule, its exceptions, and an occurrence that was moved", "ical",
	  CAL(EVENT("DTSTART;TZID=Europe/Paris:20250106T183000\r\nRRULE:FREQ=WEEKLY;BYDAY=MO\r\n"
	  "EXDATE;TZID=Europe/Paris:20250113T183000,20250127T183000\r\n")
	  EVENT("RECURRENCE-ID;TZID=Europe/Paris:20250120T183000\r\nDTSTART;TZID=Europe/Paris:20250121T183000\r\nSTATUS:CANCELLED\r\n")),
	  "1:event #=u;name=x;timezone=Europe/Paris;starts=2025-01-06T18:30;recurrence=FREQ=WEEKLY;BYDAY=MO;"
	  "description=Sauf / except: 2025-01-13, 2025-01-27, 2025-01-20;"
	  "/2:event #=u/20250120T183000;event_status=CANCELLED;name=x;timezone=Europe/Paris;starts=2025-01-21T18:30;", NULL, NULL },
	{ "a number of occurrences says when they are over", "ical",
	  CAL(EVENT("DTSTART;TZID=Europe/Paris:20250106T183000\r\nRRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO\r\n")
	  EVENT("DTSTART;VALUE=DATE:20250106\r\nRRULE:FREQ=DAILY;COUNT=2\r\n")),
	  "1:event #=u;name=x;timezone=Europe/Paris;starts=2025-01-06T18:30;recurrence=FREQ=WEEKLY;UNTIL=20250120T173000Z;BYDAY=MO;"
	  "/2:event #=u;name=x;starts=2025-01-06T00:00;ends=2025-01-06T23:59;recurrence=FREQ=DAILY;UNTIL=20250107;", NULL, NULL },
	{ "a rule that never holds", "ical",
	  CAL(EVENT("DTSTART:20250106T183000\r\nRRULE:FREQ=YEARLY;COUNT=3;BYMONTH=2;BYMONTHDAY=30\r\n")),
	  "1:event #=u;name=x;starts=2025-01-06T18:30;recurrence=FREQ=YEARLY;COUNT=3;BYMONTH=2;BYMONTHDAY=30;", NULL, NULL },
	{ "a rule that is none is left out", "ical", CAL(EVENT("DTSTART:20250110T120000\r\nRRULE:FREQ=SOMETIMES\r\n")),
	  "1:event #=u;name=x;starts=2025-01-10T12:00;", NULL, NULL },
	{ "an alarm's texts are not the event's", "ical", CAL("BEGIN:VEVENT\r\nUID:u\r\nBEGIN:VALARM\r\nUID:a\r\nSUMMARY:no\r\nEND:VALARM\r\n"
	  "SUMMARY:x\r\nEND:VEVENT\r\n"), "1:event #=u;name=x;", NULL, NULL },
	{ "private is private", "ical", CAL(EVENT("CLASS:CONFIDENTIAL\r\n")),
	  "1:(is marked private in its calendar) event #=u;name=x;", NULL, NULL },
	{ "a calendar that takes back", "ical", CAL("METHOD:CANCEL\r\n" EVENT("")), "1:event #=u;event_status=cancelled;name=x;", NULL,
	  NULL },
	{ "categories have commas between them and may have some within; people are named to be dropped", "ical",
	  CAL(EVENT("CATEGORIES:Fête,A\\,B\r\nORGANIZER;CN=\"J: D\":mailto:j@e.org\r\n")),
	  "1:event #=u;name=x;organizer=mailto:j@e.org;categories=Fête;categories=A,B;", NULL, NULL },
	{ "an address for a place is online", "ical", CAL(EVENT("LOCATION:https://visio.org/x\r\n")),
	  "1:event #=u;name=x;online_url=https://visio.org/x;attendance=online;", NULL, NULL },
	{ "when it was written out is no change, when it was changed is", "ical",
	  CAL(EVENT("DTSTAMP:20260101T000000Z\r\nLAST-MODIFIED:20240203T093000Z\r\n")), "1:event +1706952600 #=u;name=x;", NULL, NULL },
	{ "a line without sense harms no other", "ical", CAL(EVENT("garbage\r\nDTSTART:20251399T990000\r\n")),
	  "1:event #=u;name=x;starts=20251399T990000;", NULL, NULL },
	{ "line ends without a carriage return, a mark before the text", "ical",
	  "\xef\xbb\xbf" "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR", "1:event name=x;", NULL, NULL },
	{ "letters of another encoding", "ical", CAL("BEGIN:VEVENT\r\nSUMMARY:F\xeate\r\nEND:VEVENT\r\n"), "1:event name=Fête;",
	  NULL, NULL },
	{ "a fold within a character", "ical", CAL("BEGIN:VEVENT\r\nSUMMARY:F\xc3\r\n \xaate\r\nEND:VEVENT\r\n"),
	  "1:event name=Fête;", NULL, NULL },
	{ "tasks are no events", "ical", CAL("BEGIN:VTODO\r\nSUMMARY:no\r\nEND:VTODO\r\n"), "", NULL, NULL },
};

static const struct read_case feed_case[] = {
	{ "SPIP: HTML within, an author's address dropped, a mail's date", "feed",
	  RSS("<language>fr</language><item><title>&#201;t&#233; &amp; nous</title><link>https://s.org/a</link>"
	  "<guid>https://s.org/a</guid><pubDate>Sat, 03 Feb 2024 10:30:00 +0100</pubDate><author>j@e.org (Jeanne D)</author>"
	  "<description>&lt;p&gt;Un &lt;b&gt;t&amp;eacute;moin&lt;/b&gt;.&lt;/p&gt;&lt;script&gt;no&lt;/script&gt;</description>"
	  "<category>tiers-lieux</category></item>"),
	  "1:document +1706952600 #=https://s.org/a;name=Été & nous;published=2024-02-03;creators=Jeanne D;categories=tiers-lieux;"
	  "url=https://s.org/a;document_type=article;description=Un témoin.;lang=fr;", NULL, NULL },
	{ "an ISO date, an author's name, no identifier but the address", "feed",
	  RSS("<item><title>x</title><link>https://s.org/a</link><dc:date>2024-02-03T09:30:00Z</dc:date><dc:creator>Jeanne</dc:creator>"
	  "</item>"), "1:document +1706952600 #=https://s.org/a;name=x;published=2024-02-03;creators=Jeanne;url=https://s.org/a;"
	  "document_type=article;", NULL, NULL },
	{ "Atom: which link, whose name, text of its own markup", "feed",
	  ATOM("<entry><id>urn:1</id><title>x</title><link rel='self' href='https://s.org/no'/><link href='https://s.org/a'/>"
	  "<author><name>J</name><email>j@e.org</email></author><updated>2024-02-03T09:30:00Z</updated><rights>CC BY 4.0</rights>"
	  "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>a &lt; b<b>c</b></p><p>d</p></div></content></entry>"),
	  "1:document +1706952600 #=urn:1;licence=CC BY 4.0;name=x;creators=J;url=https://s.org/a;document_type=article;"
	  "description=a \\< bc\n\nd;", NULL, NULL },
	{ "RSS 1.0: entries beside the channel, named by rdf:about", "feed",
	  "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\"><channel><title>F</title>"
	  "</channel><item rdf:about=\"https://s.org/a\"><title>x</title><link>https://s.org/a</link></item></rdf:RDF>",
	  "1:document #=https://s.org/a;name=x;url=https://s.org/a;document_type=article;", NULL, NULL },
	{ "Latin letters of another encoding", "feed", "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><rss><channel><copyright>tous droits "
	  "r\xe9serv\xe9s</copyright><item><guid>1</guid><title>\xc9t\xe9</title></item></channel></rss>",
	  "1:document #=1;licence=tous droits réservés;name=Été;document_type=article;", NULL, NULL },
	{ "a film", "feed", RSS("<item><guid>1</guid><title>x</title><enclosure url=\"u\" type=\"video/mp4\"/></item>"),
	  "1:document #=1;name=x;document_type=video;", NULL, NULL },
	{ "no entries", "feed", RSS(""), "", NULL, NULL },
};

#define SCHEMA "'@context':'https://schema.org'"
#define AS "'@context':['https://www.w3.org/ns/activitystreams']"

static const struct read_case linked_case[] = {
	{ "an event at a place; whole addresses; hours as written with their offset", "jsonld",
	  "{" SCHEMA ",'@type':'MusicEvent','@id':'https://e.org/1','name':['x','y'],'startDate':'2025-05-10T14:00:00+02:00',"
	  "'endDate':'2025-05-11','eventStatus':'https://schema.org/EventCancelled','location':{'@type':'Place','name':'Salle','address':"
	  "{'streetAddress':'1 rue A','postalCode':'29000','addressLocality':'Quimper'},'geo':{'latitude':'48.0','longitude':-4.1}},"
	  "'organizer':{'@type':'Person','name':'Jeanne'},'isAccessibleForFree':true,'keywords':'a, b'}",
	  "1:event @48.00,-4.10 #=https://e.org/1;name=x;starts=2025-05-10T14:00;ends=2025-05-11T23:59;event_status=cancelled;"
	  "access=free;tags=a, b;street=Salle, 1 rue A;postcode=29000;commune=Quimper;", NULL, NULL },
	{ "universal time, prefixes, wrapped values", "jsonld",
	  "{'@context':{'schema':'https://schema.org/'},'@graph':[{'@type':'schema:Event','schema:name':{'@value':'x'},"
	  "'schema:startDate':'2025-07-10T12:00:00Z','schema:url':{'@id':'https://e.org/1'}}]}",
	  "1:event #=https://e.org/1;name=x;website=https://e.org/1;starts=2025-07-10T14:00;", NULL, NULL },
	{ "a page's furniture is passed over, people are refused, other things told", "jsonld",
	  "{" SCHEMA ",'@graph':[{'@type':'WebSite','name':'w'},{'@type':'Person','name':'Jeanne'},{'@type':'Recipe','name':'r'},"
	  "{'@type':['Thing','NGO'],'name':'x','sameAs':['https://m.org/x','y'],'email':'mailto:c@e.org'}]}",
	  "1:(is about a person: not imported) name=Jeanne;/2:(is of a type that no kind of record is for) name=r;"
	  "/3:organisation name=x;links=https://m.org/x;email=c@e.org;", NULL, NULL },
	{ "a list of lists' entries", "jsonld", "{" SCHEMA ",'@graph':[{'@type':'ItemList','itemListElement':[{'@type':'ListItem','item':"
	  "{'@type':'Event','name':'x'}}]}]}", "1:event name=x;", NULL, NULL },
	{ "opening hours", "jsonld", "{" SCHEMA ",'@type':'LocalBusiness','name':'x','openingHoursSpecification':[{'dayOfWeek':"
	  "['https://schema.org/Monday','Tuesday'],'opens':'09:00:00','closes':'12:00'}]}",
	  "1:organisation name=x;hours=Mo,Tu 09:00-12:00;", NULL, NULL },
	{ "an article says who wrote it", "jsonld", "{" SCHEMA ",'@type':'NewsArticle','headline':'x','author':{'name':'Jeanne'},"
	  "'datePublished':'2024-02-03','url':'https://e.org/1','license':'https://creativecommons.org/licenses/by/4.0/'}",
	  "1:document #=https://e.org/1;licence=https://creativecommons.org/licenses/by/4.0/;name=x;url=https://e.org/1;"
	  "published=2024-02-03;creators=Jeanne;document_type=article;", NULL, NULL },
	{ "Mobilizon's event", "jsonld",
	  "{" AS ",'type':'Event','id':'https://m.org/e/1','name':'x','content':'<p>T</p>','category':'FOOD_DRINK','startTime':"
	  "'2025-05-10T14:00:00+02:00','timezone':'Europe/Paris','updated':'2024-02-03T09:30:00Z','status':'CONFIRMED','isOnline':false,"
	  "'actor':'https://m.org/@j','attributedTo':'https://m.org/@g','location':{'type':'Place','name':'Salle','address':"
	  "{'streetAddress':'1 rue A','postalCode':'29000','addressLocality':'Quimper'},'latitude':48.0,'longitude':-4.1},"
	  "'tag':[{'type':'Hashtag','name':'#jardin'}],'to':['https://www.w3.org/ns/activitystreams#Public']}",
	  "1:event @48.00,-4.10 +1706952600 #=https://m.org/e/1;name=x;description=<p>T</p>;starts=2025-05-10T14:00;"
	  "timezone=Europe/Paris;event_status=CONFIRMED;tags=jardin;categories=food drink;street=Salle, 1 rue A;postcode=29000;"
	  "commune=Quimper;", NULL, NULL },
	{ "an outbox: what was made, what is gone, what was not for all", "jsonld",
	  "{" AS ",'type':'OrderedCollectionPage','orderedItems':[{'type':'Create','object':{'type':'Event','id':'u:1','name':'x'}},"
	  "{'type':'Delete','object':'u:2'},{'type':'Create','object':{'type':'Event','id':'u:3','name':'y','to':['https://m.org/@j']}},"
	  "{'type':'Create','object':{'type':'Tombstone','id':'u:4'}},{'type':'Event','id':'u:5','draft':true}]}",
	  "1:event #=u:1;name=x;/2:DELETED #=u:2;/3:(is not public at its source) event #=u:3;name=y;/4:DELETED #=u:4;"
	  "/5:(is not public at its source) event #=u:5;", NULL, NULL },
	{ "our own page is no source", "jsonld", "{" SCHEMA ",'@graph':[{'@type':'Project','@id':'https://n.org/i/did:key:z6Mk/initiative/a',"
	  "'name':'x'}]}", "1:(is a record of an Essaim node: exchange with that node, or import its NDJSON) initiative "
	  "#=https://n.org/i/did:key:z6Mk/initiative/a;name=x;", NULL, NULL },
	{ "SemApps: one or several anywhere, addresses for words", "semapps",
	  "{'type':['ldp:Container'],'ldp:contains':[{'id':'https://s.org/o/1','type':'pair:Organization','pair:label':'x','pair:comment':'c',"
	  "'pair:homePage':['https://x.org'],'pair:e-mail':'c@x.org','pair:hasTopic':'https://s.org/t/lien-social','pair:hasLocation':"
	  "{'pair:latitude':48.5,'pair:longitude':'-2.7','pair:hasPostalAddress':{'pair:addressStreet':'1 rue A','pair:addressZipCode':'29600',"
	  "'pair:addressLocality':'Morlaix'}},'dc:modified':'2024-02-03T09:30:00Z','dc:creator':'https://s.org/users/j'}]}",
	  "1:organisation @48.50,-2.70 +1706952600 #=https://s.org/o/1;source_url=https://s.org/o/1;name=x;summary=c;website=https://x.org;"
	  "email=c@x.org;street=1 rue A;postcode=29600;commune=Morlaix;categories=lien-social;confirmed=2024-02-03T09:30:00Z;", NULL, NULL },
	{ "old spellings, one thing alone, a place on one line", "semapps",
	  "{'ldp:contains':{'id':'u:1','type':'pair:Project','pair:label':'x','pair:email':'c@x.org','pair:hasLocation':{'pair:label':"
	  "'1 rue A, 29600 Morlaix'}}}",
	  "1:initiative #=u:1;source_url=u:1;name=x;email=c@x.org;street=1 rue A;postcode=29600;commune=Morlaix;", NULL, NULL },
	{ "people stay where they are", "semapps", "{'ldp:contains':[{'id':'u:1','type':'pair:Person','pair:label':'J'},'u:2']}",
	  "1:(is about a person: not imported) #=u:1;source_url=u:1;name=J;", NULL, NULL },
	{ "OpenFairDB: its categories are kinds, its moments seconds", "openfairdb",
	  "[{'id':'c6','created':1706952600,'version':3,'title':'x','lat':48.5,'lng':-2.7,'zip':'56300','city':'Pontivy','categories':"
	  "['77b3c33a92554bcf8e8c2c86cedd6f6f'],'tags':['recyclage'],'contact_name':'Jeanne','links':[{'url':'https://x.org'}],'ratings':[],"
	  "'license':'CC0-1.0'}]",
	  "1:organisation +1706952600 #=c6;licence=CC0-1.0;confirmed=2024-02-03;title=x;lat=48.5;lng=-2.7;zip=56300;city=Pontivy;"
	  "tags=recyclage;contact_name=Jeanne;links=https://x.org;", NULL, NULL },
	{ "the same as a table", "openfairdb",
	  "id,created_at,created_by,version,title,description,lat,lng,contact_name,contact_email,categories,tags,license,avg_rating\n"
	  "c6,1706952600,j@e.org,3,x,d,48.5,-2.7,Jeanne,c@x.org,2cd00bebec0c48ba9db761da48678134,\"a,b\",ODbL-1.0,0.5\n",
	  "2:initiative +1706952600 #=c6;licence=ODbL-1.0;confirmed=2024-02-03;created_by=j@e.org;title=x;description=d;lat=48.5;lng=-2.7;"
	  "contact_name=Jeanne;contact_email=c@x.org;tags=a,b;", NULL, NULL },
};

static void
check_cases(const struct read_case *c, size_t count)
{
	struct seen *s = malloc(sizeof *s);
	size_t i;

	assert_non_null(s);
	for (i = 0; i < count; i++) {
		struct err e = { 0 };

		if (read_text(c[i].format, c[i].name == NULL ? "" : c[i].name, c[i].labels, c[i].text, s, &e) == -1)
			fail_msg("%s: %s", c[i].why, e.text);
		if (strcmp(s->text, c[i].seen) != 0)
			fail_msg("%s:\n%s\nand not\n%s", c[i].why, s->text, c[i].seen);
	}
	free(s);
}

static void
test_gogocarto(void **state)
{
	(void)state;
	check_cases(gogocarto_case, COUNT(gogocarto_case));
}

static void
test_yeswiki(void **state)
{
	(void)state;
	check_cases(yeswiki_case, COUNT(yeswiki_case));
}

static void
test_murmurations(void **state)
{
	(void)state;
	check_cases(murmurations_case, COUNT(murmurations_case));
}

static void
test_ical(void **state)
{
	(void)state;
	check_cases(ical_case, COUNT(ical_case));
}

static void
test_feed(void **state)
{
	(void)state;
	check_cases(feed_case, COUNT(feed_case));
}

static void
test_linked(void **state)
{
	(void)state;
	check_cases(linked_case, COUNT(linked_case));
}

/* --- files that are not what they seem ------------------------------------------------------------- */

static void
test_broken_files(void **state)
{
	static const struct { const char *why, *format, *text, *says; } row[] = {
		{ "a calendar cut short", "ical", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\nBEGIN:VEV", "too early" },
		{ "a feed cut short", "feed", "<rss><channel><item><title>x</title></item>", "line 1" },
		{ "entities within entities", "feed", "<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]><rss><channel>"
		  "<item><title>&b;&b;</title></item></channel></rss>", "document type" },
		{ "a file from elsewhere", "feed", "<!DOCTYPE rss [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss><item><title>&x;</title>"
		  "</item></rss>", "document type" },
		{ "a map cut short", "gogocarto", "{'ontology':'gogofull','data':[{'id':'a'", "too early" },
		{ "elements that are words", "gogocarto", "{'ontology':'gogofull','data':['a']}", "not an element" },
		{ "an entry that is none", "yeswiki", "{'id_fiche':'x','F':{'id_typeannonce':'1'}}", "not an entry" },
		{ "profiles that are numbers", "murmurations", "{'data':[1,{'profile_url':'u'}]}", "not a profile" },
		{ "rows that are numbers", "openfairdb", "[1,{'version':1,'title':'x','lng':1,'license':'x'}]", "not an entry" },
	};
	struct seen *s = malloc(sizeof *s);
	size_t i;

	(void)state;
	assert_non_null(s);
	for (i = 0; i < COUNT(row); i++) {
		struct err e = { 0 };

		CHECK_ROW(row[i].why, read_text(row[i].format, "", NULL, row[i].text, s, &e) == -1);
		if (strstr(e.text, row[i].says) == NULL)
			fail_msg("%s: %s", row[i].why, e.text);
	}
	free(s);
}

/* An entry that never ends must not fill the memory. */
static void
test_endless_entry(void **state)
{
	static const char head[] = "<rss><channel><item><title>x</title>", part[] = "<a>b</a>";
	size_t most = 6 * IMPORT_ITEM_BYTES_MAX, len = sizeof head - 1;
	char *text = malloc(most + sizeof part);
	const struct import_format *f = import_format_find("feed");
	struct import_input in;
	struct seen s = { .len = 0 };
	struct err e = { 0 };
	FILE *file;

	(void)state;
	assert_non_null(text);
	memcpy(text, head, sizeof head);
	for (; len < most; len += sizeof part - 1)
		memcpy(text + len, part, sizeof part);
	file = open_text(text, len, 0);
	free(text);
	assert_int_equal(import_input_init(&in, file, "", &e), 0);
	CHECK(f->read(&in, on_item, &s, &e) == -1 && e.code == ERR_LIMIT);
	CHECK(s.len == 0);
	fclose(file);
}

static void
test_labels(void **state)
{
	static const struct { const char *why, *text, *says; } row[] = {
		{ "no JSON", "<html>", "not JSON" },
		{ "no labels in it", "{'a':[1,2]}", "no labels" },
		{ "elements are no labels", "{'data':[{'id':'1','name':'x'}]}", "no labels" },
	};
	struct labels *l = NULL;
	struct err e = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		char copy[100];
		size_t k;

		for (k = 0; row[i].text[k] != '\0'; k++)
			copy[k] = row[i].text[k] == '\'' ? '"' : row[i].text[k];
		e = (struct err){ 0 };
		CHECK_ROW(row[i].why, labels_read((struct span){ copy, k }, &l, &e) == -1 && l == NULL);
		CHECK_ROW(row[i].why, strstr(e.text, row[i].says) != NULL);
	}
	CHECK(labels_find(NULL, "x", SPAN("1")).len == 0);
}

/* --- texts ----------------------------------------------------------------------------------------------- */

static void
test_markup(void **state)
{
	static const struct { const char *why, *html; int multiline; const char *text; } row[] = {
		{ "paragraphs and lines", "<p>un</p>\n<p>deux<br/>trois</p>", 1, "un\n\ndeux\ntrois" },
		{ "a list", "<ul><li>a</li><li>b</li></ul>c", 1, "- a\n- b\n\nc" },
		{ "a link that may be followed", "voir <a class=x href=\"https://e.org/a?b=c\">ici</a>.", 1, "voir [ici](https://e.org/a?b=c)." },
		{ "one that may not", "<a href=\"javascript:alert(1)\">ici</a>", 1, "ici" },
		{ "one whose text would break out", "<a href=\"https://e.org\">a]b</a>", 1, "a]b" },
		{ "one whose address would", "<a href=\"https://e.org/)(\">a</a>", 1, "a" },
		{ "a link that says its address", "<a href=\"https://e.org\">https://e.org</a>", 1, "https://e.org" },
		{ "scripts, styles, comments say nothing", "a<script>x</script><style>y</style><!-- z -->b<SCRIPT>u", 1, "ab" },
		{ "entities by name and number", "&eacute;&nbsp;&#8217;&#x2019;&euro;&apos;&amp;lt;", 1, "é ’’€'&lt;" },
		{ "an unknown entity stays", "&bogus; &amp; &", 1, "&bogus; & &" },
		{ "what was escaped stays escaped", "&lt;script&gt;", 1, "\\<script>" },
		{ "on one line it cannot harm", "&lt;b&gt;", 0, "<b>" },
		{ "one line", "<p>un</p><p>deux</p>", 0, "un deux" },
		{ "a tag in capitals, with quotes around a bracket", "<P TITLE=\"a>b\">x</P>", 1, "x" },
		{ "no character that steers", "a&#8;&#0;&#x85;b", 1, "ab" },
		{ "a tag that never ends is text", "a <b c", 1, "a <b c" },
	};
	static const struct { const char *text; int is; } html[] = {
		{ "a < b & c > d", 0 }, { "x<y", 0 }, { "<3", 0 }, { "AT&T", 0 }, { "<bof>", 0 }, { "Tom &amp; Jo", 1 }, { "a<br>b", 1 },
		{ "<!-- a -->", 1 }, { "</p>", 1 }, { "a &hellip;", 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		struct buf out = BUF_INIT(1000);
		struct err e = { 0 };

		CHECK_ROW(row[i].why, markup_text(span_str(row[i].html), row[i].multiline, &out, &e) == 0);
		if (out.ptr == NULL || strcmp(out.ptr, row[i].text) != 0)
			fail_msg("%s: %s", row[i].why, out.ptr);
		buf_clear(&out);
	}
	for (i = 0; i < COUNT(html); i++)
		CHECK_ROW(html[i].text, markup_is(span_str(html[i].text)) == html[i].is);
}

static void
test_address(void **state)
{
	static const struct { const char *why, *text, *street, *postcode, *commune; } row[] = {
		{ "all of it", "Salle T, 1 rue A, 29600 Morlaix, France", "Salle T, 1 rue A", "29600", "Morlaix" },
		{ "no comma before the postcode", "1 rue A 29600 Saint-Martin (29)", "1 rue A", "29600", "Saint-Martin" },
		{ "no postcode", "Place du marché, Morlaix", "Place du marché, Morlaix", "", "" },
		{ "a number of five digits before it", "12345 rue A, 29600 Morlaix", "12345 rue A", "29600", "Morlaix" },
		{ "six digits are none", "290000 X", "290000 X", "", "" },
		{ "a postcode at the end says no town", "1 rue A 29600", "1 rue A 29600", "", "" },
		{ "nothing", "", "", "", "" },
	};
	struct address a;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		address_split(span_str(row[i].text), &a);
		CHECK_ROW(row[i].why, span_is(a.street, row[i].street) && span_is(a.postcode, row[i].postcode) &&
		    span_is(a.commune, row[i].commune));
	}
}

static void
test_when(void **state)
{
	static const struct { const char *why, *text, *local; } row[] = {
		{ "universal time in winter", "2025-01-10T12:00:00Z", "2025-01-10T13:00" },
		{ "in summer, past midnight", "2025-07-10T23:00:00Z", "2025-07-11T01:00" },
		{ "an offset is the place's own", "2025-07-10T12:00:00-04:00", "2025-07-10T12:00" },
		{ "no zone", "2025-07-10 12:00", "2025-07-10T12:00" },
		{ "a day", "2025-07-10", "2025-07-10" },
		{ "nothing", "", NULL },
	};
	static const struct { const char *name, *zone; } zone[] = {
		{ "Europe/Paris", "Europe/Paris" }, { "Romance Standard Time", "Europe/Paris" },
		{ "/example.org/20200101_1/Europe/Paris", "Europe/Paris" }, { "America/Argentina/Ushuaia", "America/Argentina/Ushuaia" },
		{ "Custom", NULL }, { "", NULL }, { "xEurope/Paris", NULL }, { "Europe/Pa ris", NULL },
	};
	char out[WHEN_CHARS + 1], name[40];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(row); i++) {
		CHECK_ROW(row[i].why, when_at_place(span_str(row[i].text), WHEN_ZONE, out) == (row[i].local != NULL));
		CHECK_ROW(row[i].why, strcmp(out, row[i].local == NULL ? "" : row[i].local) == 0);
	}
	for (i = 0; i < COUNT(zone); i++) {
		CHECK_ROW(zone[i].name, when_zone(span_str(zone[i].name), name, sizeof name) == (zone[i].zone != NULL));
		CHECK_ROW(zone[i].name, strcmp(name, zone[i].zone == NULL ? "" : zone[i].zone) == 0);
	}
	CHECK(when_from_unix(1706952600, out) && strcmp(out, "2024-02-03T09:30") == 0);
	CHECK(!when_from_unix(INT64_MAX, out) && !when_from_unix(INT64_MIN, out));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gogocarto),
		cmocka_unit_test(test_yeswiki),
		cmocka_unit_test(test_murmurations),
		cmocka_unit_test(test_ical),
		cmocka_unit_test(test_feed),
		cmocka_unit_test(test_linked),
		cmocka_unit_test(test_broken_files),
		cmocka_unit_test(test_endless_entry),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_markup),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
