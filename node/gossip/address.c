/* SPDX-License-Identifier: AGPL-3.0-or-later
 * address.c - which addresses a peer may have; see gossip_address_ok in gossip.h.
 *
 * The ranges are those of the IANA special-purpose registries.  An IPv6 address that carries an IPv4
 * one is judged by the latter, so that no writing of 127.0.0.1 is a way round. */
#include <netinet/in.h>
#include <string.h>

#include "node/gossip/gossip.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct range {
	uint8_t prefix[16];
	unsigned bits;
	int local;		/* --allow-private permits it */
};

static const struct range range4[] = {
	{ { 0 }, 8, 0 },			/* this network */
	{ { 10 }, 8, 1 },			/* private */
	{ { 100, 64 }, 10, 0 },			/* carrier-grade NAT */
	{ { 127 }, 8, 1 },			/* loopback */
	{ { 169, 254 }, 16, 1 },		/* link-local */
	{ { 172, 16 }, 12, 1 },			/* private */
	{ { 192, 0, 0 }, 24, 0 },		/* IETF protocol assignments */
	{ { 192, 0, 2 }, 24, 0 },		/* documentation */
	{ { 192, 31, 196 }, 24, 0 },		/* AS112 */
	{ { 192, 52, 193 }, 24, 0 },		/* AMT */
	{ { 192, 88, 99 }, 24, 0 },		/* 6to4 relays */
	{ { 192, 168 }, 16, 1 },		/* private */
	{ { 192, 175, 48 }, 24, 0 },		/* AS112 */
	{ { 198, 18 }, 15, 0 },			/* benchmarking */
	{ { 198, 51, 100 }, 24, 0 },		/* documentation */
	{ { 203, 0, 113 }, 24, 0 },		/* documentation */
	{ { 224 }, 4, 0 },			/* multicast */
	{ { 240 }, 4, 0 },			/* reserved, broadcast */
};

/* Of 2000::/3 and what may be used besides; all else is refused. */
static const struct range range6[] = {
	{ { 0x20, 0x01 }, 23, 0 },		/* IETF: Teredo, benchmarking, ORCHID */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, 0 },	/* documentation */
	{ { 0x26, 0x20, 0x00, 0x4f, 0x80 }, 48, 0 },	/* AS112 */
	{ { 0x3f, 0xff }, 20, 0 },		/* documentation */
};

static const struct range local6[] = {
	{ { [15] = 1 }, 128, 1 },		/* loopback */
	{ { 0xfc }, 7, 1 },			/* unique local */
	{ { 0xfe, 0x80 }, 10, 1 },		/* link-local */
};

/* Where an IPv4 address lies in an IPv6 one. */
static const struct {
	struct range range;
	unsigned offset;
} carrier6[] = {
	{ { { [10] = 0xff, [11] = 0xff }, 96, 0 }, 12 },	/* mapped */
	{ { { [8] = 0xff, [9] = 0xff }, 96, 0 }, 12 },		/* translated (RFC 2765) */
	{ { { 0x00, 0x64, 0xff, 0x9b }, 96, 0 }, 12 },		/* NAT64, well-known prefix */
	{ { { 0x20, 0x02 }, 16, 0 }, 2 },			/* 6to4 */
};

static int
in_range(const uint8_t *addr, const struct range *r)
{
	unsigned whole = r->bits / 8, rest = r->bits % 8;

	if (memcmp(addr, r->prefix, whole) != 0)
		return 0;
	return rest == 0 || ((addr[whole] ^ r->prefix[whole]) >> (8 - rest)) == 0;
}

static int
address4_ok(const uint8_t *addr, int allow_private)
{
	size_t i;

	for (i = 0; i < COUNT(range4); i++)
		if (in_range(addr, &range4[i]))
			return allow_private && range4[i].local;
	return 1;
}

static int
address6_ok(const uint8_t *addr, int allow_private)
{
	size_t i;

	for (i = 0; i < COUNT(carrier6); i++)
		if (in_range(addr, &carrier6[i].range))
			return address4_ok(addr + carrier6[i].offset, allow_private);
	for (i = 0; i < COUNT(local6); i++)
		if (in_range(addr, &local6[i]))
			return allow_private;
	for (i = 0; i < COUNT(range6); i++)
		if (in_range(addr, &range6[i]))
			return 0;
	return addr[0] >> 5 == 1;
}

int
gossip_address_ok(int family, const void *addr, int allow_private)
{
	if (family == AF_INET)
		return address4_ok(addr, allow_private);
	return family == AF_INET6 && address6_ok(addr, allow_private);
}
