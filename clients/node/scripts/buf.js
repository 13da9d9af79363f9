// Runs buf, which comes as one npm package for each platform, with the given arguments. Not every registry carries
// the packages of all platforms, and a lock file that names one that is not there cannot be installed: so only
// Linux's are dependencies, and elsewhere a buf on the PATH is used.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

function buf() {
  const arch = { x64: 'x64', arm64: 'aarch64' }[process.arch];
  try {
    const home = createRequire(import.meta.url).resolve(`@bufbuild/buf-linux-${arch}/package.json`);
    return join(dirname(home), 'bin', 'buf');
  } catch {
    return 'buf';
  }
}

const { status, error } = spawnSync(buf(), process.argv.slice(2), { stdio: 'inherit' });
if (error) console.error(`buf cannot be run (${error.message}): run "npm ci", or put buf on the PATH.`);
process.exitCode = status ?? 1;
