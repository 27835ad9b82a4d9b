/** What the TokenBudget promises, on both databases. */
// covers: LLM-04
import { expect, it } from "vitest";
import { createTokenBudget } from "../../shared/adapters/metadata/token-budget.ts";
import { manualClock } from "../support/call-context.ts";
import { onBothDatabases } from "../support/on-both-databases.ts";

let days = 0;
/** A day of its own for each test. */
const nextDay = () => manualClock(Date.parse("2026-01-01T12:00:00Z") + 86_400_000 * ++days);

onBothDatabases("TokenBudget", (db) => {
  const row = (day: string) =>
    db()
      .selectFrom("language_model_days")
      .selectAll()
      .where("day", "=", day)
      .executeTakeFirstOrThrow()
      .then(({ day: _, ...counts }) =>
        Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, Number(count)])),
      );

  it("lets 20 calls on 4 instances at the same time have no more than the day's limit together", async () => {
    const clock = nextDay();
    const instances = Array.from({ length: 4 }, () => createTokenBudget(db(), clock));
    const reserved = await Promise.all(
      Array.from({ length: 20 }, (_, i) => instances[i % 4]?.reserve(1_000, 7_500)),
    );
    expect(reserved.filter((one) => one !== null)).toHaveLength(7);
    const [first] = reserved.filter((one) => one != null);
    expect(await row(first?.day ?? "")).toMatchObject({ calls: 7, reserved_tokens: 7_000 });
  });

  it("puts what a call took in the place of what was set aside for it", async () => {
    const budget = createTokenBudget(db(), nextDay());
    const held = await budget.reserve(9_000, 10_000);
    if (held === null) throw new Error("there was room");
    expect(await budget.reserve(2_000, 10_000)).toBeNull();
    await budget.settle(held, { promptTokens: 700, completionTokens: 100 });
    expect(await row(held.day)).toEqual({
      calls: 1,
      prompt_tokens: 700,
      completion_tokens: 100,
      reserved_tokens: 0,
    });
    expect(await budget.reserve(9_200, 10_000)).not.toBeNull();
    expect(await budget.reserve(1, 10_000)).toBeNull();
  });

  it("counts what was set aside where nobody knows what it took", async () => {
    const budget = createTokenBudget(db(), nextDay());
    const held = await budget.reserve(9_000, 10_000);
    if (held === null) throw new Error("there was room");
    await budget.settle(held, null);
    expect(await budget.reserve(2_000, 10_000)).toBeNull();
  });

  it("starts anew with the day, and never takes one call larger than a day", async () => {
    const clock = nextDay();
    const budget = createTokenBudget(db(), clock);
    expect(await budget.reserve(10_001, 10_000)).toBeNull();
    const held = await budget.reserve(10_000, 10_000);
    clock.advance(86_400_000);
    days++;
    expect(await budget.reserve(10_000, 10_000)).not.toBeNull();
    // A call that ends after midnight still belongs to the day that it began on.
    if (held !== null) await budget.settle(held, { promptTokens: 1, completionTokens: 1 });
    expect(await row(held?.day ?? "")).toMatchObject({ prompt_tokens: 1, reserved_tokens: 0 });
  });
});
