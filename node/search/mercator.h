/* SPDX-License-Identifier: AGPL-3.0-or-later
 * mercator.h - the projection of web maps (EPSG 3857), the world a square of side one: x grows to the east from
 * 180° W, y to the south from MERCATOR_LAT_MAX.
 */
#ifndef NODE_SEARCH_MERCATOR_H
#define NODE_SEARCH_MERCATOR_H

#include <stdint.h>

#define MERCATOR_LAT_MAX 85.05112877980659

double	mercator_x(double lon);		/* degrees */
double	mercator_y(double lat);		/* degrees; beyond the maximum, the edge */
double	mercator_lon(double x);
double	mercator_lat(double y);

#endif
