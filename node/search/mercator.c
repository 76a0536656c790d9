/* SPDX-License-Identifier: AGPL-3.0-or-later
 * mercator.c - see mercator.h. */
#include "node/search/mercator.h"

#include <math.h>

#define PI 3.14159265358979323846

double
mercator_x(double lon)
{
	return lon / 360 + 0.5;
}

double
mercator_y(double lat)
{
	if (lat >= MERCATOR_LAT_MAX)
		return 0;
	if (lat <= -MERCATOR_LAT_MAX)
		return 1;
	return 0.5 - asinh(tan(lat * PI / 180)) / (2 * PI);
}

double
mercator_lon(double x)
{
	return (x - 0.5) * 360;
}

double
mercator_lat(double y)
{
	return atan(sinh((0.5 - y) * 2 * PI)) * 180 / PI;
}
