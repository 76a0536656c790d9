/* SPDX-License-Identifier: AGPL-3.0-or-later
 * when.h - moments as an event's record has them: local time at the place, "YYYY-MM-DDThh:mm". */
#ifndef TOOLS_IMPORT_WHEN_H
#define TOOLS_IMPORT_WHEN_H

#include <stdint.h>

#include "proto/buf.h"

#define WHEN_CHARS 16		/* "2026-06-21T18:30" */
#define WHEN_ZONE "Europe/Paris"	/* where records are that name no zone (SPEC: Kinds) */

/* Universal time; 0 when the year does not have four digits. */
int	when_from_unix(int64_t at, char out[WHEN_CHARS + 1]);

/* What people's clocks in zone ("Europe/Paris") show at a moment.  0 when nobody here knows the zone. */
int	when_local(int64_t at, const char *zone, char out[WHEN_CHARS + 1]);

/* An ISO 8601 moment as local time: with an offset ("+02:00") as it is written, for that is the time at the place;
 * in universal time ("Z") as the clocks in zone show it.  A date alone has no hour: "2026-06-21".  0: it is none. */
int	when_at_place(struct span iso, const char *zone, char out[WHEN_CHARS + 1]);

/* The name a calendar program gives a zone, as the IANA database has it: "Romance Standard Time",
 * "/example.org/Europe/Paris".  0 when it means none. */
int	when_zone(struct span name, char *out, size_t size);

#endif
