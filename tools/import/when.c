/* SPDX-License-Identifier: AGPL-3.0-or-later
 * when.c - see when.h. */
#include "tools/import/when.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <libical/ical.h>

#include "tools/import/import.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int
when_from_unix(int64_t at, char out[WHEN_CHARS + 1])
{
	time_t t = (time_t)at;
	struct tm tm;

	out[0] = '\0';
	if (at < INT64_C(-30609792000) || at > INT64_C(253402300799) || gmtime_r(&t, &tm) == NULL)
		return 0;
	return strftime(out, WHEN_CHARS + 1, "%Y-%m-%dT%H:%M", &tm) == WHEN_CHARS;
}

int
when_local(int64_t at, const char *zone, char out[WHEN_CHARS + 1])
{
	icaltimezone *z = icaltimezone_get_builtin_timezone(zone);
	int summer;
	struct icaltimetype t;

	out[0] = '\0';
	if (z == NULL || at < 0 || at > INT64_C(32503680000))
		return 0;
	t = icaltime_from_timet_with_zone((time_t)at, 0, icaltimezone_get_utc_timezone());
	return when_from_unix(at + icaltimezone_get_utc_offset_of_utc_time(z, &t, &summer), out);
}

int
when_at_place(struct span iso, const char *zone, char out[WHEN_CHARS + 1])
{
	char date[11], time[6];
	int64_t at;

	out[0] = '\0';
	iso = span_trim(iso);
	if (!import_date(iso, date, time))
		return 0;
	if (iso.ptr[iso.len - 1] == 'Z' && time[0] != '\0' && import_moment(iso, &at) && when_local(at, zone, out))
		return 1;
	snprintf(out, WHEN_CHARS + 1, "%s%s%s", date, time[0] == '\0' ? "" : "T", time);
	return 1;
}

/* The zones of the places this is for, as Windows calls them. */
static const struct { const char *windows, *iana; } zone_table[] = {
	{ "Romance Standard Time", "Europe/Paris" }, { "W. Europe Standard Time", "Europe/Berlin" },
	{ "Central Europe Standard Time", "Europe/Budapest" }, { "Central European Standard Time", "Europe/Warsaw" },
	{ "GMT Standard Time", "Europe/London" }, { "SA Western Standard Time", "America/Martinique" },
	{ "SA Eastern Standard Time", "America/Cayenne" }, { "Mauritius Standard Time", "Indian/Reunion" },
	{ "E. Africa Standard Time", "Indian/Mayotte" }, { "Central Pacific Standard Time", "Pacific/Noumea" },
	{ "Hawaiian Standard Time", "Pacific/Tahiti" }, { "UTC", "Etc/UTC" },
};

static int
is_name(struct span s)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (!((s.ptr[i] >= 'a' && s.ptr[i] <= 'z') || (s.ptr[i] >= 'A' && s.ptr[i] <= 'Z') || s.ptr[i] == '_' ||
		    s.ptr[i] == '/' || s.ptr[i] == '-' || s.ptr[i] == '+' || (s.ptr[i] >= '0' && s.ptr[i] <= '9')))
			return 0;
	return s.len > 0 && memchr(s.ptr, '/', s.len) != NULL;
}

int
when_zone(struct span name, char *out, size_t size)
{
	static const char *const area[] = { "Europe/", "America/", "Africa/", "Asia/", "Indian/", "Pacific/", "Atlantic/",
		"Australia/", "Antarctica/", "Arctic/", "Etc/" };
	size_t i;

	out[0] = '\0';
	if (name.len == 0)
		return 0;
	for (i = 0; i < COUNT(zone_table); i++)
		if (span_is(name, zone_table[i].windows)) {
			snprintf(out, size, "%s", zone_table[i].iana);
			return 1;
		}
	for (i = 0; i < COUNT(area); i++) {
		const char *at = memmem(name.ptr, name.len, area[i], strlen(area[i]));
		struct span tail = { at, at == NULL ? 0 : (size_t)(name.ptr + name.len - at) };

		if (at != NULL && (at == name.ptr || at[-1] == '/') && is_name(tail) && tail.len < size) {
			snprintf(out, size, "%.*s", (int)tail.len, tail.ptr);
			return 1;
		}
	}
	return 0;
}
