// The frames between their source and their durable outcome.
import { HallscribeError } from './errors.js';
import {
  type Frame,
  type FrameAcknowledgement,
  FrameOutcome,
  type FrameStreamOpened,
  ImageFormat,
} from './generated/hallscribe/v1/ingest.js';
import { Condition } from './waiting.js';

/** A frame to push. */
export interface FrameInput {
  /** Seconds since the lecture's start; never smaller than the frame's before. */
  mediaTimeS: number;
  /** JPEG or PNG; raw RGB rows when `format` says so, with `width` and `height`. */
  image: Uint8Array;
  /** Told by the first bytes when unset. */
  format?: ImageFormat;
  /** Pixels; raw frames only. */
  width?: number;
  /** Pixels; raw frames only. */
  height?: number;
  /** Wall-clock evidence of the capture. */
  captureTime?: Date;
}

/** Frames in order of time, or a function that makes them once it is known where the lecture goes on. */
export type FrameSource =
  | AsyncIterable<FrameInput>
  | Iterable<FrameInput>
  | ((start: FrameStreamOpened) => AsyncIterable<FrameInput> | Iterable<FrameInput>);

/** Frames by outcome. */
export interface FrameCounts {
  kept: number;
  reused: number;
  skipped: number;
  rejected: number;
  failed: number;
  dropped: number;
}

const COUNTED: Partial<Record<FrameOutcome, keyof FrameCounts>> = {
  [FrameOutcome.KEPT]: 'kept',
  [FrameOutcome.REUSED]: 'reused',
  [FrameOutcome.SKIPPED]: 'skipped',
  [FrameOutcome.REJECTED]: 'rejected',
  [FrameOutcome.FAILED]: 'failed',
  [FrameOutcome.DROPPED]: 'dropped',
};

/**
 * Numbers frames as they leave their source and holds each until its outcome is durable, so that a stream cut off at
 * any point can be taken up again without loss. One window outlives many streams.
 */
export class FrameWindow {
  /** Notified when a frame arrived, the source ended, or an acknowledgement came. */
  readonly changed = new Condition();
  readonly counts: FrameCounts = { kept: 0, reused: 0, skipped: 0, rejected: 0, failed: 0, dropped: 0 };
  /** The position that the next frame from the source gets; 0 before the first stream opened. */
  next = 0;
  durable = 0;
  /** True when the source has no more frames. */
  ended = false;
  /** Why the source ended early. */
  failure: { error: unknown } | undefined;

  private readonly held = new Map<number, Frame>();
  private iterator: AsyncIterator<FrameInput> | Iterator<FrameInput> | undefined;
  private pulling = false;
  private uid = '';
  private maxImageBytes = 0;

  constructor(
    private readonly source: FrameSource,
    private readonly lectureId: string,
  ) {}

  /** Take up a stream's first reply. Throws when the lecture there is not the one that was left. */
  open(opened: FrameStreamOpened): void {
    this.maxImageBytes = opened.maxImageBytes;
    if (this.iterator === undefined) {
      const frames = typeof this.source === 'function' ? this.source(opened) : this.source;
      this.iterator =
        Symbol.asyncIterator in frames ? frames[Symbol.asyncIterator]() : frames[Symbol.iterator]();
      this.next = opened.nextPosition;
      this.uid = opened.lectureUid;
      return;
    }
    const left = `${this.held.size} frames are not acknowledged; look at the lecture before pushing again.`;
    if (opened.lectureUid !== this.uid) {
      const text = `Lecture ${this.lectureId} was deleted and created again during the push. ${left}`;
      throw new HallscribeError('ABORTED', text, { reason: 'UNKNOWN_LECTURE' });
    }
    if (opened.nextPosition > this.next) {
      const text = `Another client has pushed to lecture ${this.lectureId} as this producer. ${left}`;
      throw new HallscribeError('ABORTED', text, { reason: 'STREAM_TAKEN_OVER' });
    }
    if (opened.nextPosition < this.oldest) {
      const text =
        `The daemon asks for frame ${opened.nextPosition} of lecture ${this.lectureId} again, though it had ` +
        `acknowledged up to ${this.oldest - 1}: its data seems to come from an older copy. ${left}`;
      throw new HallscribeError('DATA_LOSS', text, { reason: 'POSITION_GAP' });
    }
  }

  /** The first position whose outcome is not known to be durable. */
  get oldest(): number {
    for (const position of this.held.keys()) return position;
    return this.next;
  }

  /** True when every frame that came from the source has a durable outcome. */
  get settled(): boolean {
    return this.ended && this.durable >= this.next - 1;
  }

  /** True when frames wait for their outcome. */
  get waiting(): boolean {
    return this.held.size > 0;
  }

  /** The frame at a position; undefined when it was acknowledged or has not come yet. */
  frame(position: number): Frame | undefined {
    return this.held.get(position);
  }

  /** Ask the source for its next frame unless that is under way; `changed` tells when it is there. */
  pull(): void {
    if (this.pulling || this.ended || this.iterator === undefined) return;
    this.pulling = true;
    void this.take(this.iterator);
  }

  private async take(iterator: AsyncIterator<FrameInput> | Iterator<FrameInput>): Promise<void> {
    try {
      const result = await iterator.next();
      if (result.done) this.ended = true;
      else this.hold(result.value);
    } catch (error) {
      this.ended = true;
      this.failure = { error };
    } finally {
      this.pulling = false;
      this.changed.notify();
    }
  }

  private hold(input: FrameInput): void {
    if (input.image.length > this.maxImageBytes) {
      const text =
        `The frame at ${input.mediaTimeS} s has ${input.image.length} bytes, the daemon takes ` +
        `${this.maxImageBytes}. The frames before it are kept. Scale it down or compress it more.`;
      throw new HallscribeError('INVALID_ARGUMENT', text, { reason: 'INVALID_FIELD' });
    }
    const position = this.next++;
    this.held.set(position, {
      position,
      mediaTimeS: input.mediaTimeS,
      image: Buffer.from(input.image.buffer, input.image.byteOffset, input.image.byteLength),
      format: input.format ?? ImageFormat.UNSPECIFIED,
      width: input.width ?? 0,
      height: input.height ?? 0,
      captureTime: input.captureTime,
    });
  }

  /** Let go of frames with a durable outcome and count each once, however often it was acknowledged. */
  acknowledge(durablePosition: number, acknowledgements: readonly FrameAcknowledgement[]): void {
    this.durable = Math.max(this.durable, durablePosition);
    for (const { position, count, outcome } of acknowledgements) {
      const counted = COUNTED[outcome];
      for (let at = Math.max(position, this.oldest); at < Math.min(position + count, this.next); at++) {
        if (this.held.delete(at) && counted !== undefined) this.counts[counted]++;
      }
    }
  }

  /** Let the source go. */
  async close(): Promise<void> {
    const closing = this.iterator?.return?.();
    // A source that still waits for its next frame answers only then, if ever: it is not waited for.
    if (!this.pulling) await closing;
    else if (closing instanceof Promise) closing.catch(() => {});
  }
}
