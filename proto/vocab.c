/* SPDX-License-Identifier: AGPL-3.0-or-later
 * vocab.c - the terms; see vocab.h. */
#include "proto/vocab.h"

#include <assert.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KEY_CHARS_MAX 48

static const struct term axis[] = {
	{ .key = "individual-to-collective" }, { .key = "public-actor" }, { .key = "solidarity" },
	{ .key = "co-production" }, { .key = "shared-resources" },
};

static const struct term practice[] = {
	{ .key = "mobility" },
	{ "carpooling", "mobility" }, { "car-sharing", "mobility" },
	{ "accessible-vehicle-sharing", "mobility" },
	{ .key = "housing" },
	{ "participatory-housing", "housing" }, { "intergenerational-housing", "housing" },
	{ "solidarity-hosting", "housing" }, { "home-hospitality", "housing" },
	{ .key = "food" },
	{ "purchasing-group", "food" }, { "short-supply-chain", "food" }, { "shared-garden", "food" },
	{ "associative-cafe", "food" }, { "micro-grocery", "food" }, { "anti-waste-cooking", "food" },
	{ "gleaning", "food" },
	{ .key = "goods" },
	{ "reuse-centre", "goods" }, { "repair", "goods" }, { "tool-library", "goods" },
	{ "free-zone", "goods" }, { "gift", "goods" }, { "barter", "goods" }, { "second-hand", "goods" },
	{ .key = "skills" },
	{ "knowledge-exchange", "skills" }, { "local-exchange-system", "skills" },
	{ "carers-support", "skills" }, { "mediation", "skills" },
	{ .key = "work" },
	{ "coworking", "work" }, { "fablab", "work" }, { "third-place", "work" },
	{ "shared-workshop", "work" }, { "shared-premises", "work" }, { "activity-cooperative", "work" },
	{ "work-mutual", "work" },
	{ .key = "energy" },
	{ "citizen-energy", "energy" },
	{ .key = "finance" },
	{ "crowdfunding", "finance" }, { "local-currency", "finance" }, { "mutual-insurance", "finance" },
	{ .key = "culture" },
	{ "shared-heritage", "culture" }, { "open-stage", "culture" }, { "free-price-venue", "culture" },
	{ .key = "knowledge" },
	{ "open-data", "knowledge" }, { "commons-assembly", "knowledge" }, { "action-research", "knowledge" },
};

static const struct term access_terms[] = {
	{ .key = "free" }, { .key = "free-price" }, { .key = "exchange" }, { .key = "membership" },
	{ .key = "solidarity-rate" }, { .key = "paid" }, { .key = "on-request" },
};

static const struct term legal_form[] = {
	{ .key = "informal" }, { .key = "association" }, { .key = "cooperative" }, { .key = "scic" },
	{ .key = "scop" }, { .key = "cae" }, { .key = "public-body" }, { .key = "company" },
	{ .key = "foundation" }, { .key = "other" },
};

static const struct term status[] = {
	{ .key = "idea" }, { .key = "emerging" }, { .key = "active" }, { .key = "paused" }, { .key = "ended" },
};

static const struct term means[] = {
	{ .key = "volunteers" }, { .key = "employees" }, { .key = "public-funding" },
	{ .key = "private-funding" }, { .key = "membership-fees" }, { .key = "own-income" },
	{ .key = "donations" }, { .key = "in-kind" },
};

/* How an offer or a need is settled; Murmurations' transaction types fold into these. */
static const struct term exchange_terms[] = {
	{ .key = "gift" }, { .key = "loan" }, { .key = "barter" }, { .key = "local-currency" },
	{ .key = "free-price" }, { .key = "rent" }, { .key = "sale" }, { .key = "volunteering" },
	{ .key = "to-discuss" },
};

static const struct term item_type[] = {
	{ .key = "good" }, { .key = "service" }, { .key = "skill" }, { .key = "space" }, { .key = "time" },
	{ .key = "transport" }, { .key = "hosting" }, { .key = "money" }, { .key = "other" },
};

static const struct term document_type[] = {
	{ .key = "article" }, { .key = "example" }, { .key = "video" }, { .key = "link" },
};

static const struct term resource_type[] = {
	{ .key = "tool" }, { .key = "vehicle" }, { .key = "room" }, { .key = "land" }, { .key = "data" },
	{ .key = "other" },
};

static const struct term role[] = {
	{ .key = "steward" }, { .key = "college" }, { .key = "public-partner" }, { .key = "participant" },
	{ .key = "confirms" }, { .key = "adapted-here" },
};

static const struct term event_status[] = {
	{ .key = "confirmed" }, { .key = "tentative" }, { .key = "cancelled" },
};

static const struct term attendance[] = {
	{ .key = "in-person" }, { .key = "online" }, { .key = "both" },
};

static const struct term same[] = { { .key = "same" }, { .key = "not-same" } };

static const struct vocab vocab[VOCAB__COUNT] = {
	[VOCAB_AXIS]		= { "axis",		0, axis,		COUNT(axis) },
	[VOCAB_PRACTICE]	= { "practice",		1, practice,		COUNT(practice) },
	[VOCAB_ACCESS]		= { "access",		0, access_terms,	COUNT(access_terms) },
	[VOCAB_LEGAL_FORM]	= { "legal_form",	0, legal_form,		COUNT(legal_form) },
	[VOCAB_STATUS]		= { "status",		0, status,		COUNT(status) },
	[VOCAB_MEANS]		= { "means",		0, means,		COUNT(means) },
	[VOCAB_EXCHANGE_TERMS]	= { "terms",		0, exchange_terms,	COUNT(exchange_terms) },
	[VOCAB_ITEM_TYPE]	= { "item_type",	0, item_type,		COUNT(item_type) },
	[VOCAB_DOCUMENT_TYPE]	= { "document_type",	0, document_type,	COUNT(document_type) },
	[VOCAB_RESOURCE_TYPE]	= { "resource_type",	0, resource_type,	COUNT(resource_type) },
	[VOCAB_ROLE]		= { "role",		0, role,		COUNT(role) },
	[VOCAB_EVENT_STATUS]	= { "event_status",	0, event_status,	COUNT(event_status) },
	[VOCAB_ATTENDANCE]	= { "attendance",	0, attendance,		COUNT(attendance) },
	[VOCAB_SAME]		= { "same",		0, same,		COUNT(same) },
};

const struct vocab *
vocab_get(enum vocab_name name)
{
	assert(name < VOCAB__COUNT);
	return &vocab[name];
}

int
vocab_index(enum vocab_name name, struct span key)
{
	const struct vocab *v = vocab_get(name);
	size_t i;

	for (i = 0; i < v->count; i++)
		if (span_is(key, v->term[i].key))
			return (int)i;
	return -1;
}

const struct term *
vocab_find(enum vocab_name name, struct span key)
{
	int i = vocab_index(name, key);

	return i == -1 ? NULL : &vocab[name].term[i];
}

int
vocab_allows(enum vocab_name name, struct span key)
{
	size_t i;

	if (vocab_find(name, key) != NULL)
		return 1;
	if (!vocab[name].open || key.len == 0 || key.len > KEY_CHARS_MAX)
		return 0;
	for (i = 0; i < key.len; i++) {
		char c = key.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return 0;
	}
	return 1;
}
