/* SPDX-License-Identifier: AGPL-3.0-or-later
 * version.h - which software and which protocol this is. */
#ifndef NODE_CORE_VERSION_H
#define NODE_CORE_VERSION_H

#define ESSAIM_VERSION	"1.0.0"
#define ESSAIM_PROTOCOL	"essaim/1"

#endif
