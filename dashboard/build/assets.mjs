// Builds the page into the server's project: `npm run build`, and the server's own build with `--if-stale`.
// Plain Node without packages, because it also installs them.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dashboard = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(dashboard, '../src/Holdfast.AspNetCore/Dashboard/assets');
const work = join(dashboard, 'node_modules/.assets');
const lock = join(dashboard, '.build-lock');

/** Written last into the assets: its time says when they were whole. */
const stamp = join(target, 'complete');

const lockPatienceMs = 5 * 60_000;
const onlyIfStale = process.argv.includes('--if-stale');
const oldestNode = [20, 19];

if (isTooOld(process.versions.node)) {
  console.log(`Node ${oldestNode.join('.')} or newer is needed for the dashboard, this is ${process.versions.node}: it is left out.`);
  // Like no Node at all: the server is built without its page. Asked for by name, it is a failure.
  process.exit(onlyIfStale ? 0 : 1);
}

withLock(() => {
  // Another build may have done it while this one waited.
  if (onlyIfStale && isCurrent()) return;
  if (!packagesAreCurrent()) run('npm', ['ci', '--no-audit', '--no-fund']);
  run(process.execPath, [join(dashboard, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { HOLDFAST_ASSETS: work });
  const report = compressAll(work);
  publish();
  console.log(report);
});

function isTooOld(version) {
  const [major, minor] = version.split('.').map(Number);
  return major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
}

/** Projects and configurations are built side by side; a directory is made by exactly one of them. */
function withLock(action) {
  const giveUpAt = Date.now() + lockPatienceMs;
  while (!tryLock()) {
    if (Date.now() > giveUpAt) throw new Error(`Another build of the dashboard does not end. If there is none, remove ${lock}.`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    action();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function tryLock() {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, 'pid'), String(process.pid));
    return true;
  } catch (fault) {
    if (fault.code !== 'EEXIST') throw fault;
    if (holderIsGone()) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

function holderIsGone() {
  try {
    process.kill(Number(readFileSync(join(lock, 'pid'), 'utf8')), 0);
    return false;
  } catch (fault) {
    return fault.code === 'ESRCH'; // ENOENT: the holder has made the directory and not yet written its number
  }
}

function isCurrent() {
  return existsSync(stamp) && sources().every((file) => statSync(file).mtimeMs <= statSync(stamp).mtimeMs);
}

function sources() {
  const files = ['index.html', 'package.json', 'package-lock.json', 'tsconfig.json', 'vite.config.ts', 'build/assets.mjs'];
  return [...files.map((file) => join(dashboard, file)), ...filesUnder(join(dashboard, 'src'))];
}

/** npm writes its own copy of the lock file when it has installed everything. */
function packagesAreCurrent() {
  const installed = join(dashboard, 'node_modules/.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(dashboard, 'package-lock.json')).mtimeMs;
}

function run(command, parameters, environment = {}) {
  execFileSync(command, parameters, { cwd: dashboard, stdio: ['ignore', 2, 2], env: { ...process.env, ...environment }, shell: process.platform === 'win32' });
}

/** Compressed once here with the greatest effort, instead of at every request with a small one. */
function compressAll(directory) {
  let transfer = 0;
  for (const file of filesUnder(directory)) {
    const bytes = readFileSync(file);
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
    transfer += brotli.length;
    // The shell is completed and compressed by the server.
    if (relative(directory, file) === 'index.html') continue;
    writeFileSync(`${file}.br`, brotli);
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  }
  return `dashboard: ${(transfer / 1000).toFixed(1)} kB with brotli`;
}

function publish() {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(dirname(target), { recursive: true });
  renameSync(work, target);
  writeFileSync(stamp, '');
}

function filesUnder(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
