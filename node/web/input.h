/* SPDX-License-Identifier: AGPL-3.0-or-later
 * input.h - the form of a kind as a page draws it, from content or from what was typed.
 */
#ifndef NODE_WEB_INPUT_H
#define NODE_WEB_INPUT_H

#include "node/web/visit.h"

struct draft {
	enum kind kind;
	struct span content;		/* the record's, or empty */
	const struct fields *typed;	/* what was posted, or NULL: nothing yet */
	const struct faults *faults;	/* ditto */
	const char *author, *lang, *license;	/* as they stand */
	int fresh;			/* a new record: its author may be chosen */
	int adapted;			/* taken up from elsewhere: what changed is asked for at the top */
};

/* The sections of the form and the list of what is to be corrected. */
int	input_sections(struct visit *v, const struct draft *d, struct view_form *out, struct err *e);

#endif
