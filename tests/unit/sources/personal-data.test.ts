/** What is taken for personal data, a key or prose, and what is not: by the column's name and by its values. */
// covers: VAL-02
import { describe, expect, it } from "vitest";
import { isPersonalName, keptValues, kindOfValue } from "../../../shared/sources/personal-data.ts";

describe("columns", () => {
  it.each([
    "email",
    "work_email",
    "customerEmail",
    "phone_number",
    "SSN",
    "iban",
    "password_hash",
    "apiKey",
    "api_key",
    "access_token",
    "billing_address",
    "first_name",
    "LastName",
    "postal_code",
    "date_of_birth",
  ])("named %s are left out", (name) => expect(isPersonalName(name)).toBe(true));

  it.each([
    "region",
    "status",
    "name",
    "product_name",
    "mailbox_kind",
    "tokenizer",
    "hashtag",
    "keyword",
    "telemetry",
  ])("named %s are not", (name) => expect(isPersonalName(name)).toBe(false));
});

describe("values", () => {
  it.each([
    ["ada@example.com", "personal"],
    ["write to ada@example.com", "personal"],
    ["+49 30 1234567", "personal"],
    ["(555) 123-4567", "personal"],
    ["123-45-6789", "personal"],
    ["DE89 3704 0044 0532 0130 00", "personal"],
    ["4111 1111 1111 1111", "personal"],
    ["12 Long Acre Street", "personal"],
    ["Hauptstraße 12", "personal"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "personal"],
    ["0f8fad5b-d9cb-469f-a165-70867728950e", "opaque"],
    ["d41d8cd98f00b204e9800998ecf8427e", "opaque"],
    ["sk_live_51H8xK2eZvKYlo2C0", "opaque"],
    ["the parcel came a week late and the box was open", "prose"],
    ["EMEA", "plain"],
    ["2024-01-01", "plain"],
    ["2024-01-01 12:30:00", "plain"],
    ["DE12 is not an account", "plain"],
    ["4111 1111 1111 1112", "plain"],
    ["1.10.2", "plain"],
    ["100-200", "plain"],
    ["Financial services", "plain"],
    ["gradient-boosted-trees", "plain"],
  ])("%s is %s", (value, kind) => expect(kindOfValue(value)).toBe(kind));

  it("of a column that is mostly plain are kept without the strays", () => {
    const plain = Array.from({ length: 40 }, (_, i) => `kind ${i}`);
    expect(keptValues([...plain, "ada@example.com"])).toEqual(plain);
  });

  it("of a column with more than a few of a person's are not kept at all", () => {
    expect(keptValues(["a", "b", "c", "ada@example.com"])).toBeNull();
    expect(keptValues(["d41d8cd98f00b204e9800998ecf8427e", "a"])).toBeNull();
  });
});
