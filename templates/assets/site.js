/* What makes the pages better than they are without it: small functions, each started where its element is. */

/* Two users side by side on /compare/, from their JSON, in a copy of the page's template. */
function compare(form) {
  const [said, place, blank] = document.querySelectorAll("#said, #pair, #pair + template");
  const tokens = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
  const money = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
  const put = (row, pair, most, kind = tokens) => {
    for (const value of pair) {
      const cell = row.insertCell();
      const bar = document.createElement("i");
      cell.className = value < Math.max(...pair) ? "quiet" : "main";
      bar.style.width = `${(100 * value) / most}%`;
      cell.append(value ? kind.format(value).replace("K", "k").replace(/[kMBT]$/, "\u202f$&") : "–", bar);
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
      row.append(Object.assign(document.createElement("th"), { scope: "row", textContent: name }));
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
      put(row, pair, Math.max(...pair), row.dataset.of === "totalCost" ? money : tokens);
    }
    for (const body of copy.querySelectorAll("tbody[data-of]")) fill(body, users);
    return copy;
  };
  const load = async (login) => {
    const answer = await fetch(`../api/users/${encodeURIComponent(login)}.json`).catch(() => ({}));
    if (answer.status === 404) throw Error(`Nobody called “${login}” is on this board.`);
    if (!answer.ok) throw Error("The data cannot be fetched just now. Try again in a moment.");
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

/* A day of a contribution graph, pointed at or reached by arrow keys, and told in the panel below. */
function days(root) {
  const DAY = 864e5;
  const panel = document.getElementById("day");
  const [time, rows, dds] = ["time", "tbody", "dd"].map((name) => panel.querySelectorAll(name));
  const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const compact = new Intl.NumberFormat("en", { notation: "compact", minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
  const money = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
  const short = (count) => (count < 1000 ? `${count}` : compact.format(count).replace("K", "k").replace(/.$/, "\u202f$&"));
  const cost = (cents) => (cents === null ? "unpriced" : cents ? money.format(cents / 100) : "<$0.01");
  const named = (day) => `${day.getUTCDate()} ${months[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
  let data, loading;
  const load = () =>
    (loading ??= fetch(root.dataset.user)
      .then((answer) => (answer.ok ? answer.json() : Promise.reject()))
      .then((json) => (data = { ...json, at: new Map(json.contributions.date.map((date, at) => [Date.parse(date), at])) }))
      .catch(() => (loading = undefined)));
  const count = (day) => data?.contributions.count[data.at.get(day)] ?? 0;
  const high = (day) => count(day) && Math.max(2, Math.round(90 * Math.sqrt(count(day) / data.stats.peakDay.tokens)));
  const told = (day) => `${named(new Date(day))}: ${data ? short(count(day)) : "…"} tokens`;

  const tell = (day) => {
    const { contributions: all, series } = data;
    const at = data.at.get(day);
    const of = (column) => all[column][at] ?? 0;
    const cached = of("cacheReadTokens") + of("cacheCreationTokens");
    const five = [of("inputTokens") - cached, of("cacheCreationTokens"), of("cacheReadTokens"), of("outputTokens") - of("reasoningTokens"), of("reasoningTokens")];
    time[0].dateTime = new Date(day).toISOString().slice(0, 10);
    time[0].textContent = named(new Date(day));
    panel.querySelector("[data-tokens]").textContent = short(count(day));
    const usage = all.usage[at] ?? [];
    const priced = usage.some((cents, place) => place % 3 === 2 && cents !== null);
    panel.querySelector("[data-cost]").textContent = !usage.length ? "" : priced ? cost(Math.round(100 * of("cost"))) : "unpriced";
    let x = 0;
    five.forEach((tokens, which) => {
      const width = (1000 * tokens) / (count(day) || 1);
      const bar = panel.querySelectorAll(".buckets rect")[which];
      for (const [name, value] of Object.entries({ x, width })) bar.setAttribute(name, value);
      dds[which].textContent = short(tokens);
      x += width;
    });
    const parts = usage.flatMap((place, at) => (at % 3 ? [] : [[series[place], ...usage.slice(at + 1, at + 3)]]));
    rows[0].replaceChildren();
    for (const [{ source, provider, model }, tokens, cents] of parts.sort((one, two) => two[1] - one[1])) {
      const row = rows[0].insertRow();
      for (const [at, words] of [source, provider, model, short(tokens), cost(cents)].entries())
        Object.assign(row.insertCell(), { textContent: words, className: at > 2 ? "number" : "" });
    }
  };

  for (const graph of root.querySelectorAll(".graph")) {
    const solid = graph.classList.contains("solid");
    const drawings = [...graph.querySelectorAll("svg:not(.days)")];
    const first = Date.UTC(graph.dataset.year, 0, 1);
    const last = Math.min(Date.UTC(graph.dataset.year, 11, 31), Date.parse(root.dataset.today));
    const monday = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY;
    const within = (day) => (day >= first && day <= last ? day : undefined);
    const dayOf = (week, weekday) => within(weekday >= 0 && weekday < 7 ? monday + (7 * week + weekday) * DAY : NaN);
    const mark = document.createElementNS("http://www.w3.org/2000/svg", solid ? "path" : "rect");
    let chosen = Math.min(last, Math.max(first, Date.parse(time[0].dateTime)));
    mark.classList.add("at");
    const pointed = ({ clientX, clientY }) => {
      for (const [half, svg] of drawings.entries()) {
        const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
        if (!solid && x >= 0 && x < (half ? 351 : 338)) {
          const day = dayOf(Math.floor(x / 13) + 26 * half, Math.floor((y - 15) / 13));
          if (day !== undefined) return day;
        }
        // what is in front stands on the ground further down: a bar hides what it is higher than
        for (let up = 90; solid && up >= 0; up--) {
          const day = dayOf(Math.floor((6 * x + 8 * (y + up)) / 96), Math.floor((12 * (y + up) - 3 * x) / 96));
          if (day !== undefined && high(day) >= up) return day;
        }
      }
    };
    const place = () => {
      const [week, weekday] = [Math.floor((chosen - monday) / DAY / 7), ((chosen - monday) / DAY) % 7];
      if (solid) {
        const [x, y] = [12 * week - 8 * weekday, 3 * week + 6 * weekday - high(chosen)];
        mark.setAttribute("d", `M${x} ${y}l12 3-8 6-12-3z`);
      } else {
        mark.setAttribute("x", 13 * (week % 26 + (week > 51 ? 26 : 0)));
        mark.setAttribute("y", 15 + 13 * weekday);
      }
      drawings[solid || week < 26 ? 0 : 1].append(mark);
    };
    const choose = async (day) => {
      chosen = day;
      await load();
      if (!data || chosen !== day) return;
      document.querySelectorAll(".graph .at").forEach((old) => old.remove());
      place();
      tell(day);
      graph.ariaValueNow = (day - first) / DAY + 1;
      graph.ariaValueText = told(day);
    };
    const steps = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7, PageUp: -28, PageDown: 28, Home: -366, End: 366 };
    graph.tabIndex = 0;
    graph.role = "slider";
    Object.assign(graph, { ariaValueMin: 1, ariaValueMax: (last - first) / DAY + 1, ariaValueNow: (chosen - first) / DAY + 1, ariaValueText: told(chosen) });
    graph.onpointerenter = load;
    graph.onfocus = () => choose(chosen);
    graph.onpointermove = (event) => {
      const day = pointed(event);
      graph.title = day === undefined ? "" : told(day);
    };
    graph.onclick = (event) => {
      const day = pointed(event);
      if (day !== undefined) choose(day);
    };
    graph.onkeydown = (event) => {
      if (!(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      choose(Math.min(last, Math.max(first, chosen + steps[event.key] * DAY)));
    };
  }
}

const parts = { versus: compare, years: days };
for (const [id, start] of Object.entries(parts)) {
  const element = document.getElementById(id);
  if (element) start(element);
}
