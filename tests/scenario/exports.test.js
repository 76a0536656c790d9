// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: what goes out is read by others.  The demonstration's content leaves in every form; each form keeps the rules
// of its own format; our importers, which read with libical, libxml2 and libcsv, bring the same things back; and an
// address whose record is gone says so the way an index understands.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { made } = require('./cli.js');
const { temporary, until } = require('./lib.js');

const DEMO = path.join(__dirname, '..', '..', 'deploy', 'demo');
const MAPPED = ['initiative', 'organisation', 'place', 'offer', 'need', 'event', 'resource'];
const PROFILED = ['organisation', 'offer', 'need'];
const count = (r) => [r.new, r.changed, r.same, r.refused];
const OURS = /^is a record of an Essaim node|^is of a type that no kind of record is for$/;
const json = (v) => JSON.stringify(v);
const day = (offset, weekday) => {
  const d = new Date(Date.now() + offset * 86400000);
  while (weekday !== undefined && (d.getUTCDay() || 7) !== weekday) d.setUTCDate(d.getUTCDate() + 1);
  return d.toISOString().slice(0, 10);
};

// Publish what deploy/demo.sh publishes, all under one author; the records by reference.
async function publish(node) {
  const files = fs.readdirSync(DEMO).filter((f) => f.endsWith('.ndjson')).sort();
  const records = new Map();
  for (const line of files.flatMap((f) => fs.readFileSync(path.join(DEMO, f), 'utf8').trim().split('\n'))) {
    const { kind, rid, lang = 'fr', content } = JSON.parse(line
      .replaceAll(/@([+-]\d+)d(?::([1-7]))?/g, (_, n, w) => day(Number(n), w && Number(w)))
      .replaceAll(/"@[a-z-]+\//g, `"${node.did}/`));
    if (records.has(`${node.did}/${kind}/${rid}`) || kind === 'territory') continue;
    const answer = await node.control('POST', `/api/v1/own?kind=${kind}&lang=${lang}&rid=${rid}`, json(content));
    if (answer.status === 200) records.set(`${node.did}/${kind}/${rid}`, { kind, content });
    else assert.fail(`${kind} ${rid}: ${answer.text}`);
  }
  return records;
}

// RFC 4180: rows of cells.
function cells(text) {
  const rows = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy)) {
    rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  assert.deepEqual(rows.pop(), [''], 'the last line ends');
  return rows;
}

const between = (text, tag) => [...text.matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))].map((m) => m[1]);

// What the format's own rules ask of a whole list; each answers how many records it holds.
const RULES = {
  ndjson: (text) => text.trim().split('\n').filter((l) => JSON.parse(l).proof.cryptosuite === 'eddsa-jcs-2022').length,
  csv: (text) => {
    const [head, ...rows] = cells(text);
    assert.equal(new Set(head).size, head.length, 'a column once');
    for (const row of rows) assert.equal(row.length, head.length, row[0]);
    return rows.length;
  },
  geojson: (text) => { // RFC 7946 3
    const all = JSON.parse(text);
    assert.equal(all.type, 'FeatureCollection');
    assert.ok(!('crs' in all) && !('geometry' in all) && !('properties' in all));
    for (const f of all.features) {
      assert.equal(f.type, 'Feature');
      assert.equal(typeof f.id, 'string');
      assert.equal(typeof f.properties, 'object');
      if (f.geometry === null) continue;
      assert.equal(f.geometry.type, 'Point');
      const [lon, lat, ...more] = f.geometry.coordinates;
      assert.ok(Math.abs(lon) <= 180 && Math.abs(lat) <= 90 && more.length === 0 && lat > 40 && lon < 10, 'longitude first');
    }
    return all.features.length;
  },
  jsonld: (text) => { // schema.org; what Event needs is what search engines ask
    const all = JSON.parse(text);
    assert.equal(all['@context'], 'https://schema.org');
    const types = ['AdministrativeArea', 'Project', 'Organization', 'Place', 'Offer', 'Demand', 'Event', 'CreativeWork', 'Report',
      'Question', 'Product', 'DefinedTerm'];
    for (const thing of all['@graph']) {
      assert.ok(types.includes(thing['@type']), thing['@type']);
      assert.ok(new URL(thing['@id']) && thing.name && !Number.isNaN(Date.parse(thing.dateModified)), thing['@id']);
      assert.ok(new URL(thing.license));
      if (thing['@type'] === 'Event') assert.ok(!Number.isNaN(Date.parse(thing.startDate)) && thing.name);
      const geo = (thing.location || thing).geo;
      if (geo) assert.ok(geo['@type'] === 'GeoCoordinates' && geo.latitude > 40 && geo.longitude < 10);
    }
    return all['@graph'].length;
  },
  atom: (text) => { // RFC 4287 4.1.1, 4.1.2
    const [head] = text.split('<entry>');
    const entries = between(text, 'entry');
    for (const [where, part] of [['feed', head], ...entries.map((e, i) => [`entry ${i}`, e])]) {
      for (const tag of ['id', 'title', 'updated']) assert.equal(between(part, tag).length, 1, `${where}: ${tag}`);
      assert.ok(!Number.isNaN(Date.parse(between(part, 'updated')[0])));
      assert.ok(URL.canParse(between(part, 'id')[0]), `${where}: an IRI`);
    }
    assert.match(head, /<author>\s*<name>/);
    assert.match(head, /<link rel="self" href="http/);
    for (const e of entries) assert.match(e, /<link href="http[^"]*"\/>/);
    assert.equal(new Set(entries.map((e) => between(e, 'id')[0])).size, entries.length);
    return entries.length;
  },
  ics: (text) => { // RFC 5545 3.1, 3.6.1
    for (const line of text.split('\r\n')) assert.ok(Buffer.byteLength(line) <= 75 && !line.includes('\n'));
    const events = text.split('BEGIN:VEVENT').slice(1);
    for (const e of events) for (const name of ['UID', 'DTSTAMP', 'DTSTART', 'SUMMARY']) assert.match(e, new RegExp(`\\n${name}[:;]`));
    return events.length;
  },
  gogofull: (text) => {
    const all = JSON.parse(text);
    assert.equal(all.ontology, 'gogofull');
    assert.match(all.licence, /etalab/);
    for (const e of all.data) {
      assert.ok(e.id && e.name && e.status === 3 && !('subscriberEmails' in e), e.id);
      assert.ok(typeof e.geo.latitude === 'number' && e.geo.latitude > 40 && e.geo.longitude < 10);
      assert.deepEqual(e.categories, e.categoriesFull.map((c) => c.name));
      assert.ok(!Number.isNaN(Date.parse(e.updatedAt)) && e.address.addressCountry === 'FR');
    }
    return all.data.length;
  },
  murmurations: (text) => {
    for (const p of JSON.parse(text)) checkProfile(p);
    return JSON.parse(text).length;
  },
};

// The members that the two schemas require, and the words that they choose from.
function checkProfile(p) {
  if (p.linked_schemas[0] === 'organizations_schema-v1.0.0') assert.ok(p.name);
  else {
    assert.equal(p.linked_schemas[0], 'offers_wants_schema-v0.1.0');
    assert.ok(p.title && p.description && Array.isArray(p.tags), p.title);
    assert.ok(['offer', 'want'].includes(p.exchange_type) && ['good', 'service'].includes(p.item_type));
    for (const way of p.transaction_type || []) assert.ok(['borrow-lend', 'rent-lease', 'buy-sell', 'receive-donate'].includes(way));
    assert.ok(p.expires_at === undefined || Number.isInteger(p.expires_at));
  }
  assert.ok(URL.canParse(p.contact_details.contact_form) && p.geographic_scope === 'local');
  if (p.geolocation) assert.ok(p.geolocation.lat > 40 && p.geolocation.lon < 10);
}

// form, the kinds it holds, what its author's node makes of it when it comes back:
//   signed: any node takes the lines themselves;
//   whole:  all that the record says is in it: the same records, nothing signed anew;
//   part:   it leaves something out, so that it may not overwrite the record: refused in words, nothing is doubled.
const FORMS = [
  ['ndjson', null, 'signed'], ['csv', null, 'whole'], ['geojson', null, 'whole'], ['gogofull', MAPPED, 'whole'],
  ['jsonld', null, 'part'], ['atom', null, 'part'], ['ics', ['event'], 'part'], ['murmurations', PROFILED, 'part'],
];

async function comesBack(node, form, holds, file, n, state) {
  const back = node.json(['import', '--source', 'back', file]);
  const odd = `${form}: ${json(back.rows.filter((r) => r.result !== 'same').slice(0, 3))}`;
  if (holds === 'whole') assert.deepEqual(count(back), [0, 0, n, 0], odd);
  else {
    assert.deepEqual(count(back), [0, 0, 0, n], odd);
    for (const r of back.rows.filter((row) => row.result === 'refused')) assert.match(r.why, OURS, form);
  }
  assert.equal(node.json(['status']).state, state, `${form}: nothing is signed anew`);
}

test('what goes out keeps the rules of its format and comes back the same', async (t) => {
  const dir = temporary(t);
  const here = made(t, 'Pays de départ');
  const there = made(t, 'Pays d’arrivée');
  fs.appendFileSync(path.join(there.dir, 'essaim.conf'), '\nadmission = open\n');
  await here.start();
  await there.start();
  const records = await publish(here);
  assert.ok(records.size > 100, `${records.size} records`);
  const content = [...records].filter(([, r]) => !['endorsement', 'exchange', 'same'].includes(r.kind));
  await until('all is found', async () => (await here.get('/api/v1/search')).json.total >= content.length || null);
  const { state } = here.json(['status']);

  for (const [form, kinds, holds] of FORMS) {
    const file = path.join(dir, `out.${form}`);
    const target = form === 'ndjson' ? '/catalogue.ndjson?kind=' : `/catalogue.${form}`;
    const answer = await here.get(target);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers['access-control-allow-origin'], '*', form);
    assert.equal((await here.get(target, { 'If-None-Match': answer.headers.etag })).status, 304, form);
    fs.writeFileSync(file, answer.text);
    const held = content.filter(([, r]) => (kinds === null || kinds.includes(r.kind)) &&
      (form !== 'gogofull' || 'lat_e7' in r.content));
    const n = RULES[form](answer.text);
    assert.equal(n, held.length + (kinds === null ? 1 : 0), `${form}: all, and the territory's presentation where it fits`);
    if (holds === 'signed') {
      const lines = (await here.changes()).lines; // with the author's keys, without which nobody can check
      assert.ok(answer.lines.every((l) => lines.includes(l)), 'the very bytes that were signed');
      for (const r of await there.offer(lines)) assert.equal(r.result, 'stored', json(r));
      for (const r of await there.offer(lines)) assert.equal(r.result, 'duplicate', json(r));
      const same = async () => (await there.get(target)).lines.filter((l) => answer.lines.includes(l)).length === n;
      await until('the other site shows them', async () => await same() || null);
      continue;
    }
    await comesBack(here, form, holds, file, n, state);
  }
  await listsOnly(here, dir);
  await gogocarto(here, content);
  await murmurations(here, there, content, dir);
});

// What only lists elements may not replace them.
async function listsOnly(node, dir) {
  const { state } = node.json(['status']);
  for (const ontology of ['gogocompact', 'gogosync']) {
    const file = path.join(dir, `${ontology}.json`);
    fs.writeFileSync(file, (await node.get(`/api/elements.json?ontology=${ontology}`)).text);
    const back = node.json(['import', '--source', 'back', file]);
    assert.deepEqual([back.new, back.changed, back.same], [0, 0, 0], ontology);
    assert.ok(back.refused > 0);
  }
  assert.equal(node.json(['status']).state, state);
}

// The addresses that a GoGoCarto asks, as it asks them.
async function gogocarto(node, content) {
  const ask = async (query) => (await node.get(`/api/elements.json?${query}`)).json.data;
  const full = await ask('');
  const compact = await ask('ontology=gogocompact');
  const sync = await ask('ontology=gogosync');
  assert.deepEqual(compact.map((e) => e[0]), full.map((e) => e.id));
  assert.deepEqual(sync, full.map(({ id, updatedAt }) => ({ id, updatedAt })));
  assert.deepEqual(compact.map((e) => e[4]), full.map((e) => e.categoriesFull.map((c) => c.id)));
  assert.deepEqual(await ask('bounds=-3.9,48.6,-3.7,48.8'), full.filter(({ geo }) => geo.longitude >= -3.9 && geo.longitude <= -3.7 &&
    geo.latitude >= 48.6 && geo.latitude <= 48.8));
  assert.ok((await ask('bounds=-3.9,48.6,-3.7,48.8')).length > 0);
  assert.equal((await ask('limit=3')).length, 3);
  assert.deepEqual(await ask('excludeExternal=true'), full);
  assert.equal((await node.get('/api/elements.json?bounds=1,2,3')).status, 400);
  assert.equal((await node.get('/api/elements.json?ontology=other')).status, 400);

  const options = [];
  const walk = (groups) => groups.forEach((g) => g.options.forEach((o) => { options.push(o); walk(o.subcategories); }));
  walk((await node.get('/api/taxonomy')).json);
  assert.equal(new Set(options.map((o) => o.id)).size, options.length, 'each number once');
  const { id, customId } = options.find((o) => o.customId === 'food');
  const below = options.find((o) => o.id === id).subcategories[0].options.map((o) => o.customId).concat(customId);
  const food = content.filter(([, r]) => 'lat_e7' in r.content && r.content.practices?.some((p) => below.includes(p)));
  assert.deepEqual((await ask(`categories=${id}`)).map((e) => e.id).sort(), food.filter(([, r]) => MAPPED.includes(r.kind)).map(([ref]) => ref).sort());
  for (const c of full.flatMap((e) => e.categoriesFull)) assert.ok(options.some((o) => o.id === c.id && o.name === c.name) ||
    content.some(([, r]) => r.kind === 'practice' && r.content.key === c.name), c.name);

  assert.equal((await node.get('/api/project-info.json')).json.dataSize, full.length);
  const one = full.find((e) => e.kind === 'place');
  for (const at of [one.id, `${one.id}.json`, encodeURIComponent(one.id)]) assert.deepEqual((await node.get(`/api/elements/${at}`)).json.data, one);
  node.ok(['record', 'delete', one.id]);
  assert.equal((await node.get(`/api/elements/${one.id}`)).status, 404);
  await until('it is gone', async () => (await ask('')).length === full.length - 1 || null);
}

// Profiles at their addresses: alone as in a list, read by the importer, and 404 whatever took them away.
async function murmurations(here, there, content, dir) {
  const urls = (await here.get('/api/murmurations')).lines;
  assert.deepEqual(urls.map((u) => u.split('/api/murmurations/')[1]).sort(),
    content.filter(([, r]) => PROFILED.includes(r.kind)).map(([ref]) => ref).sort());
  assert.equal((await there.get('/api/murmurations')).text, '', 'each node submits its own');
  const at = (url) => new URL(url).pathname;
  const listed = (await here.get('/catalogue.murmurations')).json;
  for (const { profile_url: url, ...profile } of listed) assert.deepEqual((await here.get(at(url))).json, profile);

  const file = path.join(dir, 'elsewhere.json'); // as somebody else publishes them, for this node refuses its own kind
  fs.writeFileSync(file, json(listed.map((p, i) => ({ ...p, profile_url: `https://m.example.org/${i}` }))));
  const first = there.json(['import', '--source', 'm', file]);
  assert.deepEqual(count(first), [listed.length, 0, 0, 0], json(first.rows.filter((r) => r.result !== 'new')));
  assert.deepEqual(count(there.json(['import', '--source', 'm', file])), [0, 0, listed.length, 0]);
  for (const { row, ref } of first.rows) {
    const was = content.find(([r]) => listed[row - 1].profile_url.endsWith(r))[1];
    const is = there.json(['record', 'get', ref]);
    assert.equal(is.kind, was.kind);
    for (const name of ['name', 'lat_e7', 'lon_e7', 'commune', 'website', 'until']) {
      if (name !== 'website' || was.kind === 'organisation') assert.deepEqual(is.content[name], was.content[name], `${was.content.name}: ${name}`);
    }
  }

  const [deleted, erased, blocked] = urls.filter((u) => u.includes('/organisation/'));
  const ref = (url) => url.split('/api/murmurations/')[1];
  here.ok(['record', 'delete', ref(deleted)]);
  here.ok(['erase', ref(erased)]);
  there.ok(['block', ref(blocked)]);
  for (const [node, url] of [[here, deleted], [here, erased], [there, blocked]]) {
    assert.equal((await node.get(at(url))).status, 404, ref(url));
    assert.equal((await node.get(`/i/${ref(url)}`)).status, 410, ref(url));
  }
  assert.equal((await here.get(at(blocked))).status, 200);
}

test('the interface describes itself, whole and valid', async (t) => {
  const node = made(t, 'Interface');
  await node.start();
  const api = (await node.get('/api/v1/openapi.json')).json;
  const { routes } = (await node.get('/api/v1')).json;
  const ids = new Set();
  let operations = 0;

  assert.match(api.openapi, /^3\.1\./);
  assert.ok(api.info.title === 'Interface' && api.info.version && new URL(api.servers[0].url));
  for (const { method, path: pattern, access, summary } of routes) {
    const at = pattern.replace(/:([a-z]+)\*?/g, '{$1}');
    const op = api.paths[at]?.[method.toLowerCase()];
    assert.ok(op, `${method} ${at}`);
    assert.equal(op.summary, summary);
    assert.deepEqual(op.tags, [access]);
    assert.equal('security' in op, access === 'operator');
    assert.deepEqual(op.parameters.filter((p) => p.in === 'path').map((p) => p.name), [...at.matchAll(/\{(\w+)\}/g)].map((m) => m[1]));
  }
  for (const [at, item] of Object.entries(api.paths)) {
    assert.match(at, /^\//);
    for (const [method, op] of Object.entries(item)) {
      operations++;
      assert.ok(['get', 'post', 'delete'].includes(method) && !ids.has(op.operationId), op.operationId);
      ids.add(op.operationId);
      for (const p of op.parameters) assert.ok(p.name && ['path', 'query'].includes(p.in) && p.required === (p.in === 'path') && p.schema.type && p.description, json(p));
      assert.equal(new Set(op.parameters.map((p) => p.in + p.name)).size, op.parameters.length);
      for (const r of Object.values(op.responses)) assert.ok(r.description || api.components.responses[r.$ref.split('/').at(-1)].description);
      for (const s of op.security || []) assert.ok(Object.keys(s).every((name) => name in api.components.securitySchemes));
    }
  }
  assert.equal(operations, routes.length, 'nothing that is not there');
  const search = api.paths['/api/v1/search'].get.parameters.map((p) => p.name);
  for (const name of ['q', 'kind', 'practice', 'near', 'page']) assert.ok(search.includes(name), name);
});

test('one page says all this, and each address on it answers', async (t) => {
  const node = made(t, 'Emporter');
  node.put('event', { name: 'Veillée', starts: `${day(9)}T18:00` });
  node.put('place', { name: 'La Halle', lat_e7: 485776000, lon_e7: -38279000 });
  await node.start();
  for (const [lang, word] of [['fr', 'Vérifier une signature'], ['en', 'Check a signature']]) {
    const { status, text } = await node.get(`/exports?lang=${lang}`);
    assert.equal(status, 200);
    assert.ok(text.includes(word));
    for (const name of ['csv', 'geojson', 'ics', 'atom', 'jsonld', 'gogocarto', 'murmurations', 'ndjson', 'bundle', 'openapi', 'embed', 'check', 'leave'])
      assert.ok(text.includes(`id="${name}"`), name);
    const addresses = [...text.matchAll(/href="([^"]*)"><code>/g)].map((m) => m[1].replaceAll('&amp;', '&'));
    assert.ok(addresses.length > 12);
    for (const at of addresses) assert.equal((await node.get(at)).status, 200, at);
  }
  for (const at of ['/', '/catalogue']) assert.match((await node.get(at)).text, /href="\/exports/);
});
