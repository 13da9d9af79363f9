// The real daemon as a child process on a socket and a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { HallscribeClient, HallscribeError } from '../../src/index.js';

/** The daemon's command: HALLSCRIBED_BIN, or the one that `make setup` installs. */
export const command = resolve(process.env['HALLSCRIBED_BIN'] ?? '../../.venv/bin/hallscribed');

/** Why the real daemon cannot be tested, or false. */
export const absent =
  existsSync(command) || process.env['HALLSCRIBED_BIN'] !== undefined
    ? false
    : `no daemon at ${command}: run "make setup" or set HALLSCRIBED_BIN`;

const START_LIMIT_S = 90;

export class Daemon {
  private process: ChildProcess | undefined;
  /** What it has logged. */
  output = '';

  private constructor(readonly folder: string) {}

  static async create(): Promise<Daemon> {
    return new Daemon(await mkdtemp(join(tmpdir(), 'hallscribe-node-')));
  }

  get target(): string {
    return `unix://${join(this.folder, 'hallscribe.sock')}`;
  }

  /** Start it and wait until it answers. */
  async start(): Promise<void> {
    const args = ['run', '--data', join(this.folder, 'data'), '--listen', this.target];
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const collect = (text: Buffer) => (this.output += text.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    this.process = child;
    const client = new HallscribeClient(this.target, { deadlineS: 5 });
    try {
      for (const begin = Date.now(); Date.now() - begin < START_LIMIT_S * 1000; await sleep(100)) {
        if (child.exitCode !== null)
          throw new Error(`hallscribed exited with ${child.exitCode}:\n${this.output}`);
        if (await answers(client)) return;
      }
      throw new Error(`hallscribed does not answer after ${START_LIMIT_S} s:\n${this.output}`);
    } finally {
      client.close();
    }
  }

  /** Send a signal and wait for the end; the exit status, or null when the signal ended it. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null)
      return child?.exitCode ?? null;
    const exited = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    const [code] = await exited;
    return code;
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function answers(client: HallscribeClient): Promise<boolean> {
  try {
    await client.status();
    return true;
  } catch (error) {
    if (error instanceof HallscribeError && error.temporary) return false;
    throw error;
  }
}
