/** Reads the phrases in a process of its own, so that a test can put it into another time zone. */
import { findPeriods } from "../../shared/ask/periods.ts";
import { normaliseText, tokenise } from "../../shared/ask/tokens.ts";
import { askedAt } from "./asked-at.ts";
import { PHRASES, PHRASES_NOW } from "./date-phrases.ts";

const now = askedAt(PHRASES_NOW);
const periods = Object.values(PHRASES)
  .flat()
  .map(([phrase]) => findPeriods(tokenise(normaliseText(phrase)), now).map(({ period }) => period));
const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
console.log(JSON.stringify({ zone, periods }));
