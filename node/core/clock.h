/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clock.h - may this machine's clock be believed, and what is put right once it is (SPEC: Clocks).
 *
 * A clock is measured against that of the neighbours, and against the latest time at which this node was sure.
 * While it is doubted nothing is signed, renewed, expired or purged; nothing is lost by waiting.
 */
#ifndef NODE_CORE_CLOCK_H
#define NODE_CORE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct err;
struct node;

struct peers_seen {
	size_t known, fresh;		/* known: named here or once met; fresh: answered within a day */
	int64_t median;			/* of the fresh ones' clocks, minus ours */
	int64_t last_ok;
};
int	peers_look(struct node *n, struct peers_seen *out, struct err *e);

enum clock_standing {
	CLOCK_AGREES,		/* with whoever could be asked; nobody: nothing speaks against it */
	CLOCK_DIFFERS,		/* from one or two neighbours: this one or theirs is wrong */
	CLOCK_WRONG,		/* from the median of three or more */
	CLOCK_LEAPT,		/* far ahead of when the node last ran, and nobody to ask */
	CLOCK_FELL,		/* behind when the node last ran, and nobody to ask */
	CLOCK_UNSET,		/* before this program was written */
	CLOCK__COUNT
};

struct clock_view {
	enum clock_standing standing;
	int trusted;		/* it may sign */
	size_t peers;		/* neighbours it was compared with */
	int64_t offset_s;	/* by how much it is ahead, negative: behind; of them, or of when the node last ran */
	char text[240];		/* in English, with what to do */
};
int	clock_look(struct node *n, struct clock_view *out, struct err *e);

/* May this clock sign?  0, or -1 with the view's text. */
int	clock_check(struct node *n, struct err *e);
/* At start: note the time, unless the clock is doubted. */
int	clock_start(struct node *n, struct err *e);
/* The operator says the clock is right. */
int	clock_confirm(struct node *n, struct err *e);

/* Each minute.  1: believed; once it is again, after doubts or a leap, what suffered is put right: versions from the
 * future leave the set until their time comes, own records that had lapsed return, own records dated further ahead than
 * neighbours keep are dated anew, and the neighbours are compared with at once.  0: doubted.  -1. */
int	clock_watch(struct node *n, struct err *e);
/* Is there doubt, or something to be put right, that a neighbour's next word may settle? */
int	clock_waits(const struct node *n);

#endif
