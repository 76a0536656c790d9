/* SPDX-License-Identifier: AGPL-3.0-or-later
 * report.h - what a run found, for people, for programs, and as a drawing. */
#ifndef TOOLS_SIM_REPORT_H
#define TOOLS_SIM_REPORT_H

#include <stdio.h>

#include "tools/sim/world.h"

double	report_bytes_per_node(const struct outcome *o);	/* all that was sent, over the nodes */
double	report_payload_per_node(const struct outcome *o);	/* the records that were news */
void	report_text(const struct outcome *o, FILE *out);
void	report_json(const struct outcome *o, FILE *out);		/* one object, one line */
/* Convergence time and bytes per node against the number of nodes. */
void	report_svg(const struct outcome *o, size_t n, FILE *out);

#endif
