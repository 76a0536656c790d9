/* SPDX-License-Identifier: AGPL-3.0-or-later
 * gossip_address_test.c - no address inside a network can be reached by calling it a peer, however it is
 * written; allow-private opens private networks, loopback and link-local, and nothing else.
 */
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "node/gossip/gossip.h"

enum { NO, LOCAL, YES };	/* never, with allow-private, always */

static const struct {
	const char *why, *address;
	int allowed;
} rows[] = {
	{ "an ordinary address", "8.8.4.4", YES },
	{ "just below 10/8", "9.255.255.255", YES },
	{ "just above 10/8", "11.0.0.0", YES },
	{ "this network", "0.0.0.0", NO },
	{ "end of this network", "0.255.255.255", NO },
	{ "private 10/8", "10.0.0.1", LOCAL },
	{ "end of 10/8", "10.255.255.255", LOCAL },
	{ "carrier-grade NAT", "100.64.0.1", NO },
	{ "end of carrier-grade NAT", "100.127.255.255", NO },
	{ "just below it", "100.63.255.255", YES },
	{ "just above it", "100.128.0.0", YES },
	{ "loopback", "127.0.0.1", LOCAL },
	{ "all of 127/8 is loopback", "127.255.255.254", LOCAL },
	{ "link-local, and clouds' metadata", "169.254.169.254", LOCAL },
	{ "just beside link-local", "169.253.255.255", YES },
	{ "private 172.16/12", "172.16.0.1", LOCAL },
	{ "end of 172.16/12", "172.31.255.255", LOCAL },
	{ "just below it", "172.15.255.255", YES },
	{ "just above it", "172.32.0.0", YES },
	{ "IETF protocol assignments", "192.0.0.8", NO },
	{ "documentation 1", "192.0.2.1", NO },
	{ "AS112", "192.31.196.1", NO },
	{ "AMT relays", "192.52.193.1", NO },
	{ "6to4 relays", "192.88.99.1", NO },
	{ "private 192.168/16", "192.168.1.1", LOCAL },
	{ "just beside it", "192.169.0.0", YES },
	{ "AS112, direct", "192.175.48.6", NO },
	{ "benchmarking", "198.18.0.1", NO },
	{ "end of benchmarking", "198.19.255.255", NO },
	{ "just above it", "198.20.0.0", YES },
	{ "documentation 2", "198.51.100.7", NO },
	{ "documentation 3", "203.0.113.7", NO },
	{ "the last before multicast", "223.255.255.255", YES },
	{ "multicast", "224.0.0.1", NO },
	{ "end of multicast", "239.255.255.255", NO },
	{ "reserved", "240.0.0.1", NO },
	{ "broadcast", "255.255.255.255", NO },
	{ "an ordinary IPv6 address", "2a00:1450:4007::1", YES },
	{ "first of global unicast past the IETF's own", "2001:200::1", YES },
	{ "unspecified", "::", NO },
	{ "loopback", "::1", LOCAL },
	{ "just above loopback (IPv4-compatible, deprecated)", "::2", NO },
	{ "IPv4-compatible, deprecated", "::8.8.4.4", NO },
	{ "mapped loopback", "::ffff:127.0.0.1", LOCAL },
	{ "mapped private", "::ffff:10.0.0.1", LOCAL },
	{ "mapped multicast", "::ffff:224.0.0.1", NO },
	{ "mapped ordinary", "::ffff:8.8.4.4", YES },
	{ "translated loopback", "::ffff:0:127.0.0.1", LOCAL },
	{ "NAT64 of loopback", "64:ff9b::127.0.0.1", LOCAL },
	{ "NAT64 of metadata", "64:ff9b::a9fe:a9fe", LOCAL },
	{ "NAT64 of carrier-grade NAT", "64:ff9b::100.64.0.1", NO },
	{ "NAT64 of an ordinary address", "64:ff9b::8.8.4.4", YES },
	{ "local-use NAT64", "64:ff9b:1::8.8.4.4", NO },
	{ "6to4 of loopback", "2002:7f00:1::1", LOCAL },
	{ "6to4 of a private network", "2002:c0a8:101::1", LOCAL },
	{ "6to4 of documentation", "2002:c000:201::1", NO },
	{ "6to4 of an ordinary address", "2002:808:404::1", YES },
	{ "Teredo", "2001::1", NO },
	{ "benchmarking", "2001:2::1", NO },
	{ "ORCHID", "2001:20::1", NO },
	{ "documentation", "2001:db8::1", NO },
	{ "AS112", "2620:4f:8000::1", NO },
	{ "documentation, the newer", "3fff::1", NO },
	{ "end of that documentation", "3fff:fff::1", NO },
	{ "end of global unicast", "3fff:1000::1", YES },
	{ "beyond global unicast", "4000::1", NO },
	{ "discard only", "100::1", NO },
	{ "segment routing", "5f00::1", NO },
	{ "unique local", "fd12:3456::1", LOCAL },
	{ "unique local, the other half", "fc00::1", LOCAL },
	{ "link-local", "fe80::1", LOCAL },
	{ "end of link-local", "febf::1", LOCAL },
	{ "site-local, deprecated", "fec0::1", NO },
	{ "multicast", "ff02::1", NO },
};

static void
test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int family = strchr(rows[i].address, ':') == NULL ? AF_INET : AF_INET6;
		uint8_t addr[16];

		CHECK_ROW(rows[i].why, inet_pton(family, rows[i].address, addr) == 1);
		if (gossip_address_ok(family, addr, 0) != (rows[i].allowed == YES))
			fail_msg("%s: %s without allow-private", rows[i].why, rows[i].address);
		if (gossip_address_ok(family, addr, 1) != (rows[i].allowed != NO))
			fail_msg("%s: %s with allow-private", rows[i].why, rows[i].address);
	}
	assert_false(gossip_address_ok(AF_UNIX, "/tmp/socket", 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests_name("gossip_address", tests, NULL, NULL);
}
