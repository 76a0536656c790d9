// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: real nodes in hostile territory call nobody they may not call, keep within their memory whatever a peer answers,
// and serve the honest whatever callers do.
//
// | what is done to a node | what must happen | shown by |
// |---|---|---|
// | an address that is private, loopback, link-local, CGNAT, multicast, IPv4-mapped, NAT64, 6to4 … | it is not called | unit gossip_address (each range, both ends); here: a canary on them |
// | such an address as a peer, a source, in a node record, in other spellings | it is not called | here; unit gossip_hostile |
// | DNS answers that change between two looks, hold good and bad, or wrap loopback | only the address itself counts | here |
// | redirects | a peer's is an error; a source's is judged like any address | here; unit gossip_hostile; sources.test.js |
// | a proxy in the environment | it is not used | here; unit gossip_hostile |
// | endless bodies, decompression bombs, wrong lengths, garbage in chunks | given up at the limit, memory stays | here; unit gossip_hostile |
// | bombs and huge bodies sent to us | 413, unread | unit http_server (huge_body, chunks, gzip_body) |
// | slow senders, 1,000 at once; half-open connections; slow readers | closed in time, the honest are served | here; unit http_server (trickler, silent, who_does_not_read, pressure, half_closed) |
// | pipelining | each request has its answer, in order | here; unit http_server (pipelined) |
// | reconcile answered with garbage, or never ending | given up after a bounded number of rounds | here; unit sync; fuzzers sync and negentropy |
'use strict';
const test = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const dgram = require('node:dgram');
const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const path = require('node:path');
const zlib = require('node:zlib');
const lib = require('./lib.js');
const { Author } = require('./sign.js');

const listening = (server, ...where) => new Promise((resolve, reject) => {
  server.on('error', reject);
  server.listen(...where, () => resolve(server.address().port));
});

// --- addresses: in a network of its own, where public and forbidden addresses are all this machine's ----------

const PUBLIC = '11.0.0.1';
const HERE = [`${PUBLIC}/32`, '10.0.0.1/32', '172.16.0.1/32', '192.168.0.1/32', '169.254.169.254/32', '100.64.0.1/32', 'fc00::1/128',
  '64:ff9b::7f00:1/128', '2002:7f00:1::1/128'];
const FORBIDDEN = ['127.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '[::1]', '[fc00::1]',
  '[::ffff:127.0.0.1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::1]', '0x7f.1', '2130706433', 'localhost', 'canary.test', 'wrapped.test'];

// Somebody behind a forbidden address, who counts who calls.
async function canary(t, ...where) {
  const bird = { calls: 0 };
  const server = net.createServer((caller) => {
    bird.calls++;
    caller.on('error', () => {});
    caller.destroy();
  });
  bird.port = await listening(server, ...where);
  t.after(() => server.close());
  return bird;
}

// A name server: A records by name (a function is asked each time), the same in IPv6 wrappers for wrapped.test.
async function names(t, zone) {
  const server = dgram.createSocket('udp4');
  server.on('message', (query, from) => {
    const labels = [];
    let at = 12;
    for (; query[at] !== 0; at += 1 + query[at]) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    const type = query.readUInt16BE(at + 1);
    const found = (zone[labels.join('.').toLowerCase()] || (() => []))(type === 28 ? 6 : 4);
    const answers = (type === 1 || type === 28 ? found : []).map((bytes) => Buffer.concat([
      Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes.length]), Buffer.from(bytes)]));
    const head = Buffer.from([query[0], query[1], 0x84 | (query[2] & 1), 0x80, 0, 1, 0, answers.length, 0, 0, 0, 0]);
    server.send(Buffer.concat([head, query.subarray(12, at + 5), ...answers]), from.port, from.address);
  });
  await new Promise((resolve) => server.bind(53, '127.0.0.1', resolve));
  t.after(() => server.close());
}

const LOOPBACK = [127, 0, 0, 1];
const wrapped = [[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, ...LOOPBACK], [0x20, 2, ...LOOPBACK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...LOOPBACK]];
const open = PUBLIC.split('.').map(Number);

function reach(host, port) {
  return new Promise((resolve, reject) => {
    const s = net.connect(port, host.replace(/[[\]]/g, ''));
    s.on('connect', () => s.on('close', resolve).resume());
    s.on('error', reject);
  });
}

