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

const parts = { versus: compare };
for (const [id, start] of Object.entries(parts)) {
  const element = document.getElementById(id);
  if (element) start(element);
}
