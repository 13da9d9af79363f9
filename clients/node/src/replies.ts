// Reading a streaming call to its end.
import type { ClientDuplexStream, ClientReadableStream } from '@grpc/grpc-js';

import { HallscribeError, decodeError } from './errors.js';

/** How long silence is borne, and whether anything is due at all. */
export interface Silence {
  limitS: number;
  due?: () => boolean;
}

/**
 * Yields a call's replies; leaving the loop, or an aborted signal, cancels the call.
 *
 * Throws {@link HallscribeError}: UNAVAILABLE too when replies are due and none comes for `silence.limitS`, so that
 * a connection whose other end is gone without a word is given up.
 */
export async function* replies<T>(
  call: ClientReadableStream<T> | ClientDuplexStream<never, T>,
  silence: Silence,
  signal?: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  let silent = false;
  const cancel = () => call.cancel();
  const giveUp = () => {
    if (silence.due?.() === false) return arm();
    silent = true;
    call.cancel();
  };
  let timer: NodeJS.Timeout;
  const arm = () => {
    timer = setTimeout(giveUp, silence.limitS * 1000);
  };
  // A cancelled call still emits its CANCELLED as an error when nobody iterates any more; unheard, that would end
  // the process. Errors that matter are thrown by the iteration.
  call.on('error', () => {});
  signal?.addEventListener('abort', cancel, { once: true });
  arm();
  try {
    signal?.throwIfAborted();
    for await (const reply of call as AsyncIterable<T>) {
      clearTimeout(timer!);
      yield reply;
      arm();
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!silent) throw decodeError(error);
    throw new HallscribeError('UNAVAILABLE', `The daemon has said nothing for ${silence.limitS} s.`);
  } finally {
    clearTimeout(timer!);
    signal?.removeEventListener('abort', cancel);
    call.cancel();
  }
}
