// SPDX-License-Identifier: AGPL-3.0-or-later
// sources.test.js - a directory that is looked at again and again is never believed too much: whatever it does
// short of saying clearly and twice that something is gone, nothing is lost here, and what is wrong is said.
'use strict';
const assert = require('node:assert/strict');
const http = require('node:http');
const { test } = require('node:test');
const lib = require('./lib.js');

const NAMES = ['Grainothèque', 'Atelier vélo', 'Café Théodore', 'Ressourcerie', 'Jardin partagé', 'Repair Café', 'Pédibus',
  'Épicerie solidaire', 'Fablab', 'Four à pain', 'Ludothèque', 'Cinéma de plein air'];
const things = (names = NAMES) => names.map((name) => ({ id: `n${NAMES.indexOf(name) + 1}`, name, n: NAMES.indexOf(name) + 1 }));
const json = (value) => JSON.stringify(value);
const at = (n) => ({ lat: 48.5 + n / 100, lon: -3 - n / 100 });
const point = (n) => ({ type: 'Point', coordinates: [at(n).lon, at(n).lat] });
const feature = (x) => ({ type: 'Feature', id: x.id, properties: { id: x.id, name: x.name, description: x.text }, geometry: point(x.n) });

// What each kind of directory sends: with so many things, and with none.
const KINDS = {
  csv: { type: 'text/csv', body: (all) => `id;nom;description\n${all.map((x) => `${x.id};${x.name};${x.text || ''}\n`).join('')}` },
  geojson: { type: 'application/geo+json', body: (all) => json({ type: 'FeatureCollection', features: all.map(feature) }) },
  umap: { type: 'application/json', format: 'geojson', body: (all) => json({ type: 'umap', uri: 'https://umap.example.org/1', properties: {},
    geometry: point(0), layers: [{ type: 'FeatureCollection', features: all.map(feature), _umap_options: { name: 'Lieux' } }] }) },
  gogocarto: { type: 'application/json', body: (all) => json({ licence: 'https://opendatacommons.org/licenses/odbl/summary/', ontology: 'gogofull',
    data: all.map((x) => ({ id: x.id, name: x.name, description: x.text, geo: { latitude: at(x.n).lat, longitude: at(x.n).lon }, sourceKey: 'carte',
      address: { addressLocality: 'Morlaix', postalCode: '29600' }, createdAt: '2021-06-21T19:33:56+02:00', updatedAt: '2022-06-21T19:33:56+02:00',
      status: 1, categories: [] })) }) },
  yeswiki: { type: 'application/json', body: (all) => json(Object.fromEntries(all.map((x) => [x.id, { id_fiche: x.id, id_typeannonce: '1',
    bf_titre: x.name, bf_description: x.text || '', bf_latitude: String(at(x.n).lat), bf_longitude: String(at(x.n).lon), statut_fiche: '1',
    date_maj_fiche: '2022-06-21 19:33:56' }]))) },
  murmurations: { type: 'application/json', body: (all) => json({ data: all.map((x) => ({ profile_url: `https://p.example.org/${x.id}.json`,
    linked_schemas: ['organizations_schema-v1.0.0'], name: x.name, mission: x.text, status: 'posted', last_updated: 1700000000,
    geolocation: { lat: at(x.n).lat, lon: at(x.n).lon } })), links: {}, meta: { number_of_results: all.length, total_pages: 1 } }) },
  ical: { type: 'text/calendar', kind: 'event', body: (all) => `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Essai//FR\r\n${all.map((x) =>
    `BEGIN:VEVENT\r\nUID:${x.id}@example.org\r\nDTSTAMP:20300101T000000Z\r\nDTSTART:203006${10 + x.n}T180000Z\r\nSUMMARY:${x.name}\r\n${
      x.text ? `DESCRIPTION:${x.text}\r\n` : ''}END:VEVENT\r\n`).join('')}END:VCALENDAR\r\n` },
  feed: { type: 'application/rss+xml', kind: 'document', body: (all) => `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>
<title>Articles</title><link>https://a.example.org</link><description>.</description>${all.map((x) => `<item><title>${x.name}</title>
<guid>https://a.example.org/${x.id}</guid><link>https://a.example.org/${x.id}</link><description>${x.text || ''}</description></item>`).join('')}</channel></rss>` },
  jsonld: { type: 'application/ld+json', body: (all) => json({ '@context': 'https://schema.org', '@graph': all.map((x) => ({ '@type': 'Place',
    '@id': `https://a.example.org/${x.id}`, name: x.name, description: x.text, geo: { '@type': 'GeoCoordinates', latitude: at(x.n).lat,
      longitude: at(x.n).lon } })) }) },
};

// A stand-in for all of them: each path behaves as it is told.
class Stand {
  constructor() {
    this.will = new Map();
    this.seen = [];
    this.held = new Set();
    this.server = http.createServer((req, res) => this.answer(req, res));
  }

  async open(t) {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    t.after(() => {
      this.server.closeAllConnections();
      this.server.close();
    });
    return this;
  }

  url(path) {
    return `http://127.0.0.1:${this.server.address().port}/${path}`;
  }

  set(path, how) {
    this.will.set(`/${path}`, how);
  }

  answer(req, res) {
    const how = this.will.get(req.url) ?? this.will.get(req.url.split('?')[0]);
    this.seen.push({ path: req.url, etag: req.headers['if-none-match'], since: req.headers['if-modified-since'] });
    if (how === undefined) res.writeHead(404).end();
    else if (typeof how === 'function') how(req, res);
    else res.writeHead(200, { 'Content-Type': how.type, 'Content-Length': Buffer.byteLength(how.body) }).end(how.body);
  }

  hits(path) {
    return this.seen.filter((x) => x.path === `/${path}`).length;
  }
}

const send = (type, body) => (req, res) => res.writeHead(200, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }).end(body);

