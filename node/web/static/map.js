// SPDX-License-Identifier: AGPL-3.0-or-later
// map.js - lets the drawing of /map be dragged and zoomed.  Markers, names and list come from the same
// page, asked again for the part of the world in view; without this script its links do the same.
'use strict';
(() => {
	const box = document.getElementById('map');
	const drawing = box && box.querySelector('svg.map');
	if (!drawing || !window.L) return;

	const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
	const boundsOf = (text) => {
		const [west, south, east, north] = text.split(',').map(Number);
		return L.latLngBounds([south, west], [north, east]);
	};

	box.classList.add('live');
	box.setAttribute('role', 'group');
	box.setAttribute('aria-label', drawing.getAttribute('aria-label'));
	const map = L.map(box, {
		zoomControl: false, attributionControl: false, zoomSnap: 0.1, zoomDelta: 1, minZoom: 1,
		maxZoom: 18, maxBounds: [[-85, -180], [85, 180]], scrollWheelZoom: false, preferCanvas: true,
		zoomAnimation: !still, fadeAnimation: !still, markerZoomAnimation: !still, inertia: !still,
	});
	map.fitBounds(boundsOf(drawing.dataset.bbox), { animate: false });
	L.control.scale({ imperial: false }).addTo(map);
	box.addEventListener('focusin', () => map.scrollWheelZoom.enable());
	box.addEventListener('focusout', () => map.scrollWheelZoom.disable());

	// --- the base: the operator's tiles, or land and borders -----------------------------------

	const base = L.layerGroup().addTo(map);
	let outline = null;

	function readOutline(text) {
		const lines = { A: [], L: [], B: [], W: [] };
		for (const line of text.split('\n')) {
			if (line === '' || line[0] === '#') continue;
			const numbers = line.slice(2).split(/[ ,]/).map(Number);
			if (line[0] === 'A') {
				lines.A.push(boundsOf(numbers.map((n) => n / 1000).join()));
				continue;
			}
			let x = 0, y = 0;
			const points = [];
			for (let i = 0; i + 1 < numbers.length; i += 2)
				points.push([(y += numbers[i + 1]) / 1000, (x += numbers[i]) / 1000]);
			lines[line[0]].push(points);
		}
		return lines;
	}

	function drawBase() {
		if (outline === null) return;
		const style = getComputedStyle(box), ground = style.getPropertyValue('--ground').trim();
		const coast = style.getPropertyValue('--coast').trim(), view = map.getBounds();
		const near = outline.A.some((a) => a.contains(view));
		base.clearLayers();
		L.polygon(near ? outline.L : outline.W, { color: coast, weight: 1, fillColor: ground, fillOpacity: 1,
			fillRule: 'evenodd', interactive: false, smoothFactor: 0.8 }).addTo(base);
		if (near) L.polyline(outline.B, { color: coast, weight: 1, dashArray: '5 4', interactive: false }).addTo(base);
	}

	if (box.dataset.tiles)
		L.tileLayer(box.dataset.tiles, { maxZoom: 18 }).addTo(map);
	else
		fetch(box.dataset.outline).then((r) => r.ok ? r.text() : Promise.reject(r.status)).then((text) => {
			outline = readOutline(text);
			drawBase();
			map.on('moveend', drawBase);
			matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawBase);
		}).catch(() => {});

	// --- markers and names, from a drawing of what is in view ------------------------------------

	const marks = L.layerGroup().addTo(map);
	const scale = Math.min(1, Math.max(0.7, box.clientWidth / 480));	// of markers, on a small screen
	const svgElement = (name) => document.createElementNS('http://www.w3.org/2000/svg', name);

	function addMark(from) {
		const link = document.createElement('a'), sign = svgElement('svg'), name = document.createElement('span');
		link.href = from.getAttribute('href');
		link.className = from.getAttribute('class');
		link.title = from.querySelector('title').textContent;
		name.className = 'hid';
		name.textContent = link.title;
		if (from.dataset.box) link.dataset.box = from.dataset.box;
		if (from.hasAttribute('target')) link.target = from.getAttribute('target');
		sign.setAttribute('viewBox', '-22 -30 44 52');
		sign.setAttribute('aria-hidden', 'true');
		sign.append(from.querySelector('g').cloneNode(true));
		sign.firstChild.setAttribute('transform', `scale(${scale})`);
		link.append(name, sign);
		L.marker(from.dataset.at.split(',').map(Number), { interactive: false, keyboard: false,
			icon: L.divIcon({ className: 'spot', html: link, iconSize: [44, 52], iconAnchor: [22, 30] }) }).addTo(marks);
	}

	// Where a point of the drawing lies, which shows the same part of the world.
	function addName(from, view, size) {
		const name = document.createElement('span');
		name.textContent = from.textContent;
		name.className = `name ${from.getAttribute('text-anchor')}${from.classList.contains('minor') ? ' minor' : ''}`;
		const nw = map.project(view.getNorthWest()), se = map.project(view.getSouthEast());
		const at = nw.add([from.getAttribute('x') / size.width * (se.x - nw.x),
			from.getAttribute('y') / size.height * (se.y - nw.y)]);
		L.marker(map.unproject(at), { interactive: false, keyboard: false,
			icon: L.divIcon({ className: 'spot', html: name, iconSize: [0, 0] }) }).addTo(marks);
	}

	function show(svg) {
		marks.clearLayers();
		const view = boundsOf(svg.dataset.bbox), size = svg.viewBox.baseVal;
		if (!box.dataset.tiles) svg.querySelectorAll('.names text').forEach((t) => addName(t, view, size));
		svg.querySelectorAll('a.mark').forEach(addMark);
	}

	show(drawing);
	drawing.remove();

	// --- the list follows the map ---------------------------------------------------------------

	const status = document.createElement('p');
	let asked = null, timer = 0;
	status.className = 'hid';
	status.setAttribute('role', 'status');
	box.after(status);

	function replace(page, selector) {
		const now = document.querySelector(selector), then = page.querySelector(selector);
		if (now && then && !now.contains(document.activeElement)) now.replaceWith(then);
		else if (now && then) {
			now.replaceWith(then);
			then.setAttribute('tabindex', '-1');
			then.focus({ preventScroll: true });
		}
	}

	async function ask() {
		const at = new URL(location.href), b = map.getBounds();
		at.searchParams.set('bbox', [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()]
			.map((n, i) => Math.max(i % 2 ? -85 : -180, Math.min(i % 2 ? 85 : 180, n)).toFixed(5)).join());
		at.hash = '';
		if (asked) asked.abort();
		asked = new AbortController();
		try {
			const answer = await fetch(at, { signal: asked.signal });
			if (!answer.ok) return;
			const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
			const svg = page.querySelector('svg.map');
			if (!svg) return;
			show(svg);
			status.textContent = page.querySelector('#found .count').textContent;
			replace(page, '#found');
			replace(page, '.legend .other');
			history.replaceState(null, '', at);
		} catch (e) {
			if (e.name !== 'AbortError') status.textContent = '';
		}
	}

	map.on('moveend', () => {
		clearTimeout(timer);
		timer = setTimeout(ask, 200);
	});

	// --- links that move the map ------------------------------------------------------------------

	// At once: a second step while the first still glides would cut it short.
	const pan = (x, y) => map.panBy([x * map.getSize().x / 2, y * map.getSize().y / 2], { animate: false });
	const steps = {
		in: () => map.zoomIn(1), out: () => map.zoomOut(1),
		north: () => pan(0, -1), south: () => pan(0, 1), west: () => pan(-1, 0), east: () => pan(1, 0),
	};
	document.addEventListener('click', (event) => {
		if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
		const link = event.target.closest('a');
		const step = link && link.closest('.moves') && steps[link.parentNode.className];
		if (step) step();
		else if (link && link.dataset.box && (box.contains(link) || link.closest('#found'))) {
			map.fitBounds(boundsOf(link.dataset.box), { animate: !still });
			box.focus({ preventScroll: true });
		} else return;
		event.preventDefault();
	});
})();
