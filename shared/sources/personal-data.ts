/** Which columns and values look like a person's data, a secret or prose: they are no words that a question would name. */
import { wordsOf } from "../kernel/identifiers.ts";

/** Words of a column's name. Two words stand for both, one after the other. */
const NAMES: ReadonlySet<string> = new Set(
  `email|mail|phone|telephone|tel|mobile|fax|ssn|iban|bic|password|passwd|pwd|passphrase|secret|token|apikey
  credential|credentials|hash|salt|signature|fingerprint|address|addr|street|zip|zipcode|postcode|passport|surname
  firstname|lastname|fullname|birthname|dob|birthday|birthdate|ip|mac|cookie|uuid|guid|cvv|cvc|pin|username|login
  e mail|api key|private key|access key|secret key|social security|first name|last name|full name|middle name
  maiden name|given name|family name|credit card|card number|account number|tax id|national id|driver license
  driving license|postal code|date of birth|street address`
    .split(/[|\n]/)
    .map((one) => one.trim()),
);

export function isPersonalName(column: string): boolean {
  const words = wordsOf(column);
  return words.some((_, at) =>
    [1, 2, 3].some((length) => NAMES.has(words.slice(at, at + length).join(" "))),
  );
}

/** `opaque`: an identifier or a key, which nobody names in a question. */
export type ValueKind = "personal" | "opaque" | "prose" | "plain";

const EMAIL = /[^\s@]+@[^\s@]+\.[a-z]{2,}/i;
const SSN = /^\d{3}-\d{2}-\d{4}$/;
const JWT = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;
const UUID = /^\{?[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}\}?$/i;
const HEX = /^(0x)?[0-9a-f]{16,}$/i;
const DATE = /^\d{4}-\d{2}-\d{2}/;
const STREET =
  /^\d{1,5}[a-z]?\s+\S.*\b(street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|court|ct)\b|(straße|strasse|weg|platz|gasse|allee)\s+\d+/i;
const LONG_PROSE_WORDS = 9;
/** No word of a language is as long and mixes cases and digits like a key does. */
const KEY_LIKE = /^(?=.*\d)(?=.*[A-Za-z])[\w+/=-]{20,}$/;

export function kindOfValue(value: string): ValueKind {
  const text = value.trim();
  if (EMAIL.test(text) || SSN.test(text) || JWT.test(text) || STREET.test(text)) return "personal";
  if (isPhone(text) || isIban(text) || isCard(text)) return "personal";
  if (UUID.test(text) || HEX.test(text) || KEY_LIKE.test(text)) return "opaque";
  return text.split(/\s+/).length >= LONG_PROSE_WORDS ? "prose" : "plain";
}

/** An international number stands for itself, also inside a sentence. */
const INTERNATIONAL = /\+\d{1,3}(?:[\s().-]*\d){5,14}(?!\d)/;

function isPhone(text: string): boolean {
  if (INTERNATIONAL.test(text)) return true;
  if (!/^[\d\s().\-/]{7,22}$/.test(text) || DATE.test(text)) return false;
  const digits = text.replace(/\D/g, "").length;
  return digits >= 9 && digits <= 15 && /[\s()-]/.test(text);
}

/** ISO 13616: the checksum makes a chance hit unlikely. */
function isIban(text: string): boolean {
  const code = text.replace(/\s/g, "").toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(code)) return false;
  const digits = `${code.slice(4)}${code.slice(0, 4)}`.replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

/** ISO/IEC 7812: Luhn's checksum over a number as long as a card's. */
function isCard(text: string): boolean {
  const digits = text.replace(/[\s-]/g, "");
  if (!/^\d{13,19}$/.test(digits)) return false;
  let sum = 0;
  [...digits].reverse().forEach((digit, at) => {
    const value = Number(digit) * (at % 2 === 1 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  });
  return sum % 10 === 0;
}

/** A column is left out from this share of its distinct values on; a few strays cost it only themselves. */
const MOST_PERSONAL = 0.05;
const MOST_OTHER = 0.3;

/** The values that may be kept; null for a column of which none may. */
export function keptValues(values: readonly string[]): readonly string[] | null {
  const kinds = values.map(kindOfValue);
  const share = (...wanted: ValueKind[]) =>
    kinds.filter((kind) => wanted.includes(kind)).length / Math.max(1, values.length);
  if (share("personal") > MOST_PERSONAL || share("opaque", "prose") > MOST_OTHER) return null;
  return values.filter((_, at) => kinds[at] === "plain" || kinds[at] === "prose");
}
