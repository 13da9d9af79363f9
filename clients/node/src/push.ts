// Pushing frames: one window, as many streams as it takes.
import type { ClientDuplexStream } from '@grpc/grpc-js';

import { HallscribeError } from './errors.js';
import type {
  Frame,
  FrameAcknowledgement,
  StreamFramesRequest,
  StreamFramesResponse,
} from './generated/hallscribe/v1/ingest.js';
import { replies } from './replies.js';
import { Backoff, pause } from './waiting.js';
import { type FrameCounts, type FrameSource, FrameWindow } from './window.js';

/** How to push. */
export interface PushOptions {
  /**
   * Names this producer, 1-100 characters. The same name takes over its own half-dead stream; another one is refused
   * with STREAM_BUSY while this one streams. Choose one for each camera or program and keep it.
   */
  producerId: string;
  /** The track; `main` when unset. */
  track?: string;
  /** Give up when no frame became durable for this many seconds of trouble; 60 when unset. */
  retryForS?: number;
  /** Ends the push: the generator throws the signal's reason. What was acknowledged stays. */
  signal?: AbortSignal;
}

/** Where a push stands. */
export interface PushProgress {
  /** The last position that the daemon has taken in. */
  receivedPosition: number;
  /** Every frame at or below it has an outcome that survives a power cut; 0 means none. */
  durablePosition: number;
  /** Outcomes that came with this reply. */
  acknowledgements: FrameAcknowledgement[];
  /** Frames of this push by outcome, each counted once. */
  counts: FrameCounts;
  /** How often the stream was taken up again. */
  reconnects: number;
}

/** Begins one StreamFrames call. */
export type OpenFrameStream = () => ClientDuplexStream<StreamFramesRequest, StreamFramesResponse>;

/** Encoding one frame, with a committed write, takes well under a second; a worker is replaced within some. */
const SILENCE_S = 60;

/** See `HallscribeClient.pushFrames`. */
export async function* push(
  open: OpenFrameStream,
  lectureId: string,
  frames: FrameSource,
  options: PushOptions,
): AsyncGenerator<PushProgress, void, undefined> {
  const window = new FrameWindow(frames, lectureId);
  const backoff = new Backoff(options.retryForS ?? 60);
  const payload: StreamFramesRequest['payload'] = {
    $case: 'open',
    value: { lectureId, producerId: options.producerId, track: options.track ?? '' },
  };
  try {
    for (let reconnects = 0; ; reconnects++) {
      let failure: unknown = new HallscribeError('UNAVAILABLE', 'The daemon ended the stream early.');
      const durableBefore = window.durable;
      try {
        for await (const reply of stream(open(), { payload }, window, options.signal)) {
          // A source that rests brings nothing durable; that the daemon answers is progress then.
          if (window.durable > durableBefore || !window.waiting) backoff.reset();
          yield progress(reply, window, reconnects);
        }
        if (window.failure) throw window.failure.error;
        if (window.settled) return;
      } catch (error) {
        if (error === window.failure?.error) throw error;
        if (!(error instanceof HallscribeError && error.temporary)) throw error;
        failure = error;
      }
      const wait = backoff.next(failure instanceof HallscribeError ? failure.retryAfterS : 0);
      if (wait === undefined) throw failure;
      await pause(wait, options.signal);
    }
  } finally {
    await window.close();
  }
}

/** What the daemon has said on one stream. */
interface Link {
  received: number;
  credit: number;
  closed: boolean;
}

async function* stream(
  call: ClientDuplexStream<StreamFramesRequest, StreamFramesResponse>,
  first: StreamFramesRequest,
  window: FrameWindow,
  signal: AbortSignal | undefined,
): AsyncGenerator<StreamFramesResponse, void, undefined> {
  const link: Link = { received: 0, credit: 0, closed: false };
  let sending: Promise<void> | undefined;
  const silence = { limitS: SILENCE_S, due: () => sending === undefined || window.waiting || window.ended };
  call.on('drain', () => window.changed.notify());
  call.write(first);
  try {
    for await (const reply of replies(call, silence, signal)) {
      link.received = reply.receivedPosition;
      link.credit = reply.credit;
      if (reply.opened) window.open(reply.opened);
      window.acknowledge(reply.durablePosition, reply.acknowledgements);
      sending ??= send(call, window, link);
      window.changed.notify();
      yield reply;
    }
  } finally {
    link.closed = true;
    window.changed.notify();
    await sending;
  }
}

/**
 * Sends what is not acknowledged and then what the source brings, as far as the daemon's credit and the transport's
 * buffer reach, until the source or the link ends. Frames that the daemon already has are sent again as well: it
 * answers them with their first outcome, which a lost connection may have swallowed.
 */
async function send(
  call: ClientDuplexStream<StreamFramesRequest, StreamFramesResponse>,
  window: FrameWindow,
  link: Link,
): Promise<void> {
  let position = window.oldest;
  while (!link.closed) {
    const frame: Frame | undefined = window.frame(position);
    if (frame === undefined && position < window.next) {
      position++;
      continue;
    }
    if (frame !== undefined && position <= link.received + link.credit && !call.writableNeedDrain) {
      call.write({ payload: { $case: 'frame', value: frame } });
      position++;
      continue;
    }
    if (frame === undefined && window.ended) {
      call.end();
      return;
    }
    if (frame === undefined) window.pull();
    await window.changed.wait();
  }
}

function progress(reply: StreamFramesResponse, window: FrameWindow, reconnects: number): PushProgress {
  return {
    receivedPosition: reply.receivedPosition,
    durablePosition: window.durable,
    acknowledgements: reply.acknowledgements,
    counts: { ...window.counts },
    reconnects,
  };
}
