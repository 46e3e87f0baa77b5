/**
 * Installs the packages as they would be published: `node install.js FROM TO` copies the files of the folder FROM, installs what its
 * lock file names, and then the tarballs of `@millrace/client` and `@millrace/react`. Ends with 3 where npm or its registry isn't there.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGES = ['../../../../client-js', '../../..'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));
const TIMEOUT_MS = 120_000;
const NOT_THERE = 3;

const npm = (folder, ...args) => execFileSync('npm', [...args, '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder, encoding: 'utf8', stdio: 'pipe', timeout: TIMEOUT_MS });

/** What the lock file names is installed once, the tarballs each time. */
export function install(from, to) {
  const lock = readFileSync(join(from, 'package-lock.json'), 'utf8');
  const installed = join(to, 'node_modules/.installed');
  mkdirSync(to, { recursive: true });
  readdirSync(to).forEach((name) => name === 'node_modules' || rmSync(join(to, name), { recursive: true }));
  cpSync(from, to, { recursive: true, filter: (path) => !path.endsWith('/node_modules') });
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lock) {
    orNotThere(() => npm(to, 'ci'));
    writeFileSync(installed, lock);
  }
  const tarballs = PACKAGES.map((folder) => join(to, npm(folder, 'pack', '--pack-destination', to).trim().split('\n').at(-1)));
  npm(to, 'install', '--no-save', '--offline', ...tarballs);
}

function orNotThere(step) {
  try {
    step();
  } catch (e) {
    if (/EUSAGE/.test(e.stderr)) {
      throw e; // the lock file isn't the package's
    }
    console.log(`not tested, since npm can't install what is needed: ${e.stderr || e.message}`);
    process.exit(NOT_THERE);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [from, to] = process.argv.slice(2);
  install(from, resolve(to));
}
