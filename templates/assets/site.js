/* What makes pages better. What is started at the end has the name of its element. */

const site = new URL("../", import.meta.url);
const compact = new Intl.NumberFormat("en", { notation: "compact", minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
const short = (count) => (count < 1e3 ? `${count}` : compact.format(count).replace("K", "k").replace(/.$/, "\u202f$&"));
const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const element = (tag, inside, values) => {
	const made = Object.assign(document.createElement(tag), values);
	made.append(...[inside].flat());
	return made;
};

/* What an address below the site's root has, undefined where nothing is */
const get = async (path) => {
	const answer = await fetch(new URL(path, site)).catch(() => ({}));
	if (answer.status === 404) return;
	if (!answer.ok) throw Error("The data cannot be fetched now.");
	return answer.json();
};

/* The system's colours until somebody chooses, which not every browser remembers */
const page = document.documentElement.dataset;
try {
	page.theme = localStorage["token-tracker-theme"] ?? "";
} catch {}

function theme(button) {
	const say = () => {
		button.textContent = page.theme || "auto";
		button.ariaLabel = `Colours: ${button.textContent}. Change`;
	};
	button.onclick = () => {
		page.theme = { light: "dark", dark: "" }[page.theme] ?? "light";
		say();
		localStorage["token-tracker-theme"] = page.theme;
	};
	say();
}

/* As generator/search.py folds what it lists */
const fold = (text) =>
	text.normalize("NFKD").toLowerCase().replace(/ς/g, "σ").replace(/\p{Mn}/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();

/* Anyone by a word of login or name, from lists divided where many begin alike */
const find = async (text) => {
	const asked = fold(text);
	let [path, found] = ["api/search/", { more: true }];
	for (const letter of asked) {
		path += letter.replace(/[^a-z0-9]+/, (other) => `_${other.codePointAt().toString(16)}_`);
		if (found?.more) found = await get(`${path}.json`); // which the browser keeps
	}
	const texts = ([, login, called, former]) => [login, called, ...former].map(fold);
	return (found?.users ?? []).filter((user) => ` ${texts(user).join(" ")}`.includes(` ${asked}`));
};

function search(form) {
	const [field, list, said] = form.children;
	const chosen = () => list.querySelector("[aria-selected=true]");
	const choose = (item) => {
		for (const each of list.children) each.ariaSelected = each === item;
		field.setAttribute("aria-activedescendant", item?.id ?? "");
	};
	const open = (item) => item && (location.href = new URL(`profile/${item.login}/`, site));
	const show = (users) => {
		const items = users.slice(0, 8).map(([rank, login, called], nth) =>
			element("li", [element("bdi", called), element("small", `${login} · #${rank}`)], { id: `found${nth}`, role: "option", login }),
		);
		list.replaceChildren(...items);
		field.ariaExpanded = !(list.hidden = !items.length);
		choose();
	};
	field.oninput = async () => {
		const asked = field.value;
		const users = await find(asked).catch(() => []);
		if (asked !== field.value) return; // typed on meanwhile
		show(users);
		said.textContent = asked && (users.length ? `${users.length} found` : "Nobody.");
		said.className = users.length && "skip";
	};
	field.onkeydown = (event) => {
		const ways = { ArrowDown: ["nextSibling", "firstChild"], ArrowUp: ["previousSibling", "lastChild"] };
		const [next, end] = ways[event.key] ?? [];
		if (next) event.preventDefault(), choose(chosen()?.[next] ?? list[end]);
		if (event.key === "Escape") show([]);
	};
	list.onpointerdown = (event) => open(event.target.closest("li"));
	form.onsubmit = (event) => (event.preventDefault(), open(chosen() ?? list.firstChild));
	field.onblur = () => show([]);
	onkeydown = (event) => {
		if (event.key === "/" && !event.target.matches("input")) event.preventDefault(), field.focus();
	};
}

/* A login in any case, as at GitHub, the present one or one of earlier */
const called = async (asked) => {
	const small = asked.toLowerCase();
	const alike = await find(asked);
	const user = alike.find(([, login, , former]) => [login.toLowerCase(), ...former].includes(small));
	if (user) return get(`api/users/${user[1]}.json`);
	const others = alike.length ? ` Did you mean ${alike.slice(0, 3).map(([, login]) => login).join(" or ")}?` : "";
	throw Error(`Nobody called “${asked}” has submitted.${others}`);
};

/* Two users side by side */
const cells = (pair, written = short, most = Math.max(...pair)) =>
	pair.map((value) => {
		const bar = element("i", [], { style: `width: ${(100 * value) / most}%` });
		return element("td", [value ? written(value) : "–", bar], { className: value < Math.max(...pair) ? "quiet" : "main" });
	});
const months = ({ date, count }) => date.map((day, at) => ({ name: day.slice(0, 7), totalTokens: count[at] }));
const fill = (body, users) => {
	const sums = { __proto__: null }; // tokens of both by name, whatever that is
	users.forEach(({ breakdown, contributions }, which) => {
		for (const { name, totalTokens } of breakdown[body.dataset.of] ?? months(contributions))
			(sums[name] ??= [0, 0])[which] += totalTokens;
	});
	const weight = ([name, pair]) => (body.dataset.of ? pair[0] + pair[1] : Date.parse(name));
	const shown = Object.entries(sums).sort((one, two) => weight(two) - weight(one)).slice(0, 12);
	const most = Math.max(...shown.flatMap((row) => row[1]));
	for (const [name, pair] of shown) body.append(element("tr", [element("th", name, { scope: "row" }), ...cells(pair, short, most)]));
};

function versus(form) {
	const [said, place, blank] = document.querySelectorAll("#said, #pair, template");
	const fields = [form.a, form.b];
	const table = (users) => {
		const copy = blank.content.cloneNode(true);
		copy.querySelectorAll("a").forEach((link, which) => {
			link.href = `../profile/${users[which].user.username}/`;
			link.textContent = users[which].user.displayName;
		});
		for (const row of copy.querySelectorAll("tr[data-of]")) {
			const pair = users.map((user) => user.stats[row.dataset.of]);
			row.append(...cells(pair, row.dataset.of === "totalCost" ? dollars.format : short));
		}
		for (const body of copy.querySelectorAll("tbody[data-of]")) fill(body, users);
		return copy;
	};
	const show = async () => {
		said.textContent = "Fetching …";
		try {
			const users = await Promise.all(fields.map((field) => called(field.value.trim().replace("@", ""))));
			place.replaceChildren(table(users));
			fields.forEach((field, which) => (field.value = users[which].user.username));
			history.replaceState(0, "", `?${new URLSearchParams(new FormData(form))}`);
			said.textContent = "";
		} catch (error) {
			place.replaceChildren();
			said.textContent = error.message;
		}
	};
	const asked = new URLSearchParams(location.search);
	for (const field of fields) field.value = asked.get(field.name);
	form.onsubmit = (event) => (event.preventDefault(), show());
	if (fields.every((field) => field.value)) show();
}

/* Days are numbers: those since 1970 began, on a Thursday */
const number = (date) => Date.parse(date) / 864e5;
const date = (day) => new Date(864e5 * day);
const iso = (day) => date(day).toISOString().slice(0, 10);
const cost = (cents) => (cents === null ? "unpriced" : cents ? dollars.format(cents / 100) : "<$0.01");
const named = (day) => date(day).toUTCString().slice(5, 16).replace(/^0/, "");

/* A day of a graph, pointed at or reached by keys, told in the panel */
function years(root) {
	const panel = document.getElementById("day");
	const [time, sum, paid, rows] = panel.querySelectorAll("time, [data-tokens], [data-cost], tbody");
	const [fields, bars] = ["dd", "rect"].map((tag) => panel.querySelectorAll(tag));
	const mark = document.createElementNS("http://www.w3.org/2000/svg", "path");
	mark.classList.add("at");
	let loading, user;
	const load = () =>
		(loading ??= get(new URL(root.dataset.user, location)).then(
			(found) => (user = found),
			() => (loading = undefined),
		));
	const of = (day, column) => user?.contributions[column][user.contributions.date.indexOf(iso(day))] ?? 0;
	const high = (day) => of(day, "count") && Math.max(2, Math.round(90 * Math.sqrt(of(day, "count") / user.stats.peakDay.tokens)));
	const told = (day) => (!day ? "" : user ? `${named(day)}: ${short(of(day, "count"))} tokens` : named(day));

	const tell = (day) => {
		const columns = ["input", "output", "cacheRead", "cacheCreation", "reasoning"];
		const [given, made, read, written, thought] = columns.map((column) => of(day, `${column}Tokens`));
		const count = of(day, "count");
		const usage = of(day, "usage") || [];
		const parts = usage.flatMap((_, nth) => (nth % 3 ? [] : [usage.slice(nth, nth + 3)]));
		time.dateTime = iso(day);
		time.textContent = named(day);
		sum.textContent = short(count);
		const priced = parts.some(([, , cents]) => cents !== null);
		paid.textContent = parts.length ? cost(priced ? Math.round(100 * of(day, "cost")) : null) : "";
		let x = 0;
		[given - read - written, written, read, made - thought, thought].forEach((tokens, nth) => {
			const width = (1e3 * tokens) / (count || 1);
			bars[nth].style = `x: ${x}px; width: ${width}px`;
			fields[nth].textContent = short(tokens);
			x += width;
		});
		const lines = parts.sort((one, two) => two[1] - one[1]).map(([place, tokens, cents]) => {
			const { source, provider, model } = user.series[place];
			const words = [source, provider, model, short(tokens), cost(cents)];
			return element("tr", words.map((word, nth) => element("td", word, { className: nth > 2 ? "number" : "" })));
		});
		rows.replaceChildren(...lines);
	};

	for (const graph of root.querySelectorAll(".graph")) {
		const solid = graph.matches(".solid");
		const halves = [...graph.querySelectorAll("svg:not(.days)")];
		const first = number(`${graph.dataset.year}-01-01`);
		const last = Math.min(number(`${graph.dataset.year}-12-31`), number(root.dataset.today));
		const monday = first - ((first + 3) % 7);
		const limit = (day) => Math.min(last, Math.max(first, day));
		// where weeks and weekdays lie
		const grid = new DOMMatrix(solid ? [12, 3, -8, 6, 0, 0] : [13, 0, 0, 13, 0, 15]);
		const pointed = ({ clientX, clientY, target }) => {
			const half = halves.indexOf(target.closest("svg"));
			if (half < 0) return;
			const point = new DOMPoint(clientX, clientY).matrixTransform(halves[half].getScreenCTM().inverse());
			// a bar hides what it is higher than
			for (let up = solid ? 90 : 0; up >= 0; up--) {
				const { x, y } = new DOMPoint(point.x, point.y + up).matrixTransform(grid.inverse());
				const day = monday + 7 * Math.floor(x + 26 * half) + Math.floor(y);
				if (y >= 0 && y < 7 && day === limit(day) && high(day) >= up) return day;
			}
		};
		let chosen = limit(number(time.dateTime));
		const say = (day) => Object.assign(graph, { ariaValueNow: day - first + 1, ariaValueText: told(day) });
		const choose = async (day) => {
			chosen = day;
			await load();
			if (!user || chosen !== day) return;
			const week = Math.floor((day - monday) / 7);
			const half = +(!solid && week > 25);
			const { x, y } = new DOMPoint(week - 26 * half, (day - monday) % 7).matrixTransform(grid);
			mark.setAttribute("d", solid ? `M${x} ${y - high(day)}l12 3-8 6-12-3z` : `M${x} ${y}h11v11h-11z`);
			halves[half].append(mark);
			tell(day);
			say(day);
		};
		const steps = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7, PageUp: -28, PageDown: 28, Home: -366, End: 366 };
		Object.assign(graph, { tabIndex: 0, role: "slider", ariaValueMin: 1, ariaValueMax: last - first + 1, onpointerenter: load });
		say(chosen);
		graph.onfocus = () => choose(chosen);
		graph.onpointermove = (event) => (graph.title = told(pointed(event)));
		graph.onclick = (event) => choose(pointed(event) || chosen);
		graph.onkeydown = (event) => {
			if (!(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
			event.preventDefault();
			choose(limit(chosen + steps[event.key]));
		};
	}
}

for (const start of [theme, search, versus, years]) {
	const place = document.getElementById(start.name);
	if (place) start(place), (place.hidden = false);
}
