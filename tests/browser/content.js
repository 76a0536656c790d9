// SPDX-License-Identifier: AGPL-3.0-or-later
// content.js - a few records of every kind that people publish, for the pages to show.
'use strict';

const where = { commune: 'Plougasnou', postcode: '29630', insee: '29188', lat_e7: 486942000, lon_e7: -37897000 };

// Publishes them on a node; the references by kind.
async function publish(node) {
	const ref = {};
	const put = async (kind, content, ...more) => {
		const args = ['record', 'put', '--kind', kind, ...more, '-'];
		({ ref: ref[kind] } = await node.run(...args, { input: JSON.stringify(content) }));
	};
	await put('organisation', { ...where, name: 'Les Voisins du bourg', legal_form: 'association',
		description: 'Une **association** :\n\n- du pain\n- des [liens](https://example.org/)\n\n# Un titre' });
	await put('place', { ...where, name: 'La Halle', hours: 'mercredi, 14 h – 18 h', access: ['free', 'free-price'],
		organisations: [ref.organisation], activities: 'Soupe, tricot, vélo.' });
	await put('initiative', { ...where, name: 'Le jardin du presbytère', summary: 'On y plante, on y parle.',
		axes: ['solidarity', 'co-production'], practices: ['shared-garden', 'spinning'], status: 'emerging',
		tags: ['légumes', 'graines'], access: ['free'], means: ['volunteers'], take_part: 'Venir avec des bottes.',
		governance: 'Deux collèges.', organisations: [ref.organisation], places: [ref.place], email: 'a@example.org',
		phone: '02 61 91 00 10', website: 'https://example.org/un/chemin/tres/long/qui/ne/doit/pas/deborder/de/lecran',
		since: '2016-06-30', example: true });
	await put('offer', { ...where, name: 'Prête une échelle', item_type: 'good', terms: ['loan'], by: ref.organisation,
		until: '2099-12-31' });
	await put('need', { ...where, name: 'Cherche une échelle', item_type: 'good', terms: ['loan', 'barter'] });
	await put('event', { ...where, name: 'Tricot du mardi', starts: '2026-09-01T18:30', ends: '2026-09-01T20:00',
		recurrence: 'FREQ=WEEKLY;BYDAY=TU' });
	ref.tricot = ref.event;
	await put('event', { ...where, name: 'Les trois jours', starts: '2099-12-10T10:00', ends: '2099-12-12T18:00' });
	ref.three = ref.event;
	await put('event', { ...where, name: 'Veillée', starts: '2099-12-01T18:30', ends: '2099-12-01T22:00',
		event_status: 'cancelled', place: ref.place, initiatives: [ref.initiative] });
	await put('document', { name: 'A garden, told', document_type: 'article', url: 'https://example.org/a', axes: ['solidarity'],
		about: [ref.initiative], creators: ['Une plume'], published: '2016-06-30' }, '--lang', 'en');
	await put('synthesis', { name: 'Ce qui relie', axes: ['solidarity'], opportunities: '1. Faire', vigilance: 'Ne rien décréter.' });
	await put('question', { name: 'Et si l’on prêtait ?', axes: ['shared-resources'], about: [ref.initiative] });
	await put('resource', { ...where, name: 'Un fourgon', resource_type: 'vehicle', lender: ref.organisation, terms: ['loan'],
		insurance: 'Assuré par la commune.', responsibility: 'Qui conduit répond.' });
	await put('practice', { name: 'Filage', name_en: 'Spinning', key: 'spinning', parent: 'goods' });
	await put('exchange', { offer: ref.offer, need: ref.need, done: true });
	await put('endorsement', { target: ref.initiative, role: 'public-partner' });
	await put('same', { a: ref.offer, b: ref.need, verdict: 'not-same' });
	return ref;
}

// Every type of page that a visitor may see: its address, and its answer where that is not 200.
function types(node, ref) {
	const did = node.did, month = new Date().toISOString().slice(0, 7);
	const records = Object.values(ref).map((r) => `/i/${r}`);
	return [
		'/', '/catalogue', '/offers', '/agenda', `/agenda?month=${month}`, '/library', '/axis/solidarity', '/practice/shared-garden', '/territories', `/territory/${did}`, '/network', '/about', '/exports',
		'/legal', '/map', { path: '/nowhere', status: 404 }, { path: '/operator', status: 401 }, `/provenance/${ref.initiative}`,
		`/adopt/${ref.initiative}`, `/lineage/${ref.initiative}`, `/reciprocity/${ref.organisation}`, `/i/${ref.initiative}`, `/i/${ref.event}`,
		'/booklet', `/poster/${ref.initiative}`, '/embed/list', '/embed/map',
		// the same in other states
		...['/catalogue?q=jardin&kind=initiative&near=Plougasnou', '/catalogue?q=zzzz', '/catalogue?near=Saint-Martin', '/map?q=zzzz',
			'/offers?type=good', '/agenda?when=past', '/agenda?month=2016-01', '/agenda?day=2026-12-01', `/i/${did}/territory/self`,
			`/i/${did}/node/self`, `/i/${did}/identity/self`, ...records].map((path) => ({ path, again: true })),
	].map((p) => ({ status: 200, again: false, ...(typeof p === 'string' ? { path: p } : p) }));
}

module.exports = { publish, types };