async function insideTest(t) {
  let looks = 0;
  await names(t, {
    'canary.test': (v) => (v === 4 ? [LOOPBACK] : []),
    'wrapped.test': (v) => (v === 6 ? wrapped : []),
    'both.test': (v) => (v === 4 ? [open, LOOPBACK] : []),
    'swap.test': (v) => (v === 4 ? [looks++ % 2 === 0 ? open : LOOPBACK] : []),
  });
  const bird = await canary(t, 0, '::');
  const urls = FORBIDDEN.map((host) => `http://${host}:${bird.port}`);
  for (const host of FORBIDDEN.filter((h) => !/test$|^0x|^\d+$/.test(h))) await reach(host, bird.port);
  assert.ok(bird.calls >= 12, 'whoever does not look is let through to it');
  bird.calls = 0;

  const proxy = `http://127.0.0.1:${bird.port}`;
  const env = { ...process.env };
  for (const name of ['http_proxy', 'https_proxy', 'all_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']) env[name] = proxy;
  const node = await lib.node(t, { name: 'Pays prudent', conf: { 'source-timeout-s': 5 } });
  await node.start({ strict: true, env });
  const other = await lib.node(t, { name: 'Pays public', conf: lib.quiet });
  await other.start({ address: PUBLIC, strict: true, env });
  const same = await canary(t, other.port, '127.0.0.1'); // the other's port, behind the wrong address
  const run = (...args) => node.essaim(args, { env });

  for (const url of urls) {
    for (const order of [['peer', 'add', url, '--yes'], ['sync', url]]) {
      const done = await run(...order);
      assert.equal(done.status, 1, `${order.join(' ')}: ${done.stdout}`);
      assert.match(done.stderr + done.stdout, /is not an address a peer may have/, order.join(' '));
    }
  }
  assert.equal((await run('peer', 'add', other.url, '--yes')).status, 0, 'a public address is called, and no proxy is asked');

  // Names: the second look gives another answer than the first; one answer holds both.
  const swap = `http://swap.test:${other.port}`;
  const outcomes = [];
  for (let i = 0; i < 6; i++) outcomes.push(await run('sync', swap));
  assert.ok(outcomes.some((o) => o.status === 0), JSON.stringify(outcomes[0]));
  assert.ok(outcomes.some((o) => /127\.0\.0\.1 is not an address a peer may have/.test(o.stderr + o.stdout)), JSON.stringify(outcomes));
  assert.equal((await run('sync', `http://both.test:${bird.port + 1}`)).status, 1);
  assert.equal((await run('sync', `http://both.test:${other.port}`)).status, 0);

  // Sources, and redirects to what is forbidden, of sources and of peers.
  let asked = 0;
  const sender = http.createServer((req, res) => {
    asked++;
    res.writeHead(302, { Location: `${urls[Number(req.url.slice(2)) || 0]}/data.csv`, Connection: 'close' }).end();
  });
  const port = await listening(sender, 0, PUBLIC);
  t.after(() => sender.close());
  const sources = urls.flatMap((url, i) => [`${url}/data.csv`, `http://${PUBLIC}:${port}/r${i}`]);
  for (const [i, url] of sources.entries()) {
    await node.run('source', 'add', url, '--every', '1d', '--name', `s${i}`);
    const done = await run('source', 'poll', url);
    assert.match(done.stderr + done.stdout, /is not an address/, `${url}: ${done.stdout}${done.stderr}`);
  }
  assert.ok(asked >= urls.length, 'the redirects were asked for');
  assert.match((await run('sync', `http://${PUBLIC}:${port}`)).stdout, /302/);

  // Addresses that node records of admitted authors give.
  for (const url of urls) {
    const author = new Author();
    await node.run('vouch', author.did);
    const results = await node.offer([author.identity(), author.record({ kind: 'node', rid: 'self', content: { name: 'Inconnu', urls: [url] } })]);
    assert.deepEqual(results.map((r) => r.result), ['stored', 'stored'], url);
  }
  await node.stop();
  await node.start({ strict: true, env });
  const learnt = async () => (await node.status()).peers.filter((p) => urls.includes(p.url));
  await lib.until('they are learnt', async () => (await learnt()).length === urls.length || null, async () => JSON.stringify(await learnt()));
  await lib.until('and tried', async () => (await learnt()).some((p) => /is not an address/.test(p.last_error)) || null,
    async () => JSON.stringify(await learnt()));
  await run('sync');
  assert.deepEqual([bird.calls, same.calls], [0, 0], 'the canary heard nothing');
}

