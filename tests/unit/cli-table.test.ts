/** Tables and text for terminals and pipes. */
// covers: CLI-07
import { describe, expect, it } from "vitest";
import { fitWidths, renderFields, renderTable } from "../../client/src/cli/table.ts";
import {
  displayWidth,
  duration,
  jsonText,
  manyLines,
  oneLine,
  redact,
} from "../../client/src/cli/text.ts";

const pipe = { color: false, width: null };
const terminal = (width: number) => ({ color: true, width });
const ESC = String.fromCharCode(27);
const plain = (text: string) => text.replaceAll(new RegExp(`${ESC}\\[\\d+m`, "g"), "");

describe("a table", () => {
  it("is whole and without colour in a pipe", () => {
    const long = "x".repeat(300);
    const text = renderTable(
      [{ name: "a" }, { name: "n", align: "right" }],
      [
        [long, 1],
        [null, 22],
      ],
      pipe,
    );
    expect(text.split("\n")).toEqual([
      `a${" ".repeat(299)}   n`,
      `${"─".repeat(300)}  ──`,
      `${long}   1`,
      `${" ".repeat(300)}  22`,
      "",
    ]);
  });

  it("keeps to the terminal's width, cuts only wide cells, and marks the cut", () => {
    const text = plain(
      renderTable([{ name: "id" }, { name: "text" }], [[12, "y".repeat(200)]], terminal(40)),
    );
    const lines = text.trimEnd().split("\n");
    expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(40);
    expect(lines[2]).toBe(`12  ${"y".repeat(35)}…`);
  });

  it("shows NULL apart from the text null on a terminal, and as nothing in a pipe", () => {
    expect(renderTable([{ name: "a" }], [[null]], terminal(40))).toContain(
      `${ESC}[2mnull${ESC}[0m`,
    );
    expect(renderTable([{ name: "a" }], [["null"]], terminal(40))).not.toContain(`${ESC}[2mnull`);
    expect(renderTable([{ name: "a" }], [[null]], pipe)).toBe("a\n─\n\n");
  });

  it("lays out wide characters", () => {
    const lines = renderTable(
      [{ name: "a" }, { name: "b" }],
      [
        ["日本", "x"],
        ["ab", "y"],
      ],
      pipe,
    ).split("\n");
    expect(lines.slice(2, 4)).toEqual(["日本  x", "ab    y"]);
  });

  it("lets no cell break its row or command the terminal", () => {
    const text = renderTable([{ name: `a${ESC}[2J` }], [[`x\ny${ESC}]0;t\u0007\u202e`]], pipe);
    expect(text.split("\n")).toHaveLength(4);
    expect(text).toContain("x\\ny\\u{1b}]0;t\\u{7}\\u{202e}");
    expect(text).not.toContain(ESC);
  });

  it("survives more columns than fit, and none at all", () => {
    expect(fitWidths(Array(50).fill(10), 40)).toEqual(Array(50).fill(4));
    expect(renderTable([{ name: "a" }], [], pipe)).toBe("a\n");
  });
});

describe("text", () => {
  it("aligns fields", () => {
    expect(
      renderFields(
        [
          ["a", 1],
          ["long", "x"],
        ],
        pipe,
      ),
    ).toBe("a     1\nlong  x\n");
  });

  it("keeps lines but no control characters", () => {
    expect(manyLines(`a\r\n\tb${ESC}`)).toBe("a\n  b\\u{1b}");
    expect(oneLine("a\tb")).toBe("a\\tb");
  });

  it("prints JSON that no terminal obeys and every parser reads back", () => {
    const value = { a: `\u009b2J\u007f${ESC}` };
    expect(jsonText(value)).toBe('{\n  "a": "\\u009b2J\\u007f\\u001b"\n}');
    expect(JSON.parse(jsonText(value))).toEqual(value);
  });

  it("tells durations in a fitting unit", () => {
    expect([0.42, 9.96, 12.3, 12_345].map(duration)).toEqual([
      "0.4 ms",
      "10 ms",
      "12 ms",
      "12.3 s",
    ]);
  });

  it("hides keys", () => {
    expect(redact("unknown option '--k=mcp_live_abcdefgh1234'")).toBe(
      "unknown option '--k=mcp_live_…'",
    );
    expect(redact("got s3cret", ["s3cret", undefined])).toBe("got …");
  });
});
