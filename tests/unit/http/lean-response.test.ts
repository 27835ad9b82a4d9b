/** A streamed answer goes out at the caller's pace: the library writes without looking, so the stream waits. */
// covers: JOB-08
import { describe, expect, it } from "vitest";
import { toLeanResponse } from "../../../shared/adapters/azure-functions/lean-response.ts";

const chunks = (texts: readonly string[], taken: string[] = []) =>
  (async function* () {
    for (const text of texts) {
      taken.push(text);
      yield Buffer.from(text);
    }
  })();

/** What the library does with a body. */
async function copy(response: ReturnType<typeof toLeanResponse>): Promise<string> {
  let text = "";
  const body = response.body as unknown as { values(): AsyncIterable<Uint8Array> };
  for await (const chunk of body.values()) text += Buffer.from(chunk).toString("utf8");
  return text;
}

describe("a streamed body", () => {
  it("is sent whole, with the length that was promised", async () => {
    const body = { bytes: chunks(["ab", "cd"]), length: 4 };
    const response = toLeanResponse({ status: 200, headers: {}, body }, async () => undefined);
    expect(response.headers.get("content-length")).toBe("4");
    expect(await copy(response)).toBe("abcd");
  });

  it("takes no more from its source while the connection is full", async () => {
    const taken: string[] = [];
    const room = Promise.withResolvers<void>();
    const full = Promise.withResolvers<void>();
    const body = { bytes: chunks(["a", "b", "c"], taken), length: 3 };
    const response = toLeanResponse({ status: 200, headers: {}, body }, () => {
      full.resolve();
      return room.promise;
    });
    const copied = copy(response);
    await full.promise;
    expect(taken).toEqual(["a"]);
    room.resolve();
    expect(await copied).toBe("abc");
  });

  it("ends with the error when the caller has gone", async () => {
    const body = { bytes: chunks(["a", "b"]), length: 2 };
    const response = toLeanResponse({ status: 200, headers: {}, body }, async () => {
      throw new Error("the caller went away");
    });
    await expect(copy(response)).rejects.toThrow("went away");
  });
});

it("a body that is known is sent as it is", async () => {
  const response = toLeanResponse({ status: 200, headers: {}, body: "é" }, async () => undefined);
  expect(response.headers.get("content-length")).toBe("2");
  expect(await copy(response)).toBe("é");
});
