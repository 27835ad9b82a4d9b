/** The life of one condition as a total table: what a signal does to it, and whom that is told to. */
import type { DeliveryEvent, IncidentState } from "./ports.ts";

export type ConditionState = IncidentState | "none";
export type ConditionSignal = "fired" | "fired-after-repeat-interval" | "cleared";

export interface ConditionStep {
  readonly state: ConditionState;
  readonly notice: DeliveryEvent | null;
  /** True where a new incident begins: a resolved one is never opened again, its history stays as it was. */
  readonly begins: boolean;
}

const step = (
  state: ConditionState,
  notice: DeliveryEvent | null = null,
  begins = false,
): ConditionStep => ({
  state,
  notice,
  begins,
});
const begin = step("open", "opened", true);

const steps: Readonly<Record<ConditionState, Readonly<Record<ConditionSignal, ConditionStep>>>> = {
  none: { fired: begin, "fired-after-repeat-interval": begin, cleared: step("none") },
  open: {
    fired: step("open"),
    "fired-after-repeat-interval": step("open", "opened"),
    cleared: step("resolved", "resolved"),
  },
  resolved: { fired: begin, "fired-after-repeat-interval": begin, cleared: step("resolved") },
};

export function nextCondition(state: ConditionState, signal: ConditionSignal): ConditionStep {
  return steps[state][signal];
}