const inside = Boolean(process.env.HOSTILE_INSIDE);
const outside = inside ? () => {} : test;
if (inside) {
  test('no forbidden address is called, whoever names it', insideTest);
}
outside('no forbidden address is called, whoever names it: peers, records, sources, redirects, names, proxies', async (t) => {
  const resolver = path.join(lib.temporary(t), 'resolv.conf');
  fs.writeFileSync(resolver, 'nameserver 127.0.0.1\noptions timeout:2\n');
  const { NODE_TEST_CONTEXT, ...env } = process.env; // which would make the inner run report to the outer
  const own = (script) => lib.execute('unshare', ['--map-root-user', '--net', '--mount', 'sh', '-ec', script],
    { env: { ...env, HOSTILE_INSIDE: '1' } });
  const prepare = ['ip link set lo up', ...HERE.map((a) => `ip addr add ${a} dev lo`), `mount --bind ${resolver} /etc/resolv.conf`].join('\n');
  const can = await own(prepare).catch((error) => ({ status: 1, stderr: error.message }));
  if (can.status !== 0) {
    t.skip(`no network of one's own here: ${can.stderr.trim()}`);
    return;
  }
  const done = await own(`${prepare}\nexec ${process.execPath} --test --test-reporter=tap ${__filename}`);
  assert.equal(done.status, 0, done.stdout + done.stderr);
  assert.match(done.stdout, /^# pass 1$/m, done.stdout);
});

// --- peers that answer as they like ------------------------------------------------------------------------

const peakKilobytes = (node) => Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${node.child.pid}/status`, 'utf8'))[1]);
const GROWTH_KB = (/^(a|t)san$/.test(process.env.V || '') ? 8 : 1) * 96 * 1024;
const BOMB = zlib.gzipSync(Buffer.alloc(256 << 20, 'a'), { level: 1 });

// Bytes without end, as long as somebody takes them.
function pour(res, piece) {
  res.on('error', () => {});
  const more = () => {
    while (!res.destroyed && res.write(piece));
    if (!res.destroyed) res.once('drain', more);
  };
  more();
}

const raw = (...parts) => (req, res) => {
  for (const part of parts) res.socket.write(part);
  res.socket.destroySoon();
};
const FEED = /^\/api\/v1\/changes/, RECONCILE = /^\/api\/v1\/reconcile/;
const unequal = () => Buffer.concat([Buffer.from([0x61, 0, 0, 1]), crypto.randomBytes(16)]); // "all that I have differs"

// What each does to whom asks for what.
const VILLAINS = [
  { why: 'a feed without end', on: FEED, do: (req, res) => { res.writeHead(200); pour(res, Buffer.alloc(65536, 'a')); } },
  { why: 'a feed that unpacks to 256 MiB', on: FEED, do: (req, res) => { res.writeHead(200, { 'Content-Encoding': 'gzip' }); res.end(BOMB); } },
  { why: 'a length that is too long', on: FEED, do: raw('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"cursor":"a"}\n') },
  { why: 'a length that is no number', on: FEED, do: raw('HTTP/1.1 200 OK\r\nContent-Length: -7x\r\n\r\nabc') },
  { why: 'chunks that are none', on: FEED, do: raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', crypto.randomBytes(5000)) },
  { why: 'garbage instead of a comparison', on: RECONCILE, do: (req, res) => { res.writeHead(200); res.end(crypto.randomBytes(4000)); } },
  { why: 'a comparison that never ends', on: RECONCILE, do: (req, res) => {
    res.writeHead(200, { 'Content-Type': 'application/octet-stream' });
    res.end(unequal());
  } },
];

// One that passes everything on to an honest node, but for what it spoils.
async function villain(t, honest, how) {
  const made = { ...how, spoilt: 0 };
  const server = http.createServer((req, res) => {
    res.on('error', () => {});
    if (how.on.test(req.url)) {
      made.spoilt++;
      req.resume();
      how.do(req, res);
      return;
    }
    const on = http.request({ host: '127.0.0.1', port: honest.port, path: req.url, method: req.method, headers: req.headers }, (answer) => {
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    });
    on.on('error', () => res.destroy());
    req.pipe(on);
  });
  made.url = `http://127.0.0.1:${await listening(server, 0, '127.0.0.1')}`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return made;
}

