/** What a browser opens: the dashboard's three files. They hold no data; the page asks the API with the visitor's key. */
import css from "../web/dashboard.css" with { type: "text" };
import script from "../web/dashboard.js" with { type: "text" };
import html from "../web/index.html" with { type: "text" };
import { defineStandalone } from "./define.ts";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const page = (name: string, route: string, type: string, body: string) =>
  defineStandalone({
    name,
    method: "GET",
    route,
    tag: "Site",
    summary: `The dashboard's ${type}`,
    input: {},
    output: null,
    handle: async () => ({
      headers: {
        "content-type": `${type}; charset=utf-8`,
        "content-security-policy": POLICY,
        "referrer-policy": "no-referrer",
        "cache-control": "no-cache",
      },
      body,
    }),
  });

export const dashboard = page("dashboard", "dashboard", "text/html", html);
export const dashboardCss = page("dashboard-css", "dashboard/dashboard.css", "text/css", css);
export const dashboardScript = page(
  "dashboard-js",
  "dashboard/dashboard.js",
  "text/javascript",
  script,
);
