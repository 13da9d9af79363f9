import { status } from '@grpc/grpc-js';
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Backoff } from '../src/waiting.js';
import { type FrameInput, HallscribeError, type PushProgress } from '../src/index.js';
import { SubscribeResponse } from '../src/generated/hallscribe/v1/event.js';
import { FakeDaemon, refusal } from './support/fake.js';

let fake: FakeDaemon;
beforeEach(async () => {
  fake = await FakeDaemon.start();
});
afterEach(() => fake.stop());

async function* frames(count: number, size = 10): AsyncGenerator<FrameInput> {
  for (let at = 0; at < count; at++) yield { mediaTimeS: at, image: new Uint8Array(size) };
}

async function pushAll(source: AsyncIterable<FrameInput>): Promise<PushProgress> {
  let last: PushProgress | undefined;
  for await (const progress of fake.client.pushFrames('l', source, { producerId: 'p' })) last = progress;
  assert(last);
  return last;
}

const lost = () => refusal(status.UNAVAILABLE, 'SHUTTING_DOWN', 'stopping', 0.01);

describe('pushing', { timeout: 20_000 }, () => {
  test('every frame gets an outcome and none is sent beyond the credit', async () => {
    const last = await pushAll(frames(25));
    assert.equal(last.durablePosition, 25);
    assert.deepEqual(last.counts, { kept: 13, reused: 12, skipped: 0, rejected: 0, failed: 0, dropped: 0 });
    assert(fake.overrun <= fake.credit, `${fake.overrun} frames ahead with a credit of ${fake.credit}`);
  });

  for (const recorded of [false, true]) {
    const fate = recorded ? 'recorded but not acknowledged' : 'not recorded';
    test(`a stream cut at a frame that was ${fate} is taken up without loss`, async () => {
      fake.cut = { position: 7, error: lost(), recorded };
      const last = await pushAll(frames(20));
      assert.equal(last.reconnects, 1);
      assert.equal(last.durablePosition, 20);
      assert.deepEqual(
        [...fake.outcomes.keys()],
        [...Array(20).keys()].map((at) => at + 1),
      );
      assert.equal(last.counts.kept + last.counts.reused, 20, 'each frame is counted once');
    });
  }

  test('a source that rests outlasts one restart after the other', async () => {
    async function* resting(): AsyncGenerator<FrameInput> {
      yield* frames(2);
      for (let cut = 1; cut <= 2; cut++) {
        await sleep(700);
        fake.interrupt(lost());
      }
      await sleep(700);
      yield { mediaTimeS: 9, image: new Uint8Array(10) };
    }
    let durable = 0;
    const pushing = fake.client.pushFrames('l', resting(), { producerId: 'p', retryForS: 0.5 });
    for await (const progress of pushing) durable = progress.durablePosition;
    assert.deepEqual([durable, fake.streams], [3, 3]);
  });

  test('a source that is a function learns where the lecture goes on', async () => {
    await pushAll(frames(3));
    const starts: number[] = [];
    const source = (start: { nextPosition: number; lastMediaTimeS: number }) => {
      starts.push(start.nextPosition, start.lastMediaTimeS);
      return frames(2);
    };
    for await (const { durablePosition } of fake.client.pushFrames('l', source, { producerId: 'p' })) {
      assert(durablePosition >= 3);
    }
    assert.deepEqual(starts, [4, 3]);
    assert.equal(fake.durable, 5);
  });

  test('a source that fails passes its error on, after what it brought is acknowledged', async () => {
    const broken = async function* () {
      yield* frames(5);
      throw new Error('camera unplugged');
    };
    await assert.rejects(pushAll(broken()), /camera unplugged/);
    assert.equal(fake.durable, 5);
  });

  test('a frame beyond the daemon’s limit is refused before it is sent', async () => {
    await assert.rejects(pushAll(frames(1, 1001)), /1001 bytes, the daemon takes 1000/);
    assert.equal(fake.durable, 0);
  });

  test('a refusal is not retried and carries its reason', async () => {
    const error = refusal(status.FAILED_PRECONDITION, 'STREAM_BUSY', 'another producer streams');
    fake.cut = { position: 1, error, recorded: false };
    await assert.rejects(pushAll(frames(1)), { code: 'FAILED_PRECONDITION', reason: 'STREAM_BUSY' });
    assert.equal(fake.streams, 1);
  });

  test('a lecture that was deleted and created again is not filled with the rest of the old one', async () => {
    fake.cut = { position: 4, error: lost(), recorded: false };
    const pushing = async () => {
      for await (const { durablePosition } of fake.client.pushFrames('l', frames(9), { producerId: 'p' })) {
        if (durablePosition === 3) fake.uid = 'B';
      }
    };
    await assert.rejects(pushing(), { reason: 'UNKNOWN_LECTURE' });
    assert.equal(fake.durable, 3);
  });

  test('an aborted signal ends a push whose source brings nothing more', async () => {
    const stop = new AbortController();
    const stuck = async function* () {
      yield* frames(2);
      await new Promise(() => {});
    };
    const pushing = async () => {
      const options = { producerId: 'p', signal: stop.signal };
      for await (const { durablePosition } of fake.client.pushFrames('l', stuck(), options)) {
        if (durablePosition === 2) stop.abort(new Error('enough'));
      }
    };
    await assert.rejects(pushing(), /enough/);
  });
});

