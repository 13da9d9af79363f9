// Waiting: for a change, and between attempts.
import { setTimeout as sleep } from 'node:timers/promises';

/** Wakes everybody who waits; they look again for themselves. */
export class Condition {
  private waiters: (() => void)[] = [];

  wait(): Promise<void> {
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  notify(): void {
    const woken = this.waiters;
    this.waiters = [];
    for (const wake of woken) wake();
  }
}

const FIRST_DELAY_S = 0.2;
const LONGEST_DELAY_S = 5;

/**
 * Delays between attempts: doubled from 0.2 s to 5 s, each cut by up to half at random, so that many clients of a
 * restarted daemon do not return at the same instant.
 */
export class Backoff {
  private attempts = 0;
  private failingSince: number | undefined;

  constructor(
    private readonly retryForS: number,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {}

  /** Forget earlier failures: the work went on. */
  reset(): void {
    this.attempts = 0;
    this.failingSince = undefined;
  }

  /** Seconds to wait, at least `atLeastS`; undefined when the work has not gone on for longer than allowed. */
  next(atLeastS = 0): number | undefined {
    this.failingSince ??= this.now();
    const delay = Math.min(LONGEST_DELAY_S, FIRST_DELAY_S * 2 ** this.attempts++) * (0.5 + Math.random() / 2);
    const wait = Math.max(delay, atLeastS * (1 + Math.random() / 4));
    return this.now() + wait - this.failingSince > this.retryForS ? undefined : wait;
  }
}

/** Sleep; an aborted signal throws its reason at once. */
export async function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(seconds * 1000, undefined, { signal });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}
