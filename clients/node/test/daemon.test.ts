// The client against the real daemon, through a kill -9 and a restart.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import {
  ErrorReason,
  type FeedRecord,
  type FrameInput,
  FrameOutcome,
  HallscribeClient,
  LectureChange,
  LectureState,
} from '../src/index.js';
import { Daemon, absent } from './support/daemon.js';
import { slide } from './support/picture.js';

const LECTURE = 'node-lecture';
const SLIDES = 5;
const SECONDS_PER_SLIDE = 6;
const FRAMES = SLIDES * SECONDS_PER_SLIDE;

const CAPTIONS = `WEBVTT

00:00:01.000 --> 00:00:05.000
Welcome. Today we talk about photosynthesis in green plants.

00:00:13.000 --> 00:00:17.000
The second law of thermodynamics forbids a perpetual motion machine.
`;

async function* lecture(): AsyncGenerator<FrameInput> {
  for (let at = 0; at < FRAMES; at++) {
    yield { mediaTimeS: at, image: slide(Math.floor(at / SECONDS_PER_SLIDE)) };
  }
}

/** Collects a subscription's records until the lecture is finished. */
async function follow(client: HallscribeClient, records: FeedRecord[], token?: Uint8Array): Promise<void> {
  const start = token === undefined ? ('beginning' as const) : { token };
  const signal = AbortSignal.timeout(100_000);
  for await (const record of client.subscribe({ lectureId: LECTURE, start, signal })) {
    if (record.record?.$case === 'heartbeat') continue;
    records.push(record);
    const change = record.record?.$case === 'lectureChanged' ? record.record.value.change : undefined;
    if (change === LectureChange.FINISHED) return;
  }
}

/** The events that stand after these records. */
function standing(records: FeedRecord[]): Set<string> {
  const ids = new Set<string>();
  for (const { record } of records) {
    if (record?.$case === 'eventAdded' && record.value.event) ids.add(record.value.event.eventId);
    if (record?.$case === 'eventWithdrawn') ids.delete(record.value.eventId);
  }
  return ids;
}