// Every way to behave badly that is not "the same as before": [what, how, the state it is told as].
const misbehaviours = (kind) => [
  ['is down', (req) => req.socket.destroy(), 'down'],
  ['answers with an error', (req, res) => res.writeHead(503).end('Service Unavailable'), 'refuses'],
  ['says that it is gone', (req, res) => res.writeHead(410).end(), 'refuses'],
  ['sends an empty list', send(kind.type, kind.body([])), 'empty'],
  ['sends garbage', send(kind.type, Buffer.from([0x1f, 0, 0xff, 0xfe, 7, 0, 0x80, 9, 0x22, 0x7b])), 'unreadable'],
  ['sends nothing at all', send(kind.type, ''), 'unreadable empty'],
  ['sends an error page that says 200', send('text/html', '<!doctype html><title>Maintenance</title><p>Revenez plus tard'), 'page'],
  ['breaks off', (req, res) => {
    const body = kind.body(things());
    res.writeHead(200, { 'Content-Type': kind.type, 'Content-Length': Buffer.byteLength(body) });
    res.write(body.slice(0, body.length / 2), () => req.socket.destroy());
  }, 'down'],
  ['redirects for ever', (req, res) => res.writeHead(302, { Location: req.url }).end(), 'down'],
];

async function records(node) {
  return (await node.run('record', 'list')).filter((r) => !['identity', 'node', 'territory', 'vouch'].includes(r.kind))
    .map((r) => r.content.name ?? r.content.title).sort();
}

const watch = async (node, url) => (await node.status()).sources.find((w) => w.url === url);
const poll = async (node, url, ...more) => {
  const done = await node.essaim(['source', 'poll', url, ...more]);
  assert.ok(Array.isArray(done.json), done.stderr);
  assert.equal(done.status, done.json[0].fine ? 0 : 1, done.stderr);
  return done.json[0];
};

