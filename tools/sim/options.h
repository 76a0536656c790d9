/* SPDX-License-Identifier: AGPL-3.0-or-later
 * options.h - the command line of the simulator, as one table; and the same options as text, for replaying. */
#ifndef TOOLS_SIM_OPTIONS_H
#define TOOLS_SIM_OPTIONS_H

#include <stdio.h>

#include "proto/buf.h"
#include "proto/err.h"
#include "tools/sim/world.h"

#define CURVE_MAX 32

struct options {
	struct config c;
	int64_t sweep;			/* so many seeds of small networks */
	int64_t curve[CURVE_MAX];	/* numbers of nodes */
	size_t curves;
	const char *svg;		/* where the drawing goes */
	int json, help;
};

/* -1 with ERR_USAGE. */
int	options_read(int argc, char **argv, struct options *o, struct err *e);
void	options_help(FILE *out);
/* Settle what was left open, for that number of nodes. */
void	options_complete(struct config *c);
/* What is to be typed to see this history again. */
void	options_print(const struct config *c, FILE *out);
/* A small network with faults, all chosen by the seed. */
struct config options_small(uint64_t seed);

#endif