describe('with the real daemon', { skip: absent, timeout: 240_000 }, () => {
  let daemon: Daemon;
  let client: HallscribeClient;
  const records: FeedRecord[] = [];
  let following: Promise<void>;

  before(async () => {
    daemon = await Daemon.create();
    await daemon.start();
    client = new HallscribeClient(daemon.target);
  });
  after(async () => {
    client?.close();
    await daemon?.remove();
  });

  test('a lecture is created', async () => {
    const created = await client.createLecture(LECTURE, 'Pushed from Node');
    assert.equal(created.state, LectureState.OPEN);
    assert.equal(created.title, 'Pushed from Node');
    following = follow(client, records);
    following.catch(() => {}); // awaited, and so reported, by a later test
    assert((await client.status()).openLectures >= 1);
  });

  test('a push outlives a kill -9 of the daemon: every frame has one durable outcome', async () => {
    let restarted = false;
    let last;
    for await (const progress of client.pushFrames(LECTURE, lecture(), { producerId: 'node-test' })) {
      assert(progress.durablePosition >= (last?.durablePosition ?? 0), 'what is durable stays durable');
      last = progress;
      if (restarted || progress.durablePosition < FRAMES / 3 || progress.durablePosition > FRAMES - 5)
        continue;
      restarted = true;
      await daemon.end('SIGKILL');
      await daemon.start();
      assert((await client.getLecture(LECTURE)).durablePosition >= progress.durablePosition);
    }
    assert(restarted, 'the daemon was killed in the middle');
    assert.equal(last?.durablePosition, FRAMES);
    assert(last.reconnects >= 1);
    const { kept, reused, skipped, rejected, failed, dropped } = last.counts;
    assert.equal(kept + reused, FRAMES, JSON.stringify(last.counts));
    assert.equal(skipped + rejected + failed + dropped, 0, JSON.stringify(last.counts));
    const state = await client.getLecture(LECTURE);
    assert.equal(state.frames, FRAMES);
    assert.equal(state.durablePosition, FRAMES);
  });

  test('a bad frame is refused in its acknowledgement and the stream goes on', async () => {
    const frames = [
      { mediaTimeS: FRAMES, image: Buffer.from('this is no picture') },
      { mediaTimeS: FRAMES + 1, image: slide(SLIDES - 1) },
    ];
    const acknowledgements = [];
    for await (const progress of client.pushFrames(LECTURE, frames, { producerId: 'node-test' })) {
      acknowledgements.push(...progress.acknowledgements);
    }
    assert.equal(acknowledgements.length, 2);
    assert.equal(acknowledgements[0]!.outcome, FrameOutcome.REJECTED);
    assert.equal(acknowledgements[0]!.reason, ErrorReason.NOT_AN_IMAGE);
    assert.notEqual(acknowledgements[1]!.outcome, FrameOutcome.REJECTED);
  });

  test('captions are searched by words', async () => {
    assert.equal((await client.putCaptions(LECTURE, CAPTIONS)).cues, 2);
    const { moments } = await client.search({ text: 'perpetual motion' }, { lectureIds: [LECTURE], k: 3 });
    const best = moments[0];
    assert(best, 'something is found');
    assert(best.startS <= 17 && best.endS >= 13, `${best.startS} to ${best.endS} s`);
    assert.match(best.snippet, /perpetual/i);
  });

  test('a slide finds the moment it was shown', async () => {
    const { moments } = await client.search({ image: slide(2) }, { lectureIds: [LECTURE], k: 1 });
    const [from, to] = [2 * SECONDS_PER_SLIDE, 3 * SECONDS_PER_SLIDE];
    const best = moments[0];
    assert(best, 'something is found');
    assert(best.startS < to && best.endS >= from, `${best.startS} to ${best.endS} s`);
  });

  test('the subscription brought every event across the restart, and a token resumes exactly', async () => {
    assert.equal((await client.finishLecture(LECTURE)).state, LectureState.FINISHED);
    await following;
    const listed = [];
    for await (const event of client.listEvents(LECTURE, 2)) listed.push(event);
    assert(listed.length >= SLIDES - 2, `${listed.length} events of ${SLIDES - 1} slide changes`);
    assert.deepEqual(
      listed.map(({ timeS }) => timeS),
      listed.map(({ timeS }) => timeS).sort((a, b) => a - b),
    );
    assert.deepEqual([...standing(records)].sort(), listed.map(({ eventId }) => eventId).sort());

    const middle = Math.floor(records.length / 2);
    const rest: FeedRecord[] = [];
    await follow(client, rest, records[middle]!.token);
    const tokens = (all: FeedRecord[]) => all.map(({ token }) => token.toString('hex'));
    assert.deepEqual(tokens(rest), tokens(records.slice(middle + 1)));
  });

  test('refusals carry their reason', async () => {
    await assert.rejects(client.createLecture(LECTURE), { code: 'ALREADY_EXISTS', reason: 'LECTURE_EXISTS' });
    await assert.rejects(client.createLecture('../../etc'), { reason: 'INVALID_LECTURE_ID' });
    await assert.rejects(client.getLecture('nobody'), { code: 'NOT_FOUND', reason: 'UNKNOWN_LECTURE' });
    await assert.rejects(client.search({ text: 'x' }, { k: 1_000_000_000 }), { reason: 'INVALID_FIELD' });
    const late = client.pushFrames(LECTURE, lecture(), { producerId: 'node-test' });
    await assert.rejects(late.next(), { code: 'FAILED_PRECONDITION', reason: 'LECTURE_FINISHED' });
    const stale = client.subscribe({ start: { token: Buffer.from('no token of this feed') } });
    await assert.rejects(stale.next(), (error: { reason: string }) =>
      ['HISTORY_GONE', 'INVALID_FIELD'].includes(error.reason),
    );
  });

  test('the lecture is deleted, and the daemon stops cleanly', async () => {
    await client.deleteLecture(LECTURE);
    await assert.rejects(client.getLecture(LECTURE), { reason: 'UNKNOWN_LECTURE' });
    assert.equal(await daemon.end('SIGTERM'), 0);
    assert.doesNotMatch(daemon.output, /Traceback/);
  });
});