test('each kind of directory may go down, empty, mad or slow, and nothing is lost', async (t) => {
  const stand = await new Stand().open(t);
  const node = await lib.node(t, { conf: { ...lib.quiet, 'source-timeout-s': 2 } });
  await node.start();
  let all = 0;

  for (const [name, kind] of Object.entries(KINDS)) {
    const url = stand.url(name);
    stand.set(name, send(kind.type, kind.body(things())));
    await node.run('source', 'add', url, '--every', '1d', '--name', name, ...(kind.kind ? ['--kind', kind.kind] : []));
    const first = await lib.until(`${name} is looked at by itself`, async () => {
      const w = await watch(node, url);
      return w.last_try > 0 ? w : null;
    });
    assert.deepEqual([first.state, first.new, first.refused], ['fine', NAMES.length, 0], `${name}: ${json(first)}`);
    all += NAMES.length;
    assert.equal((await records(node)).length, all, name);
    const state = (await node.run('status')).state;

    for (const [what, how, told] of misbehaviours(kind)) {
      stand.set(name, how);
      const w = await poll(node, url);
      assert.ok(told.split(' ').includes(w.state), `${name} ${what}: ${w.state}, ${w.why}`);
      assert.ok(w.why.length > 0, `${name} ${what} is not explained`);
      assert.equal((await node.run('status')).state, state, `${name} ${what}: the records changed`);
    }
    const after = await watch(node, url);
    assert.equal(after.failures, misbehaviours(kind).length, name);
    assert.ok(after.last_ok === first.last_ok && after.next_try > after.last_try, name);

    stand.set(name, send(kind.type, kind.body(things())));
    const well = await poll(node, url);
    assert.deepEqual([well.state, well.failures, well.same, well.new], ['fine', 0, NAMES.length, 0], `${name}: ${json(well)}`);
  }
  assert.equal((await records(node)).length, all);
});

test('a slow source is given up, and the others are looked at meanwhile', async (t) => {
  const stand = await new Stand().open(t);
  const node = await lib.node(t, { conf: { ...lib.quiet, 'source-timeout-s': 3 } });
  stand.set('slow', (req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/csv' });
    const drip = setInterval(() => res.write('x'), 100);
    res.on('close', () => clearInterval(drip));
  });
  stand.set('well', send('text/csv', KINDS.csv.body(things())));
  await node.run('source', 'add', stand.url('slow'));
  await node.run('source', 'add', stand.url('well'));
  await node.start();
  await lib.until('the slow one is being asked', () => stand.hits('slow') > 0 || null);
  const well = await lib.until('the other one has answered', async () => {
    const w = await watch(node, stand.url('well'));
    return w.last_ok > 0 ? w : null;
  });
  assert.equal(well.new, NAMES.length);
  const slow = await lib.until('the slow one is given up', async () => {
    const w = await watch(node, stand.url('slow'));
    return w.last_try > 0 ? w : null;
  });
  assert.deepEqual([slow.state, slow.failures], ['slow', 1]);
});

test('only what changed is asked for; too much and the wrong places are refused', async (t) => {
  const stand = await new Stand().open(t);
  const node = await lib.node(t, { conf: { ...lib.quiet, 'source-megabytes': 1 } });
  const table = KINDS.csv.body(things());
  stand.set('a', (req, res) => {
    if (req.headers['if-none-match'] === '"v1"') res.writeHead(304).end();
    else res.writeHead(200, { 'Content-Type': 'text/csv', ETag: '"v1"', 'Last-Modified': 'Sat, 21 Nov 2026 10:00:00 GMT' }).end(table);
  });
  stand.set('moved', (req, res) => res.writeHead(301, { Location: '/a' }).end());
  stand.set('big', (req, res) => res.writeHead(200, { 'Content-Type': 'text/csv' }).end(table + 'x;y;z\n'.repeat(400000)));
  await node.start();
  await node.run('source', 'add', stand.url('a'));
  await lib.until('it is looked at', async () => (await watch(node, stand.url('a'))).last_ok || null);
  const again = await poll(node, stand.url('a'));
  assert.equal(again.state, 'unchanged');
  assert.deepEqual(stand.seen.at(-1), { path: '/a', etag: '"v1"', since: 'Sat, 21 Nov 2026 10:00:00 GMT' });
  assert.equal((await poll(node, stand.url('a'), '--anew')).same, NAMES.length);
  await node.run('source', 'pause', stand.url('a'));
  assert.equal((await watch(node, stand.url('a'))).paused, true);
  await node.run('source', 'resume', stand.url('a'));
  await node.run('source', 'remove', stand.url('a'));
  assert.equal((await records(node)).length, NAMES.length, 'what came from it stays');

  await node.run('source', 'add', stand.url('moved'));
  assert.equal((await poll(node, stand.url('moved'), '--anew')).state, 'fine');
  await node.run('source', 'add', stand.url('big'));
  assert.equal((await poll(node, stand.url('big'))).state, 'large');
  for (const wrong of ['ftp://a.example.org/x', 'file:///etc/passwd', 'http://u:p@a.example.org/', 'table.csv'])
    assert.equal((await node.essaim(['source', 'add', wrong])).status, 1, wrong);
  assert.equal((await node.essaim(['source', 'add', stand.url('a'), '--every', 'often'])).status, 2);
  assert.equal((await node.essaim(['source', 'poll', stand.url('never')])).status, 1);

  await node.stop();
  const strict = await node.essaim(['source', 'poll', stand.url('moved')]);
  assert.equal(strict.json[0].state, 'private', 'without allow-private this machine is not asked');
});

