/**
 * Prints an SBOM of what runs: the packages that a production install brings, and those that are in the bundles, which
 * `npm run build` has made. In CycloneDX format, from `npm sbom`. `npm run --silent sbom`
 */
import { execFileSync } from 'node:child_process';
import { stdout } from 'node:process';
import { readPackages } from './bundled-packages.mjs';

const DIST = new URL('../dist/', import.meta.url);

/** @typedef {{ 'bom-ref': string, name: string, version: string }} Component */
/** @typedef {{ components: Component[], dependencies: { ref: string, dependsOn?: string[] }[] }} Sbom */

/**
 * @param {...string} options
 * @returns {Sbom}
 */
function ask(...options) {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];
  const more = ['--package-lock-only', '--workspaces=false', ...options];
  const maxBuffer = 64 * 1024 * 1024;
  return JSON.parse(execFileSync('npm', [...args, ...more], { encoding: 'utf8', maxBuffer }));
}

const keyOf = (/** @type {{ name: string, version: string }} */ { name, version }) =>
  `${name}@${version}`;
const installed = ask('--omit=dev').components.map(keyOf);
const bundled = [...(await readPackages(DIST)), ...(await readPackages(new URL('pages/', DIST)))];
const wanted = new Set([...installed, ...bundled.map(keyOf)]);
const all = ask();
const components = all.components.filter((component) => wanted.has(keyOf(component)));
const refs = new Set(components.map((component) => component['bom-ref']));
const dependencies = all.dependencies
  .filter(({ ref }) => refs.has(ref) || !all.components.some((each) => each['bom-ref'] === ref))
  .map(({ ref, dependsOn = [] }) => ({
    ref,
    dependsOn: dependsOn.filter((each) => refs.has(each)),
  }));
stdout.write(`${JSON.stringify({ ...all, components, dependencies }, null, 2)}\n`);
