/** Word lists: what carries no meaning of its own, what means the same, and what this engine cannot work out. */

/** Words a question may hold without naming anything in a schema; the last line's may also be a name, and then are one. */
export const functionWords: ReadonlySet<string> = new Set(
  `a an the this these those that it its is are was were be been being am do does did done have has had having
  i we us our you your they them their he she me my mine there here
  of in on at to from for with within into over under by as and or but if then than so also
  what which who whom whose where when how
  show list give get find display return tell see view want need would could can should will please fetch present
  select me all any every some each such only just now currently entire overall whole ever yet still already
  come belong related regarding about concerning got
  say know like look go went exist according there up out
  place placed made make run happen happened occurred record entry row many much number value set`
    .split(/\s+/)
    .filter((word) => word !== ""),
);

/** Function words that a schema may well use as names. */
export const lightWords: ReadonlySet<string> = new Set(
  "place placed made make run happen happened occurred record entry row number value set state".split(
    " ",
  ),
);

/** Verbs that say no more of what is named than that it is so; read by the rules only, where nothing is called like them. */
export const lightVerbs: ReadonlySet<string> = new Set(
  `contain contains containing carry carries carried include includes involve involved see seen serve served receive
  received hold holds held bring brings brought collect collected raise raised earn earned book booked generate
  generated gave given took taken win won needed required linked related connected among currently recently overall
  nevertheless altogether ended off handled looked`
    .split(/\s+/)
    .filter((word) => word !== ""),
);

/** Groups of words and phrases that name the same thing in many schemas. */
export const synonymGroups: readonly (readonly string[])[] = [
  ["customer", "client", "buyer", "purchaser", "cust"],
  ["account", "acct"],
  ["employee", "staff", "worker", "colleague", "emp", "staff member"],
  ["product", "article", "merchandise", "prod"],
  ["order", "purchase", "ord"],
  ["order item", "order line", "line item"],
  ["revenue", "turnover", "income", "sales", "earnings"],
  ["amount", "value", "amt", "total"],
  ["price", "cost"],
  ["quantity", "qty", "unit", "units sold"],
  ["duration", "run time", "runtime", "running time", "time taken", "elapsed time", "length"],
  ["latency", "response time"],
  ["name", "title", "label"],
  ["status", "state"],
  ["category", "type", "kind", "class"],
  ["ticket", "support request", "support case"],
  ["incident", "outage"],
  ["job", "execution"],
  ["team", "squad"],
  ["department", "dept"],
  ["country", "nation"],
  ["region", "area", "territory"],
  ["email", "mail", "e mail", "email address"],
  ["phone", "telephone", "phone number"],
  ["address", "addr"],
  ["description", "desc"],
  ["salary", "pay", "wage"],
  ["score", "rating"],
  ["satisfaction", "rating", "satisfaction score"],
  ["priority", "urgency"],
  ["tier", "plan"],
  ["role", "position", "job title"],
  ["doctor", "physician"],
  ["author", "writer"],
  ["member", "patron", "reader"],
  ["loan", "checkout", "borrowing"],
  ["visit", "appointment"],
  ["budget", "spending limit"],
  ["size", "amount"],
  ["created", "opened", "raised", "filed", "made"],
  ["ordered", "placed", "purchased", "bought"],
  ["finished", "ended", "completed"],
  ["started", "began", "begun", "launched"],
  ["scheduled", "due", "planned"],
  ["hired", "joined"],
  ["signed up", "registered", "joined", "sign up", "signup"],
  ["churned", "left"],
  ["released", "published"],
  ["attempt", "try", "retry"],
  ["birth", "born", "dob", "birthday"],
  ["assignee", "assigned"],
  ["discount", "rebate"],
  ["gender", "sex"],
];

/** What people call stored values, most of them states. */
export const valueSynonymGroups: readonly (readonly string[])[] = [
  ["active", "running", "in progress", "ongoing", "in flight"],
  ["completed", "finished", "done", "successful", "succeeded"],
  ["failed", "unsuccessful", "broken", "failing", "crashed"],
  ["cancelled", "canceled", "aborted"],
  ["queued", "waiting", "pending"],
  ["discontinued", "retired"],
  ["timeout", "timed out"],
];

/** Opposites that are not spelled with a prefix of negation, and those where the prefix hides the word. */
export const opposites: ReadonlyMap<string, string> = new Map([
  ["disabled", "enabled"],
  ["inactive", "active"],
  ["unpaid", "paid"],
  ["unfinished", "finished"],
  ["incomplete", "completed"],
  ["unavailable", "available"],
]);

/** Adjectives in their highest form: what they rank, best guess first, and which end they ask for. */
export const superlatives: ReadonlyMap<
  string,
  { readonly concepts: readonly string[]; readonly descending: boolean }
> = new Map([
  ["expensive", { concepts: ["price", "amount"], descending: true }],
  ["priciest", { concepts: ["price"], descending: true }],
  ["cheapest", { concepts: ["price"], descending: false }],
  ["longest", { concepts: ["duration", "length"], descending: true }],
  ["shortest", { concepts: ["duration", "length"], descending: false }],
  ["slowest", { concepts: ["latency", "duration"], descending: true }],
  ["fastest", { concepts: ["latency", "duration"], descending: false }],
  ["largest", { concepts: ["amount", "size", "quantity"], descending: true }],
  ["biggest", { concepts: ["amount", "size", "quantity"], descending: true }],
  ["smallest", { concepts: ["amount", "size", "quantity"], descending: false }],
  ["latest", { concepts: ["@time"], descending: true }],
  ["newest", { concepts: ["@time"], descending: true }],
  ["recent", { concepts: ["@time"], descending: true }],
  ["oldest", { concepts: ["@time"], descending: false }],
  ["earliest", { concepts: ["@time"], descending: false }],
]);

/** Words that ask for something this engine does not compute: it says so instead of leaving them out. */
export const unsupported: ReadonlyMap<string, string> = new Map([
  ["percentage", "a share"],
  ["percent", "a share"],
  ["share", "a share"],
  ["proportion", "a share"],
  ["ratio", "a ratio"],
  ["rate", "a rate"],
  ["percentile", "a percentile"],
  ["trend", "a trend"],
  ["growth", "growth"],
  ["forecast", "a forecast"],
  ["predict", "a forecast"],
  ["correlation", "a correlation"],
  ["cumulative", "a running total"],
  ["versus", "a comparison of two results"],
  ["vs", "a comparison of two results"],
  ["compare", "a comparison of two results"],
  ["compared", "a comparison of two results"],
  ["why", "a cause"],
]);

/** Words that ask for a change; the engine only reads. */
export const writeWords: ReadonlySet<string> = new Set(
  "delete drop truncate update insert alter create grant revoke remove erase wipe modify overwrite destroy".split(
    " ",
  ),
);
