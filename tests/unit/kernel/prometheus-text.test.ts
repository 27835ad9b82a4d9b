/** The Prometheus text format, held to its own rules of escaping. */
// covers: CACHE-18
import { expect, it } from "vitest";
import { prometheusText } from "../../../shared/kernel/prometheus-text.ts";

it("writes help, type and one line for each sample", () => {
  const text = prometheusText([
    {
      name: "a_total",
      help: "What a counts",
      samples: [
        { labels: {}, value: 3 },
        { labels: { source: "demo", model: "" }, value: 12_345_678_901 },
      ],
    },
    { name: "b_total", help: "None yet", samples: [] },
  ]);
  expect(text).toBe(
    [
      "# HELP a_total What a counts",
      "# TYPE a_total counter",
      "a_total 3",
      'a_total{source="demo",model=""} 12345678901',
      "# HELP b_total None yet",
      "# TYPE b_total counter",
      "",
    ].join("\n"),
  );
});

it("escapes what would end a label or a line", () => {
  const text = prometheusText([
    {
      name: "a_total",
      help: "one\ntwo \\ three",
      samples: [{ labels: { x: 'quote " slash \\ line \n end' }, value: 1 }],
    },
  ]);
  expect(text.split("\n")).toHaveLength(4);
  expect(text).toContain("# HELP a_total one\\ntwo \\\\ three\n");
  expect(text).toContain('a_total{x="quote \\" slash \\\\ line \\n end"} 1\n');
});