test('a source that can is asked only for what changed, and says itself what is gone', async (t) => {
  const stand = await new Stand().open(t);
  const node = await lib.node(t, { conf: lib.quiet });
  const url = stand.url('nodes?schema=organizations_schema-v1.0.0');
  const asked = () => new URL(stand.seen.at(-1).path, 'http://localhost').searchParams.get('last_updated');
  const index = (...all) => stand.set('nodes', send('application/json', KINDS.murmurations.body(all)));
  const [one, two] = things();
  await node.start();
  index(...things());
  await node.run('source', 'add', url);
  const first = await lib.until('it is looked at', async () => (await watch(node, url)).last_ok || null);
  assert.equal(asked(), null, 'the first time for everything');
  index();
  assert.equal((await poll(node, url)).state, 'fine', 'nothing changed is no empty list');
  assert.equal(Number(asked()), first - 3600);
  index({ ...one, text: 'Autrement' });
  let w = await poll(node, url);
  assert.deepEqual([w.changed, w.removed, w.items], [1, 0, NAMES.length]);
  const gone = JSON.parse(KINDS.murmurations.body([two]));
  gone.data[0].status = 'deleted';
  stand.set('nodes', send('application/json', json(gone)));
  w = await poll(node, url);
  assert.equal(w.removed, 1, json(w));
  assert.deepEqual(await records(node), NAMES.filter((name) => name !== two.name).sort());
  index();
  assert.equal((await poll(node, url, '--anew')).state, 'empty', 'asked for everything, an empty list is a fault');
  assert.equal(asked(), null);
});

test('what vanishes goes after two answers without it; too much of it asks first', async (t) => {
  const stand = await new Stand().open(t);
  const node = await lib.node(t, { conf: lib.quiet });
  const url = stand.url('t');
  const show = (names) => stand.set('t', send('text/csv', KINDS.csv.body(things(names))));
  await node.start();
  show(NAMES);
  await node.run('source', 'add', url, '--every', '1d');
  await lib.until('it is looked at', async () => (await watch(node, url)).last_ok || null);

  show(NAMES.slice(1));
  let w = await poll(node, url);
  assert.deepEqual([w.state, w.removed], ['fine', 0], 'one answer without it is not enough');
  show(NAMES);
  await poll(node, url);
  show(NAMES.slice(1));
  w = await poll(node, url);
  assert.equal(w.removed, 0, 'it was there in between');
  w = await poll(node, url);
  assert.equal(w.removed, 1);
  assert.deepEqual(await records(node), NAMES.slice(1).sort());
  assert.equal((await poll(node, url)).removed, 0, 'told once');

  show(NAMES);
  w = await poll(node, url);
  assert.equal(w.new, 1, 'what comes back has a new record');
  assert.deepEqual(await records(node), [...NAMES].sort());

  show(NAMES.slice(7));
  for (let i = 0; i < 3; i++) w = await poll(node, url);
  assert.deepEqual([w.state, w.asked], ['asks', 7]);
  assert.match((await node.essaim(['status'])).stdout, /"asked":7/);
  assert.deepEqual(await records(node), [...NAMES].sort());
  show(NAMES);
  w = await poll(node, url);
  assert.deepEqual([w.state, w.asked], ['fine', 0], 'the question goes when the source is whole again');

  show(NAMES.slice(6));
  await poll(node, url);
  assert.equal((await node.essaim(['source', 'answer', url])).status, 2);
  assert.deepEqual(await node.run('source', 'answer', url, '--keep'), { kept: 6 });
  w = await poll(node, url);
  assert.deepEqual([w.state, w.asked, (await records(node)).length], ['fine', 0, NAMES.length]);
  assert.equal((await node.essaim(['source', 'answer', url, '--delete'])).status, 1, 'nothing is asked any more');

  show(NAMES);
  await poll(node, url);
  show(NAMES.slice(6));
  w = await poll(node, url);
  assert.equal(w.asked, 6);
  const kept = (await node.run('record', 'list')).find((r) => r.content.name === NAMES[0]);
  await node.run('record', 'put', '--kind', kept.kind, '--rid', kept.rid, '-', { input: json({ ...kept.content, summary: 'Par nous' }) });
  assert.deepEqual(await node.run('source', 'answer', url, '--delete'), { removed: 5 });
  assert.deepEqual(await records(node), [NAMES[0], ...NAMES.slice(6)].sort(), 'what was changed by hand here stays');
});

