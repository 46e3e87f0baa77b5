/** The tests of the packages as they would be published, with each version of React: `npm test`. */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install } from './install.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const TARGET = fileURLToPath(new URL('../../../target/', import.meta.url));

for (const react of ['react18', 'react19']) {
  const folder = join(TARGET, react);
  install(join(HERE, react), folder);
  cpSync(join(HERE, 'tests'), folder, { recursive: true });
  const node = (...args) => execFileSync(process.execPath, args, { cwd: folder, stdio: 'inherit' });
  try {
    console.log(`With ${react}:`);
    node('--expose-gc', '--test', ...readdirSync(folder).filter((name) => name.endsWith('.test.js')));
    node('node_modules/typescript/bin/tsc', '--noEmit');
  } catch {
    process.exit(1); // what failed has been said
  }
}
