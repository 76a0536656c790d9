// SPDX-License-Identifier: AGPL-3.0-or-later
// suggest.js - titles that begin with what is typed into a search box, an ARIA combobox; and a button that puts
// one's own position into "near".  Without this script both are plain fields.
'use strict';
(() => {
	const input = document.querySelector('form.search input[name=q]');
	if (!input || !window.fetch) return;
	const list = document.createElement('ul'), status = document.createElement('p');
	const form = input.form, words = form.dataset;
	let asked = null, timer = 0, chosen = -1;

	list.id = 'suggestions';
	list.className = 'suggestions';
	list.hidden = true;
	list.setAttribute('role', 'listbox');
	list.setAttribute('aria-label', words.suggestions);
	status.className = 'hid';
	status.setAttribute('role', 'status');
	input.parentNode.classList.add('combo');
	input.after(list, status);
	for (const [name, value] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false',
		'aria-controls': list.id, autocomplete: 'off' })) input.setAttribute(name, value);

	const address = (ref) => `/i/${ref}${new URLSearchParams(location.search).has('lang')
		? `?lang=${encodeURIComponent(document.documentElement.lang)}` : ''}`;

	function close() {
		list.hidden = true;
		chosen = -1;
		input.setAttribute('aria-expanded', 'false');
		input.removeAttribute('aria-activedescendant');
	}

	function mark(at) {
		chosen = at;
		[...list.children].forEach((item, i) => {
			item.setAttribute('aria-selected', String(i === at));
			if (i === at) item.scrollIntoView({ block: 'nearest' });
		});
		if (at < 0) input.removeAttribute('aria-activedescendant');
		else input.setAttribute('aria-activedescendant', list.children[at].id);
	}

	function option(hit, i) {
		const item = document.createElement('li'), title = document.createElement('bdi');
		const note = document.createElement('span');
		item.id = `suggestion-${i}`;
		item.setAttribute('role', 'option');
		item.setAttribute('aria-selected', 'false');
		item.dataset.href = address(hit.ref);
		if (hit.lang) title.lang = hit.lang;
		title.textContent = hit.title;
		note.className = 'note';
		note.textContent = [hit.commune, hit.author_name].filter(Boolean).join(' · ');
		item.append(title, ' ', note);
		return item;
	}

	function show(hits) {
		if (hits.length === 0) {
			close();
			status.textContent = '';
			return;
		}
		list.replaceChildren(...hits.slice(0, 8).map(option));
		list.hidden = false;
		mark(-1);
		input.setAttribute('aria-expanded', 'true');
		status.textContent = words.suggested.replace('{n}', list.children.length);
	}

	async function ask() {
		const q = input.value.trim();
		if (asked) asked.abort();
		if (q.length < 2) return close();
		asked = new AbortController();
		try {
			const answer = await fetch(`/api/v1/suggest?q=${encodeURIComponent(q)}`, { signal: asked.signal });
			if (answer.ok && document.activeElement === input) show(await answer.json());
		} catch (e) {
			if (e.name !== 'AbortError') close();
		}
	}

	input.addEventListener('input', () => {
		clearTimeout(timer);
		timer = setTimeout(ask, 150);
	});
	input.addEventListener('keydown', (event) => {
		const count = list.hidden ? 0 : list.children.length;
		if (event.key === 'Escape' && count > 0) close();
		else if (event.key === 'ArrowDown' && count > 0) mark(chosen + 1 === count ? -1 : chosen + 1);
		else if (event.key === 'ArrowUp' && count > 0) mark(chosen < 0 ? count - 1 : chosen - 1);
		else if (event.key === 'Enter' && count > 0 && chosen >= 0) location.href = list.children[chosen].dataset.href;
		else return;
		event.preventDefault();
	});
	list.addEventListener('mousedown', (event) => event.preventDefault());
	list.addEventListener('click', (event) => {
		const item = event.target.closest('li');
		if (item) location.href = item.dataset.href;
	});
	input.addEventListener('blur', close);
})();

// The position goes into the address of the node's own page, to some hundred metres, and nowhere else.
(() => {
	const near = document.querySelector('form.search input[name=near]');
	if (!near || !navigator.geolocation || !window.isSecureContext) return;
	const { form } = near, button = document.createElement('button'), status = document.createElement('span');

	function go({ coords }) {
		const within = form.elements.namedItem('within');
		near.value = `${coords.latitude.toFixed(3)},${coords.longitude.toFixed(3)}`;
		if (within && !within.value) within.value = '20';
		form.submit();
	}

	function refuse() {
		button.disabled = false;
		status.textContent = form.dataset.refused;
		near.focus();
	}

	button.type = 'button';
	button.className = 'here';
	button.textContent = form.dataset.here;
	status.className = 'note';
	status.setAttribute('role', 'status');
	button.addEventListener('click', () => {
		button.disabled = true;
		navigator.geolocation.getCurrentPosition(go, refuse, { timeout: 10000, maximumAge: 600000 });
	});
	near.parentNode.append(button, status);
})();
