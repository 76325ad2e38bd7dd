/* What makes pages better: each function starts where its element is */

const compact = new Intl.NumberFormat("en", { notation: "compact", minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
const short = (count) => (count < 1e3 ? `${count}` : compact.format(count).replace("K", "k").replace(/.$/, "\u202f$&"));
const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const element = (tag, values) => Object.assign(document.createElement(tag), values);

function theme(button) {
	const say = (kind) => {
		document.documentElement.dataset.theme = button.dataset.kind = kind;
		button.textContent = { light: "Light", dark: "Dark" }[kind] ?? "Auto";
		button.ariaLabel = `Colours: ${button.textContent}. Change`;
	};
	button.onclick = () => {
		const kind = { light: "dark", dark: "" }[button.dataset.kind] ?? "light";
		say(kind);
		localStorage["token-tracker-theme"] = kind;
	};
	say(document.documentElement.dataset.theme);
	button.hidden = false;
}
try {
	document.documentElement.dataset.theme = localStorage["token-tracker-theme"] ?? "";
} catch {
	document.documentElement.dataset.theme = "";
}

/* Anyone by a word of login or name, from lists divided where many begin alike */
function search(form) {
	const [field, list, said] = form.children;
	const fold = (text) =>
		text.normalize("NFKD").toLowerCase().replace(/ς/g, "σ").replace(/\p{Mn}/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
	const name = (letter) => letter.replace(/[^a-z0-9]+/, (other) => `_${other.codePointAt().toString(16)}_`);
	const address = (path) => new URL(`../${path}`, import.meta.url);
	const lists = {};
	const load = (file) => fetch(address(`api/search/${file}.json`)).then((answer) => (answer.ok ? answer.json() : { users: [] }));
	const find = async (asked) => {
		let [file, found] = ["", { users: [], more: true }];
		for (const letter of asked) if (found.more) found = await (lists[(file += name(letter))] ??= load(file));
		return found.users.filter(([login, called]) => ` ${fold(login)} ${fold(called)}`.includes(` ${asked}`));
	};
	const chosen = () => list.querySelector("[aria-selected=true]");
	const choose = (item) => {
		chosen()?.removeAttribute("aria-selected");
		if (item) item.ariaSelected = true;
		field.setAttribute("aria-activedescendant", item?.id ?? "");
	};
	const open = (item) => item && (location.href = address(`profile/${encodeURIComponent(item.dataset.login)}/`));
	const show = (users) => {
		const items = users.slice(0, 8).map(([login, called, rank], nth) => {
			const item = element("li", { id: `found${nth}`, role: "option", onpointerdown: () => open(item) });
			item.dataset.login = login;
			item.append(element("bdi", { textContent: called }), element("small", { textContent: `${login} · #${rank}` }));
			return item;
		});
		list.replaceChildren(...items);
		field.ariaExpanded = !(list.hidden = !items.length);
		choose();
	};
	field.oninput = async () => {
		const asked = fold(field.value);
		const users = await find(asked).catch(() => []);
		if (asked !== fold(field.value)) return;
		show(users);
		said.textContent = asked && (users.length ? `${users.length} found` : "Nobody.");
		said.className = users.length && "skip";
	};
	field.onkeydown = (event) => {
		if (event.key === "Escape") show([]);
		if (!/^Arrow(Up|Down)/.test(event.key)) return;
		event.preventDefault();
		const [next, end] = event.key === "ArrowDown" ? ["nextSibling", "firstChild"] : ["previousSibling", "lastChild"];
		choose(chosen()?.[next] ?? list[end]);
	};
	form.onsubmit = (event) => (event.preventDefault(), open(chosen() ?? list.firstChild));
	field.onblur = () => show([]);
	onkeydown = (event) => {
		if (event.key === "/" && !event.target.matches("input")) event.preventDefault(), field.focus();
	};
	form.hidden = false;
}

/* Two users side by side. */
function compare(form) {
	const [said, place, blank] = document.querySelectorAll("#said, #pair, #pair + template");
	const put = (row, pair, most, written = short) => {
		for (const value of pair) {
			const cell = row.insertCell();
			const bar = element("i");
			cell.className = value < Math.max(...pair) ? "quiet" : "main";
			bar.style.width = `${(100 * value) / most}%`;
			cell.append(value ? written(value) : "–", bar);
		}
	};
	const months = ({ date, count }) => date.map((day, at) => ({ name: day.slice(0, 7), totalTokens: count[at] }));
	const sums = (parts) =>
		parts.reduce((map, { name, totalTokens }) => map.set(name, (map.get(name) ?? 0) + totalTokens), new Map());
	const fill = (body, users) => {
		const parts = body.dataset.of;
		const maps = users.map((user) => sums(user.breakdown[parts] ?? months(user.contributions)));
		const weight = parts ? ([, pair]) => pair[0] + pair[1] : ([name]) => Date.parse(name);
		const names = [...new Set(maps.flatMap((map) => [...map.keys()]))];
		const rows = names.map((name) => [name, maps.map((map) => map.get(name) ?? 0)]);
		const shown = rows.sort((one, two) => weight(two) - weight(one)).slice(0, 12);
		const most = Math.max(...shown.flatMap((row) => row[1]));
		for (const [name, pair] of shown) {
			const row = body.insertRow();
			row.append(element("th", { scope: "row", textContent: name }));
			put(row, pair, most);
		}
	};
	const table = (users) => {
		const copy = blank.content.cloneNode(true);
		copy.querySelectorAll("a").forEach((link, which) => {
			link.href = `../profile/${users[which].user.username}/`;
			link.textContent = users[which].user.displayName;
		});
		for (const row of copy.querySelectorAll("tr[data-of]")) {
			const pair = users.map((user) => user.stats[row.dataset.of]);
			put(row, pair, Math.max(...pair), row.dataset.of === "totalCost" ? dollars.format : short);
		}
		for (const body of copy.querySelectorAll("tbody[data-of]")) fill(body, users);
		return copy;
	};
	const load = async (login) => {
		const answer = await fetch(`../api/users/${encodeURIComponent(login)}.json`).catch(() => ({}));
		if (answer.status === 404) throw Error(`Nobody called “${login}” here.`);
		if (!answer.ok) throw Error("The data cannot be fetched just now.");
		return answer.json();
	};
	const show = async () => {
		const [a, b] = [form.a, form.b].map((field) => field.value.trim().replace("@", ""));
		said.textContent = "Fetching …";
		try {
			place.replaceChildren(table(await Promise.all([load(a), load(b)])));
			history.replaceState(0, "", `?${new URLSearchParams({ a, b })}`);
			said.textContent = "";
		} catch (error) {
			place.replaceChildren();
			said.textContent = error.message;
		}
	};
	const asked = new URLSearchParams(location.search);
	for (const name of ["a", "b"]) form[name].value = asked.get(name);
	[form.previousElementSibling.hidden, form.hidden] = [true, false];
	form.onsubmit = (event) => (event.preventDefault(), show());
	if (form.a.value && form.b.value) show();
}

/* A day of a graph, pointed at or reached by keys, told in the panel */
function days(root) {
	const DAY = 864e5;
	const panel = document.getElementById("day");
	const all = (selector) => [...panel.querySelectorAll(selector)];
	const [[time], [rows], [sum], [paid], fields, bars] = ["time", "tbody", "[data-tokens]", "[data-cost]", "dd", ".buckets rect"].map(all);
	const cost = (cents) => (cents === null ? "unpriced" : cents ? dollars.format(cents / 100) : "<$0.01");
	const named = (day) => new Date(day).toUTCString().slice(5, 16).replace(/^0/, "");
	let data, at, loading;
	const load = () =>
		(loading ??= fetch(root.dataset.user)
			.then((answer) => answer.json())
			.then((json) => {
				data = json.contributions;
				at = new Map(data.date.map((date, nth) => [Date.parse(date), nth]));
				data = { ...data, names: json.series, peak: json.stats.peakDay.tokens };
			})
			.catch(() => (loading = undefined)));
	const count = (day) => data?.count[at.get(day)] ?? 0;
	const high = (day) => count(day) && Math.max(2, Math.round(90 * Math.sqrt(count(day) / data.peak)));
	const told = (day) => `${named(day)}${data ? `: ${short(count(day))} tokens` : ""}`;

	const tell = (day) => {
		const of = (column) => data[column][at.get(day)] ?? 0;
		const [made, read, written, thought] = ["outputTokens", "cacheReadTokens", "cacheCreationTokens", "reasoningTokens"].map(of);
		const usage = of("usage") || [];
		const parts = usage.flatMap((place, nth) => (nth % 3 ? [] : [[data.names[place], usage[nth + 1], usage[nth + 2]]]));
		time.dateTime = new Date(day).toISOString().slice(0, 10);
		time.textContent = named(day);
		sum.textContent = short(count(day));
		const priced = parts.some((part) => part[2] !== null);
		paid.textContent = parts.length ? cost(priced ? Math.round(100 * of("cost")) : null) : "";
		let x = 0;
		[of("inputTokens") - read - written, written, read, made - thought, thought].forEach((tokens, which) => {
			const width = (1e3 * tokens) / (count(day) || 1);
			bars[which].setAttribute("x", x);
			bars[which].setAttribute("width", width);
			fields[which].textContent = short(tokens);
			x += width;
		});
		rows.replaceChildren();
		for (const [{ source, provider, model }, tokens, cents] of parts.sort((one, two) => two[1] - one[1])) {
			const row = rows.insertRow();
			for (const [nth, textContent] of [source, provider, model, short(tokens), cost(cents)].entries())
				Object.assign(row.insertCell(), { textContent, className: nth > 2 ? "number" : "" });
		}
	};

	for (const graph of root.querySelectorAll(".graph")) {
		const solid = graph.matches(".solid");
		const halves = [...graph.querySelectorAll("svg:not(.days)")];
		const first = Date.UTC(graph.dataset.year, 0, 1);
		const last = Math.min(Date.UTC(graph.dataset.year, 11, 31), Date.parse(root.dataset.today));
		const monday = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY;
		const limit = (day) => Math.min(last, Math.max(first, day));
		const mark = document.createElementNS("http://www.w3.org/2000/svg", "path");
		let chosen = limit(Date.parse(time.dateTime));
		mark.classList.add("at");
		const dayOf = (week, weekday) => {
			const day = monday + (7 * Math.floor(week) + Math.floor(weekday)) * DAY;
			return weekday >= 0 && weekday < 7 && day === limit(day) && day;
		};
		const pointed = ({ clientX, clientY }) => {
			for (const [half, svg] of halves.entries()) {
				const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
				const day = !solid && x >= 0 && x < 351 - 13 * !half && dayOf(x / 13 + 26 * half, (y - 15) / 13);
				if (day) return day;
				// a bar hides what it is higher than
				for (let up = solid ? 90 : -1; up >= 0; up--) {
					const day = dayOf((3 * x + 4 * (y + up)) / 48, (4 * (y + up) - x) / 32);
					if (day && high(day) >= up) return day;
				}
			}
		};
		const choose = async (day) => {
			chosen = day;
			await load();
			if (!data || chosen !== day) return;
			const weekday = ((day - monday) / DAY) % 7;
			const week = (day - monday) / DAY / 7 - weekday / 7;
			const half = !solid && week > 25 ? 1 : 0;
			const flat = `M${13 * Math.round(week - 26 * half)} ${15 + 13 * weekday}h11v11h-11z`;
			mark.setAttribute("d", solid ? `M${12 * week - 8 * weekday} ${3 * week + 6 * weekday - high(day)}l12 3-8 6-12-3z` : flat);
			root.querySelector(".at")?.remove();
			halves[half].append(mark);
			tell(day);
			Object.assign(graph, { ariaValueNow: (day - first) / DAY + 1, ariaValueText: told(day) });
		};
		const steps = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7, PageUp: -28, PageDown: 28, Home: -366, End: 366 };
		Object.assign(graph, { tabIndex: 0, role: "slider", ariaValueMin: 1, ariaValueMax: (last - first) / DAY + 1 });
		Object.assign(graph, { ariaValueNow: (chosen - first) / DAY + 1, ariaValueText: told(chosen), onpointerenter: load });
		graph.onfocus = () => choose(chosen);
		graph.onpointermove = (event) => (graph.title = (pointed(event) || "") && told(pointed(event)));
		graph.onclick = (event) => choose(pointed(event) || chosen);
		graph.onkeydown = (event) => {
			if (!(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
			event.preventDefault();
			choose(limit(chosen + steps[event.key] * DAY));
		};
	}
}

const parts = { theme, search, versus: compare, years: days };
for (const [id, start] of Object.entries(parts)) {
	const element = document.getElementById(id);
	if (element) start(element);
}
