// SPDX-License-Identifier: AGPL-3.0-or-later
// Goal: a directory of each format comes in whole by the real command on a running node, comes again without a
// change, is followed when it changes, goes out, and is read again to the same records.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { made } = require('./cli.js');
const { temporary } = require('./lib.js');

const ITEMS = 200;
const json = (v) => JSON.stringify(v);
const two = (n) => String(n).padStart(2, '0');
const day = (i) => `2027-${two(1 + i % 12)}-${two(1 + i % 28)}`;
const compact = (date) => date.replaceAll('-', '');
const escape = (s) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

// What every directory has to say, in its own way: names with accents and quotes, texts with markup.
const things = (n) => Array.from({ length: n }, (_, i) => ({
  i, id: `n${i}`, name: `Café « ${i} » & Cie`, text: `Un lieu n° ${i}, ouvert à tous`, day: day(i),
  lat: 47 + i / 1000, lon: -3 + i / 1000, street: `${i + 1} rue de l'Église`, url: `https://e.org/${i}`,
}));

const gogo = (t) => ({ id: t.id, name: t.name, geo: { latitude: t.lat, longitude: t.lon }, status: 1, description: t.text,
  address: { streetAddress: t.street, postalCode: '29600', addressLocality: 'Morlaix' }, categories: ['Jardins partagés'],
  updatedAt: `${t.day}T10:00:00+01:00`, site_web: t.url, email: 'private', subscriberEmails: ['j@e.org'] });
const wiki = (t) => ({ bf_titre: t.name, bf_description: `<p>${escape(t.text)}</p>`, checkboxListeType: '1', bf_latitude: `${t.lat}`,
  bf_longitude: `${t.lon}`, bf_adresse: t.street, bf_code_postal: '29600', bf_ville: 'Morlaix', id_fiche: t.id, owner: 'Jeanne',
  id_typeannonce: '1', statut_fiche: '1', date_maj_fiche: `${t.day} 10:00:00`, url: `https://w.org/?${t.id}` });
const event = (t) => ({ type: 'Event', id: `https://m.org/events/${t.i}`, name: t.name, content: `<p>${escape(t.text)}</p>`,
  startTime: `${t.day}T14:00:00+01:00`, endTime: `${t.day}T17:00:00+01:00`, status: 'CONFIRMED', attributedTo: 'https://m.org/@j',
  location: { type: 'Place', name: 'Salle', address: { streetAddress: t.street, postalCode: '29600', addressLocality: 'Morlaix' },
    latitude: t.lat, longitude: t.lon }, to: ['https://www.w3.org/ns/activitystreams#Public'] });

const WHERE = { street: "2 rue de l'Église", postcode: '29600', commune: 'Morlaix', insee: '29151', lat_e7: 470010000,
  lon_e7: -29990000 };