test('what a feed no longer shows, and meetings that took place, have not vanished', async (t) => {
  const stand = await new Stand().open(t);
  const node = await lib.node(t, { conf: lib.quiet });
  const agenda = (all) => send('text/calendar', KINDS.ical.body(things(all)).replace('DTSTART:20300611', 'DTSTART:20200611'));
  await node.start();
  stand.set('articles', send('application/rss+xml', KINDS.feed.body(things(NAMES.slice(0, 6)))));
  stand.set('agenda', agenda(NAMES));
  await node.run('source', 'add', stand.url('articles'), '--kind', 'document');
  await node.run('source', 'add', stand.url('agenda'), '--kind', 'event');
  await lib.until('both are looked at', async () => (await node.status()).sources.every((w) => w.last_ok > 0) || null);
  stand.set('articles', send('application/rss+xml', KINDS.feed.body(things(NAMES.slice(6)))));
  stand.set('agenda', agenda(NAMES.slice(2)));
  for (let i = 0; i < 3; i++) {
    const [articles, meetings] = [await poll(node, stand.url('articles')), await poll(node, stand.url('agenda'))];
    assert.deepEqual([articles.state, articles.removed, meetings.state], ['fine', 0, 'fine']);
    assert.equal(meetings.removed, i === 1 ? 1 : 0, 'only the meeting that is still to come was cancelled');
  }
  const left = await records(node);
  assert.equal(left.length, 2 * NAMES.length - 1);
  assert.equal(left.filter((name) => name === NAMES[0]).length, 2, 'the one that took place stays');
});

test('what was changed here and there is asked field by field, and the answer is remembered', async (t) => {
  const stand = await new Stand().open(t);
  const node = await lib.node(t, { conf: lib.quiet });
  const url = stand.url('c');
  const show = (...rows) => stand.set('c', send('text/csv', `id;nom;summary;phone\n${rows.join('\n')}\n`));
  const find = async () => (await node.run('record', 'list')).find((r) => r.kind === 'initiative');
  await node.start();
  show('1;Café;Un café;0298000000', '2;Four;Un four;');
  await node.run('source', 'add', url);
  await lib.until('it is looked at', async () => (await watch(node, url)).last_ok || null);
  const cafe = (await node.run('record', 'list')).find((r) => r.content.name === 'Café');
  const mine = async () => (await node.run('record', 'list')).find((r) => r.rid === cafe.rid).content;
  await node.run('record', 'put', '--kind', cafe.kind, '--rid', cafe.rid, '-', { input: json({ ...cafe.content, summary: 'Notre café' }) });

  show('1;Café du Port;Un café;0298000000', '2;Four;Un four;');
  let w = await poll(node, url);
  assert.deepEqual([w.changed, w.differences], [1, 0]);
  assert.deepEqual([(await mine()).name, (await mine()).summary], ['Café du Port', 'Notre café'], 'each side’s own change');

  show('1;Café du Port;Un grand café;0298000000', '2;Four;Un four;');
  w = await poll(node, url);
  assert.equal(w.differences, 1);
  const shown = await node.run('source', 'show', url);
  assert.deepEqual(shown.difference[0].fields, [{ field: 'summary', ours: 'Notre café', theirs: 'Un grand café' }]);
  assert.equal((await mine()).summary, 'Notre café');
  assert.equal((await poll(node, url, '--anew')).differences, 1, 'it waits');

  await node.run('source', 'decide', url, '1', '--keep', 'summary');
  assert.equal((await watch(node, url)).differences, 0);
  assert.equal((await poll(node, url, '--anew')).differences, 0, 'the answer is remembered');
  assert.equal((await mine()).summary, 'Notre café');
  assert.equal((await node.essaim(['source', 'decide', url, '1', '--keep', 'summary'])).status, 1);

  show('1;Café du Port;Un tout petit café;0298000000', '2;Four;Un four;');
  w = await poll(node, url);
  assert.equal(w.differences, 1, 'until the source says something new');
  await node.run('source', 'decide', url, '1', '--take', 'summary');
  assert.equal((await mine()).summary, 'Un tout petit café');
  show('1;Café du Port;Un café moyen;0298000000', '2;Four;Un four;');
  w = await poll(node, url);
  assert.deepEqual([w.changed, w.differences, (await mine()).summary], [1, 0, 'Un café moyen']);
  assert.ok(await find());
});