function heartbeat(number: number): SubscribeResponse {
  return SubscribeResponse.fromPartial({
    token: Buffer.from([number]),
    record: { $case: 'heartbeat', value: {} },
  });
}

describe('subscribing', { timeout: 20_000 }, () => {
  test('goes on after the last token when the stream is closed or lost', async () => {
    fake.onSubscribe = (call, attempt) => {
      const from = call.request.startFrom;
      const after = from?.$case === 'token' ? from.value[0]! : 0;
      call.write(heartbeat(after + 1));
      call.write(heartbeat(after + 2));
      if (attempt === 1) {
        const record = { $case: 'closing' as const, value: { retryAfterS: 0.01 } };
        call.write(SubscribeResponse.fromPartial({ token: Buffer.from([after + 2]), record }));
        call.end();
      } else if (attempt === 2) call.emit('error', refusal(status.UNAVAILABLE, 'SHUTTING_DOWN', 'bye', 0.01));
      else if (attempt === 3)
        call.emit('error', refusal(status.RESOURCE_EXHAUSTED, 'SUBSCRIBER_SLOW', 'slow'));
    };
    const seen: number[] = [];
    for await (const record of fake.client.subscribe({ start: 'beginning' })) {
      assert.notEqual(record.record?.$case, 'closing');
      seen.push(record.token[0]!);
      if (seen.length === 8) break;
    }
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8]);
    const starts = fake.subscriptions.map(({ startFrom }) => startFrom?.$case);
    assert.deepEqual(starts, ['beginning', 'token', 'token', 'token']);
  });

  test('a history that is gone is the caller’s to act on', async () => {
    fake.onSubscribe = (call) => {
      call.emit('error', refusal(status.OUT_OF_RANGE, 'HISTORY_GONE', 'that feed is no more'));
    };
    const subscription = fake.client.subscribe({ start: { token: Buffer.from('old') } });
    await assert.rejects(subscription.next(), { code: 'OUT_OF_RANGE', reason: 'HISTORY_GONE' });
    assert.equal(fake.subscriptions.length, 1);
  });

  test('gives up when the daemon stays away for longer than allowed', async () => {
    fake.onSubscribe = (call) => call.emit('error', refusal(status.UNAVAILABLE, 'SHUTTING_DOWN', 'bye'));
    await assert.rejects(fake.client.subscribe({ retryForS: 0.3 }).next(), { reason: 'SHUTTING_DOWN' });
    assert(fake.subscriptions.length > 1);
  });
});

describe('errors', () => {
  test('carry reason, retry delay and fields from the status details', async () => {
    fake.onSubscribe = (call) =>
      call.emit('error', refusal(status.INVALID_ARGUMENT, 'INVALID_FIELD', 'k', 1.5));
    const subscription = fake.client.subscribe({ retryForS: 0 });
    await assert.rejects(subscription.next(), (error) => {
      assert(error instanceof HallscribeError);
      assert.equal(error.retryAfterS, 1.5);
      assert.deepEqual(error.fields, [{ field: 'k', description: 'too large' }]);
      assert.equal(error.message, 'k');
      return true;
    });
  });
});

test('delays between attempts grow, are spread, and end', () => {
  let now = 0;
  const backoff = new Backoff(60, () => now);
  const delays: number[] = [];
  for (let delay = backoff.next(); delay !== undefined; delay = backoff.next()) {
    delays.push(delay);
    now += delay;
  }
  assert(now <= 60 && now > 50);
  assert(delays[0]! >= 0.1 && delays[0]! <= 0.2);
  assert(delays.every((delay) => delay <= 5));
  assert(delays.at(-1)! >= 2.5);
  backoff.reset();
  assert(backoff.next(2)! >= 2, 'the daemon’s own wish is respected');
});
