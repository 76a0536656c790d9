/* SPDX-License-Identifier: AGPL-3.0-or-later
 * mem.h - memory for the simulator, which ends with a message when there is no more. */
#ifndef TOOLS_SIM_MEM_H
#define TOOLS_SIM_MEM_H

#include <stddef.h>

void	*mem_new(size_t count, size_t size);	/* zeroed; freed with free */
/* Make room for index at in *array of *cap elements; what is new is zeroed. */
void	 mem_fit(void *array, size_t *cap, size_t at, size_t size);
void	 mem_must(int rc, const char *what);	/* ends the program unless rc is 0 or more */

#endif