outside('seven peers that answer as they like cost bounded memory and rounds, and keep nothing from the honest one', async (t) => {
  const [node, honest] = await Promise.all(['Pays patient', 'Pays franc'].map(async (name) => (await lib.node(t, { name })).start()));
  const put = (at, name) => at.run('record', 'put', '--kind', 'initiative', '-', { input: JSON.stringify({ name }) });
  for (let i = 0; i < 5; i++) await put(honest, `Four ${i}`);
  await node.run('peer', 'add', honest.url, '--vouch', '--yes');
  await put(node, 'Ce que l’autre n’a pas');
  const before = peakKilobytes(node);
  const villains = [];
  for (const how of VILLAINS) villains.push(await villain(t, honest, how));
  for (const v of villains) {
    const done = await node.essaim(['sync', v.url]);
    assert.ok(done.status === 1 && /"error":"[^"]/.test(done.stdout + done.stderr) || v.on === RECONCILE, `${v.why}: ${done.stdout}${done.stderr}`);
    assert.ok(v.spoilt > 0 && v.spoilt <= 260, `${v.why}: asked ${v.spoilt} times`);
    v.spoilt = 0;
    await node.run('peer', 'add', v.url, '--yes');
  }
  for (const v of villains) await lib.until(`${v.why}, again`, () => v.spoilt >= (v.on === FEED ? 3 : 1) || null, () => node.log());
  const { ref } = await put(honest, 'Four après tout');
  await lib.until('the honest one is still heard', async () => (await node.get(`/api/v1/records/${ref}`)).status === 200 || null, () => node.log());
  const rows = (await node.status()).peers.filter((p) => villains.some((v) => v.url === p.url && v.on === FEED));
  for (const row of rows) assert.ok(row.failures > 0 && row.last_error !== '', JSON.stringify(row));
  const after = peakKilobytes(node);
  t.diagnostic(`peak memory ${before} kB before, ${after} kB after`);
  assert.ok(after - before < GROWTH_KB, `from ${before} to ${after} kB`);
  const checks = (await node.essaim(['doctor'])).json;
  for (const what of ['record.db', 'set index']) assert.ok(checks.find((c) => c.check === what).ok, JSON.stringify(checks));
});

// --- callers who do as they like ------------------------------------------------------------------------------

const CROWD = 1000;

function caller(port, t) {
  return new Promise((resolve) => {
    const s = net.connect(port, '127.0.0.1');
    s.on('connect', () => resolve(s));
    s.on('error', () => resolve(s));
    t.after(() => s.destroy());
  });
}

async function honestly(node, times) {
  const statuses = new Map();
  for (let i = 0; i < times; i++) {
    const { status } = await node.get(i % 2 ? '/api/v1/status' : '/').catch((error) => ({ status: error.code }));
    statuses.set(status, (statuses.get(status) || 0) + 1);
  }
  return Object.fromEntries(statuses);
}

outside('with 1,000 who send a byte at a time, half-open connections and readers who do not read, all others are served', async (t) => {
  const node = await (await lib.node(t, { name: 'Pays assiégé', conf: { admission: 'open', ...lib.quiet } })).start();
  const author = new Author();
  await node.offer([author.identity(), ...Array.from({ length: 200 }, () => author.record({ content: { name: 'Four', description: 'x'.repeat(4000) } }))]);
  const before = peakKilobytes(node);
  const still = await Promise.all(Array.from({ length: 60 }, () => caller(node.port, t)));
  still.forEach((s, i) => {
    if (i % 3 === 0) s.end('GET /api/v1/status HT'); // half a request, then the end of what we say
    else if (i % 3 === 1) s.pause().write('GET /api/v1/changes?limit=500 HTTP/1.1\r\nHost: a\r\n\r\n'); // never read
  });
  const crowd = await Promise.all(Array.from({ length: CROWD }, () => caller(node.port, t)));
  assert.ok(crowd.filter((s) => s.remotePort !== undefined).length > CROWD / 2, 'the crowd is there');
  const drip = 'GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ';
  let at = 0;
  const timer = setInterval(() => {
    for (const s of crowd) if (s.writable) s.write(drip[at] || 'a');
    at++;
  }, 100);
  t.after(() => clearInterval(timer));
  assert.deepEqual(await honestly(node, 200), { 200: 200 });
  await lib.until('a second of dripping has gone by', () => at > 10 || null);
  assert.deepEqual(await honestly(node, 200), { 200: 200 });
  const after = peakKilobytes(node);
  t.diagnostic(`peak memory ${before} kB before, ${after} kB after`);
  assert.ok(after - before < GROWTH_KB, `from ${before} to ${after} kB`);
  clearInterval(timer);
});

outside('forty requests in one breath have forty answers, in order', async (t) => {
  const node = await (await lib.node(t, { conf: lib.quiet })).start();
  const paths = Array.from({ length: 40 }, (_, i) => (i % 4 === 3 ? `/api/v1/nothing-${i}` : i % 4 === 2 ? '/i/none' : '/api/v1/status'));
  const s = await caller(node.port, t);
  let said = '';
  s.setEncoding('latin1').on('data', (text) => { said += text; });
  const ended = new Promise((resolve) => s.on('close', resolve));
  s.write(paths.map((p, i) => `GET ${p} HTTP/1.1\r\nHost: localhost\r\n${i === 39 ? 'Connection: close\r\n' : ''}\r\n`).join(''));
  await ended;
  const statuses = [...said.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((m) => m[1]);
  assert.deepEqual(statuses, paths.map((p) => (p === '/api/v1/status' ? '200' : '404')));
  assert.equal((await node.get('/api/v1/status')).status, 200);
});
