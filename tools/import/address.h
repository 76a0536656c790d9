/* SPDX-License-Identifier: AGPL-3.0-or-later
 * address.h - takes apart an address that was written on one line. */
#ifndef TOOLS_IMPORT_ADDRESS_H
#define TOOLS_IMPORT_ADDRESS_H

#include "proto/buf.h"

struct address {
	struct span street, postcode, commune;	/* borrowed; empty when it does not say */
};

/* "Salle Kerlann, 1 rue Haute, 29600 Morlaix, France": what stands before the five digits of a French postcode is
 * the street, what follows up to a comma the commune.  Without a postcode all of it is the street. */
void	address_split(struct span text, struct address *out);

#endif
