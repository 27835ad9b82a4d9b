/** What is in the package, for those who audit it: a CycloneDX bill of materials and the licences of others' code. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Models as CycloneModels } from "@cyclonedx/cyclonedx-library";
import cyclone from "@cyclonedx/cyclonedx-library";
import { type PackageJson, readPackageJson } from "./package-modules.ts";

const { Enums, Models, Serialize, Spec, SPDX } = cyclone;

export interface Material {
  /** Below the root: `node_modules/pg`. */
  readonly folder: string;
  readonly packageJson: PackageJson;
  readonly licence: string;
  /** The text of each licence and notice file. */
  readonly texts: readonly string[];
}

export async function readMaterials(folders: readonly string[]): Promise<readonly Material[]> {
  const materials = await Promise.all(folders.map(readMaterial));
  // Two places of one version (npm nests what it cannot share) are one material.
  const byIdentity = new Map(materials.map((one) => [identity(one.packageJson), one]));
  return [...byIdentity.keys()].sort().map((key) => byIdentity.get(key) as Material);
}

async function readMaterial(folder: string): Promise<Material> {
  const packageJson = await readPackageJson(folder);
  const files = (await readdir(folder)).filter((name) =>
    /^(licen[cs]e|copying|notice)/i.test(name),
  );
  const texts = await Promise.all(
    files.sort().map(async (name) => (await readFile(join(folder, name), "utf8")).trim()),
  );
  const { license } = packageJson;
  return {
    folder,
    packageJson,
    licence: typeof license === "object" ? license.type : (license ?? "see its text"),
    texts,
  };
}

const identity = ({ name, version }: PackageJson): string => `${name}@${version}`;

/** CycloneDX 1.6, without a serial number and a time: the same package has the same bill. */
export function billOfMaterials(app: PackageJson, materials: readonly Material[]): string {
  const root = component(app, Enums.ComponentType.Application);
  const parts = materials.map((one) => {
    const part = component(one.packageJson, Enums.ComponentType.Library);
    const known = SPDX.isSupportedSpdxId(one.licence);
    part.licenses.add(new Models[known ? "SpdxLicense" : "NamedLicense"](one.licence));
    return part;
  });
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: root }) });
  for (const part of parts) {
    bom.components.add(part);
    root.dependencies.add(part.bomRef);
  }
  const format = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return new Serialize.JsonSerializer(format).serialize(bom, { sortLists: true, space: 2 });
}

function component(
  of: PackageJson,
  type: CycloneModels.Component["type"],
): CycloneModels.Component {
  // Package URL of npm: the scope's @ is written as %40 (github.com/package-url/purl-spec, npm).
  const purl = `pkg:npm/${of.name.replace("@", "%40")}@${of.version}`;
  return new Models.Component(type, of.name, { version: of.version, purl, bomRef: purl });
}

export function licenceList(materials: readonly Material[]): string {
  const parts = materials.map(
    ({ packageJson, licence, texts }) =>
      `${identity(packageJson)}\nLicence: ${licence}\n\n${texts.length > 0 ? texts.join("\n\n") : "(The package comes without a licence file.)"}\n`,
  );
  const line = "-".repeat(80);
  return ["This package contains the work of others, under these licences.\n", ...parts].join(
    `\n${line}\n`,
  );
}