// format, its file, a text of all things, and what the second thing's record says.
const FORMATS = [
  ['gogocarto', 'full.json', (all) => json({ licence: 'ODbL', ontology: 'gogofull', data: all.map(gogo) }),
    { ...WHERE, name: 'Café « 1 » & Cie', description: 'Un lieu n° 1, ouvert à tous', practices: ['shared-garden'],
      website: 'https://e.org/1', confirmed: '2027-02-02', source_name: 'full.json' }],
  ['gogocarto', 'compact.json', (all) => json({ licence: 'CC-BY-4.0', ontology: 'gogocompact',
    data: all.map((t) => [t.id, [`${t.name} ${t.text}`], t.lat, t.lon, ['Tiers-lieux']]), mapping: ['id', ['name']] }),
    { name: 'Café « 1 » & Cie Un lieu n° 1, ouvert à tous', practices: ['third-place'], lat_e7: 470010000, lon_e7: -29990000,
      source_name: 'compact.json' }],
  ['yeswiki', 'fiches.json', (all) => json(Object.fromEntries(all.map((t) => [t.id, wiki(t)]))),
    { ...WHERE, name: 'Café « 1 » & Cie', description: 'Un lieu n° 1, ouvert à tous', practices: ['shared-workshop'],
      confirmed: '2027-02-02', source_url: 'https://w.org/?n1', source_name: 'fiches.json' }],
  ['yeswiki', 'fiches.geojson', (all) => json({ type: 'FeatureCollection', features: all.map((t) => ({ type: 'Feature',
    geometry: { type: 'Point', coordinates: [`${t.lon}`, `${t.lat}`] }, properties: wiki(t) })) }), null],
  ['yeswiki', 'fiches.csv', (all) => ['datetime_create,datetime_latest,"Titre *",Description,bf_latitude,Ville',
    ...all.map((t) => `"21/06/2021 19:33:56","02/04/2024 16:17:09","${t.name}","${t.text}","${t.lat}, ${t.lon}",Morlaix`)].join('\n'),
  { name: 'Café « 1 » & Cie', description: 'Un lieu n° 1, ouvert à tous', confirmed: '2024-04-02', commune: 'Morlaix',
    insee: '29151', postcode: '29600', lat_e7: 470010000, lon_e7: -29990000, source_name: 'fiches.csv' }],
  ['murmurations', 'nodes.json', (all) => json({ data: all.map((t) => ({ profile_url: `${t.url}/m.json`, name: t.name,
    last_updated: 1601979232403, status: 'posted', geolocation: { lat: t.lat, lon: t.lon }, locality: 'Morlaix', mission: t.text,
    linked_schemas: ['organizations_schema-v1.0.0'] })) }), null],
  ['murmurations', 'offers.json', (all) => json(all.map((t) => ({ profile_url: `${t.url}/o.json`, title: t.name,
    linked_schemas: ['offers_wants_schema-v0.1.0'], description: t.text, exchange_type: t.i % 2 ? 'want' : 'offer',
    transaction_type: ['borrow-lend'], expires_at: 1893456000, geolocation: { lat: t.lat, lon: t.lon } }))),
  { name: 'Café « 1 » & Cie', description: 'Un lieu n° 1, ouvert à tous', terms: ['loan'], until: '2030-01-01', lat_e7: 470010000,
    lon_e7: -29990000, source_url: 'https://e.org/1/o.json', source_name: 'offers.json' }],
  ['ical', 'agenda.ics', (all) => ['BEGIN:VCALENDAR', 'VERSION:2.0', ...all.flatMap((t) => ['BEGIN:VEVENT', `UID:${t.id}`,
    `DTSTAMP:${compact(new Date().toISOString().slice(0, 10))}T000000Z`, `DTSTART;TZID=Europe/Paris:${compact(t.day)}T180000`, 'DURATION:PT2H',
    `SUMMARY:${t.name}`, `DESCRIPTION:${t.text.replaceAll(',', '\\,')}`, `LOCATION:${t.street}\\, 29600 Morlaix`,
    `GEO:${t.lat};${t.lon}`, 'END:VEVENT']), 'END:VCALENDAR', ''].join('\r\n'),
  { ...WHERE, name: 'Café « 1 » & Cie', description: 'Un lieu n° 1, ouvert à tous', starts: '2027-02-02T18:00',
    ends: '2027-02-02T20:00', timezone: 'Europe/Paris', source_name: 'agenda.ics' }],
  ['feed', 'backend.xml', (all) => `<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>F</title>${all.map((t) =>
    `<item><title>${escape(t.name)}</title><link>${t.url}</link><guid>${t.id}</guid><description>${
      escape(`<p>${escape(t.text)}</p>`)}</description></item>`).join('\n')}</channel></rss>`,
  { name: 'Café « 1 » & Cie', description: 'Un lieu n° 1, ouvert à tous', document_type: 'article', url: 'https://e.org/1',
    source_name: 'backend.xml' }],
  ['jsonld', 'things.jsonld', (all) => json({ '@context': 'https://schema.org', '@graph': all.map((t) => ({ '@type': 'NGO', '@id': t.url,
    name: t.name, description: t.text, address: { '@type': 'PostalAddress', streetAddress: t.street, postalCode: '29600',
      addressLocality: 'Morlaix' }, geo: { latitude: t.lat, longitude: t.lon } })) }),
    { ...WHERE, name: 'Café « 1 » & Cie', description: 'Un lieu n° 1, ouvert à tous', source_name: 'things.jsonld' }],
  ['jsonld', 'outbox.jsonld', (all) => json({ '@context': ['https://www.w3.org/ns/activitystreams'], type: 'OrderedCollectionPage',
    orderedItems: all.map((t) => ({ type: 'Create', object: event(t) })) }),
    { ...WHERE, street: "Salle, 2 rue de l'Église", name: 'Café « 1 » & Cie', description: 'Un lieu n° 1, ouvert à tous',
      starts: '2027-02-02T14:00', ends: '2027-02-02T17:00', event_status: 'confirmed', source_name: 'outbox.jsonld' }],
  ['semapps', 'container.jsonld', (all) => json({ type: ['ldp:Container'], 'ldp:contains': all.map((t) => ({ id: t.url,
    type: 'pair:Organization', 'pair:label': t.name, 'pair:description': t.text, 'pair:hasLocation': { 'pair:latitude': t.lat,
      'pair:longitude': t.lon, 'pair:hasPostalAddress': { 'pair:addressStreet': t.street, 'pair:addressZipCode': '29600',
        'pair:addressLocality': 'Morlaix' } } })) }), null],
  ['openfairdb', 'entries.json', (all) => json(all.map((t) => ({ id: t.id, created: 1700000000, version: 1, title: t.name,
    description: t.text, lat: t.lat, lng: t.lon, street: t.street, zip: '29600', city: 'Morlaix', license: 'CC0-1.0',
    categories: ['2cd00bebec0c48ba9db761da48678134'], tags: ['a'] }))),
    { ...WHERE, name: 'Café « 1 » & Cie', description: 'Un lieu n° 1, ouvert à tous', tags: ['a'], confirmed: '2023-11-14',
      source_name: 'entries.json' }],
];