test('the operator’s page tells it in words, and its forms decide', async (t) => {
  const stand = await new Stand().open(t);
  const node = await lib.node(t, { conf: lib.quiet });
  const url = stand.url('p');
  const show = (names, text = '') => stand.set('p', send('text/csv', KINDS.csv.body(things(names).map((x) => ({ ...x, text })))));
  const page = async (path) => (await node.control('GET', path)).text;
  const form = async (path, fields) => {
    const body = new URLSearchParams(fields).toString();
    return lib.request({ socketPath: `${node.dir}/control.sock`, path, method: 'POST', headers: { Host: 'localhost',
      'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': Buffer.byteLength(body) } }, body);
  };
  await node.start();
  assert.match(await page('/operator/sources'), /Aucune source/);
  show(NAMES);
  const refused = await form('/operator/sources', { action: 'add', url: 'ftp://a.example.org', name: 'Carte', every: '21600' });
  assert.equal(refused.status, 422);
  assert.match(refused.text, /value="ftp:\/\/a.example.org"/);
  assert.match((await form('/operator/sources', { action: 'add', url, name: 'La carte', every: '21600' })).text, /La carte/);
  await lib.until('it is looked at', async () => (await watch(node, url)).last_ok || null);
  assert.match(await page('/operator/sources'), /à jour/);
  const [one] = (await node.run('record', 'list')).filter((r) => r.content.name === NAMES[0]);
  await node.indexed();
  const shown = (await node.get(`/i/${node.did}/${one.kind}/${one.rid}`)).text;
  assert.match(shown, /Source : <a href="http:\/\/127\.0\.0\.1:\d+\/"[^>]*><bdi>La carte<\/bdi><\/a>, vue le /);
  assert.ok(!shown.includes(url), 'an address may hold a secret');

  show(NAMES.slice(7));
  await poll(node, url);
  assert.match(await page('/operator/sources'), /attend votre réponse[^]*7 fiches ont disparu/);
  assert.match(await page('/operator/sources?lang=en'), /7 records have vanished/);
  assert.equal((await form('/operator/sources', { action: 'keep', url, asked: '3' })).status, 422, 'another question than was shown');
  for (const odd of ['', `${url}?${'x'.repeat(600)}`])
    assert.equal((await form('/operator/sources', { action: 'keep', url: odd, asked: '7' })).status, 422, 'answered, not waited for');
  assert.match((await form('/operator/sources', { action: 'keep', url, asked: '7' })).text, /restent ici/);
  assert.equal((await records(node)).length, NAMES.length);
  stand.set('p', (req, res) => res.writeHead(503).end());
  await poll(node, url);
  assert.match(await page('/operator/sources'), /répond par une erreur : rien n’a été touché[^]*HTTP 503/);

  const last = (await node.run('record', 'list')).find((r) => r.content.name === NAMES.at(-1));
  await node.run('record', 'put', '--kind', last.kind, '--rid', last.rid, '-', { input: json({ ...last.content, description: 'Le nôtre' }) });
  show(NAMES, 'Le leur');
  await poll(node, url);
  assert.match(await page('/operator/sources'), /1 fiche modifiée ici et à la source/);
  const path = `/operator/differences?source=${encodeURIComponent(url)}`;
  assert.match(await page(path), /Le nôtre[^]*Le leur/);
  const decided = await form('/operator/differences', { source: url, item: `n${NAMES.length}`, f_description: 'take' });
  assert.match(decided.text, /plus rien à choisir/);
  assert.equal((await node.run('record', 'list')).find((r) => r.rid === last.rid).content.description, 'Le leur');
});
