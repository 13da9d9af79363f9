// Following the feed across restarts and lost connections.
import type { ClientReadableStream } from '@grpc/grpc-js';

import { HallscribeError } from './errors.js';
import { SubscribeRequest, type SubscribeResponse } from './generated/hallscribe/v1/event.js';
import { replies } from './replies.js';
import { Backoff, pause } from './waiting.js';

/** Where a subscription begins. */
export type SubscribeStart = 'now' | 'beginning' | { token: Uint8Array } | { time: Date };

/** What to follow, and how stubbornly. */
export interface SubscribeOptions {
  /** Only this lecture; all when unset. */
  lectureId?: string;
  /** Where to begin; `now` when unset. */
  start?: SubscribeStart;
  /** Give up when the daemon has been away for this many seconds; never when unset. */
  retryForS?: number;
  /** Ends the subscription: the generator throws the signal's reason. */
  signal?: AbortSignal;
}

/** A record of the feed; `record.$case` tells which kind. Never `closing`: the client acts on that itself. */
export type FeedRecord = SubscribeResponse;

/** Heartbeats come every 10 s at the latest, so three missing ones mean that nobody is there. */
const SILENCE_S = 30;

/** Begins one Subscribe call. */
export type OpenSubscription = (request: SubscribeRequest) => ClientReadableStream<SubscribeResponse>;

/** See `HallscribeClient.subscribe`. */
export async function* follow(
  open: OpenSubscription,
  options: SubscribeOptions,
): AsyncGenerator<FeedRecord, void, undefined> {
  const backoff = new Backoff(options.retryForS ?? Infinity);
  let startFrom = startOf(options.start ?? 'now');
  for (;;) {
    let retryAfterS = 0;
    let failure: unknown = new HallscribeError('UNAVAILABLE', 'The daemon ended the subscription.');
    try {
      const call = open({ lectureId: options.lectureId ?? '', startFrom });
      for await (const record of replies(call, { limitS: SILENCE_S }, options.signal)) {
        backoff.reset();
        if (record.token.length > 0) startFrom = { $case: 'token', value: record.token };
        if (record.record?.$case !== 'closing') yield record;
        else retryAfterS = record.record.value.retryAfterS;
      }
    } catch (error) {
      if (!(error instanceof HallscribeError && error.temporary)) throw error;
      failure = error;
      retryAfterS = Math.max(retryAfterS, error.retryAfterS ?? 0);
    }
    const wait = backoff.next(retryAfterS);
    if (wait === undefined) throw failure;
    await pause(wait, options.signal);
  }
}

function startOf(start: SubscribeStart): SubscribeRequest['startFrom'] {
  if (start === 'now') return { $case: 'now', value: {} };
  if (start === 'beginning') return { $case: 'beginning', value: {} };
  if ('token' in start) return { $case: 'token', value: Buffer.from(start.token) };
  return { $case: 'time', value: start.time };
}