const LABELS = json([{ prepared: [{ propertyname: 'checkboxListeType', options: { 1: 'Atelier partagé' } }] }]);

const count = (r) => [r.new, r.changed, r.same, r.refused, r.vanished];

test('each format comes in, stays, changes, goes out and comes back', async (t) => {
  const node = made(t, 'Formats');
  const dir = temporary(t);
  const labels = path.join(dir, 'labels.json');
  fs.writeFileSync(labels, LABELS);
  await node.start();

  for (const [format, name, text, expected] of FORMATS) {
    const file = path.join(dir, name);
    const all = things(ITEMS);
    const bring = () => {
      fs.writeFileSync(file, text(all));
      return node.json(['import', '--source', name, '--labels', labels, file]);
    };

    const first = bring();
    assert.deepEqual(count(first), [ITEMS, 0, 0, 0, 0], `${name}: ${json(first.rows.slice(0, 2))}`);
    assert.equal(first.format, format);
    if (expected !== null) {
      const ref = first.rows.find((r) => r.row === (name.endsWith('.csv') ? 3 : 2)).ref;
      assert.deepEqual(node.json(['record', 'get', ref]).content, expected, name);
    }
    const { state } = node.json(['status']);
    assert.deepEqual(count(bring()), [0, 0, ITEMS, 0, 0], name);
    assert.equal(node.json(['status']).state, state, `${name}: nothing changed, nothing is signed`);

    all[0].text += ', sauf lundi';
    all.pop();
    // a feed has its latest entries only: what is no longer in it is still there
    assert.deepEqual(count(bring()), [0, 1, ITEMS - 2, 0, format === 'feed' ? 0 : 1], name);
  }

  const { state } = node.json(['status']);
  for (const format of ['csv', 'geojson']) {
    const file = path.join(dir, `out.${format}`);
    node.ok(['export', '--format', format, file]);
    const back = node.json(['import', '--source', 'back', file]);
    assert.deepEqual([back.new, back.changed, back.refused], [0, 0, 0], json(back.rows.filter((r) => r.result !== 'same').slice(0, 2)));
    assert.ok(back.same >= ITEMS * FORMATS.length, format);
    assert.equal(node.json(['status']).state, state, `${format}: read again to the same records`);
  }
  const lines = node.ok(['export', '--format', 'ndjson']);
  assert.ok(!lines.includes('Jeanne') && !lines.includes('j@e.org'), 'accounts stay where they were');
  const licences = new Set(lines.trim().split('\n').map((l) => JSON.parse(l)).filter((r) => r.content?.source_name)
    .map((r) => r.license));
  assert.deepEqual([...licences].sort(), ['CC-BY-4.0', 'CC0-1.0', 'ODbL-1.0', 'etalab-2.0'].sort());
});
