// Push a folder of slides as a lecture, follow what happens, and ask a question.
import { readFile, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import {
  EventKind,
  type FeedRecord,
  type FrameInput,
  HallscribeClient,
  HallscribeError,
  LectureChange,
  type SearchRoute,
} from '../src/index.js';

const HELP = `Push a folder of pictures as a lecture, follow its events, ask a question.

  npm run example -- FOLDER [--target T] [--lecture ID] [--seconds N] [--realtime] [--ask TEXT] [--keep-open]

  FOLDER        JPEG or PNG files, shown in order of their names
  --target T    unix:///path or host:port; HALLSCRIBE_TARGET when not given
  --lecture ID  [a-z0-9][a-z0-9_-]*; made from the folder's name when not given. Run it again with the same id to
                go on where it stopped.
  --seconds N   how long each picture is shown (8)
  --realtime    one frame a second, as a camera would; as fast as the daemon takes them when not given
  --ask TEXT    search the lecture when it is pushed
  --keep-open   do not finish the lecture at the end

Start a daemon to try it:
  ../../.venv/bin/hallscribed run --data /tmp/hallscribe --listen unix:///tmp/hallscribe.sock
  npm run example -- slides/ --target unix:///tmp/hallscribe.sock --ask "gradient descent"
`;

interface Settings {
  folder: string;
  lectureId: string;
  seconds: number;
  realtime: boolean;
  ask: string | undefined;
  keepOpen: boolean;
  target: string | undefined;
}

function settings(): Settings | undefined {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      target: { type: 'string' },
      lecture: { type: 'string' },
      seconds: { type: 'string', default: '8' },
      realtime: { type: 'boolean', default: false },
      ask: { type: 'string' },
      'keep-open': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [folder] = positionals;
  const seconds = Number(values.seconds);
  if (values.help || folder === undefined || !(seconds > 0)) return undefined;
  const fallback = basename(resolve(folder))
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 63);
  return {
    folder,
    lectureId: values.lecture ?? (fallback || 'lecture'),
    seconds,
    realtime: values.realtime ?? false,
    ask: values.ask,
    keepOpen: values['keep-open'] ?? false,
    target: values.target,
  };
}

/** One frame a second of media time, from where the lecture already stands. */
async function* slideshow(files: string[], from: number, options: Settings): AsyncGenerator<FrameInput> {
  for (let second = 0; second < files.length * options.seconds; second++) {
    if (second <= from) continue;
    const image = await readFile(files[Math.floor(second / options.seconds)]!);
    yield { mediaTimeS: second, image };
    if (options.realtime) await sleep(1000);
  }
}

async function pushFolder(client: HallscribeClient, files: string[], options: Settings): Promise<void> {
  const source = ({ nextPosition, lastMediaTimeS }: { nextPosition: number; lastMediaTimeS: number }) => {
    if (nextPosition > 1) console.log(`Going on after ${clock(lastMediaTimeS)}: that much is there already.`);
    return slideshow(files, nextPosition > 1 ? lastMediaTimeS : -1, options);
  };
  let counts = 'nothing new';
  for await (const progress of client.pushFrames(options.lectureId, source, { producerId: 'node-example' })) {
    for (const { position, outcome, reason, detail } of progress.acknowledgements) {
      if (reason.endsWith('UNSPECIFIED') || reason.endsWith('SAMPLED_OUT')) continue;
      console.log(`  frame ${position}: ${outcome} (${reason}) ${detail}`);
    }
    const { kept, reused, skipped, rejected } = progress.counts;
    counts = `${kept} kept, ${reused} unchanged, ${skipped} sampled out, ${rejected} refused`;
  }
  console.log(`Pushed ${options.lectureId}: ${counts}. All of it is durable.`);
}

async function printEvents(client: HallscribeClient, lectureId: string, signal: AbortSignal): Promise<void> {
  let last: string | undefined;
  try {
    for await (const record of client.subscribe({ lectureId, start: 'beginning', signal })) {
      const line = describe(record);
      if (line && line !== last) console.log(line);
      last = line ?? last;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

const KINDS: Partial<Record<EventKind, string>> = {
  [EventKind.SLIDE_CHANGE]: 'another slide',
  [EventKind.BUILD]: 'something was added',
  [EventKind.SCENE_CHANGE]: 'another scene',
  [EventKind.REVISIT]: 'an earlier slide again',
  [EventKind.BLANK]: 'nothing is shown',
};

function describe({ record }: FeedRecord): string | undefined {
  switch (record?.$case) {
    case 'eventAdded':
    case 'eventChanged': {
      const event = record.value.event;
      if (event === undefined) return undefined;
      const refined = record.$case === 'eventChanged' ? ' (refined)' : '';
      const title = event.title ? `: ${event.title}` : '';
      return `  ${clock(event.timeS)}  ${KINDS[event.kind] ?? event.kind}${refined}${title}`;
    }
    case 'eventWithdrawn':
      return `          withdrawn: ${record.value.detail || record.value.eventId}`;
    case 'segmentChanged': {
      const segment = record.value.segment;
      return segment?.title ? `  ${clock(segment.startS)}  reads "${segment.title}"` : undefined;
    }
    case 'lectureChanged':
      return record.value.change === LectureChange.FINISHED ? '  the lecture is finished' : undefined;
    case 'system':
      return `  the daemon reports ${record.value.reason}: ${record.value.detail}`;
    default:
      return undefined;
  }
}

function routeName(route: SearchRoute): string {
  return route.replace(/^.*_/, '').toLowerCase();
}

async function ask(client: HallscribeClient, lectureId: string, text: string): Promise<void> {
  const { moments, warnings, routes } = await client.search({ text }, { lectureIds: [lectureId], k: 3 });
  console.log(`\n"${text}"`);
  for (const warning of warnings) console.log(`  note: ${warning}`);
  for (const { route, available, detail } of routes)
    if (!available) console.log(`  ${routeName(route)}: ${detail}`);
  if (moments.length === 0) console.log('  found nothing');
  for (const { startS, endS, title, snippet, hits } of moments) {
    const how = [...new Set(hits.map(({ route, method }) => `${routeName(route)}/${method}`))];
    console.log(
      `  ${clock(startS)}-${clock(endS)}  ${title || '(no title)'}  [${how.join(', ')}]  ${snippet}`,
    );
  }
}

/** Reading goes on after the push; wait a little for it, so that titles show and the question finds them. */
async function waitForReading(client: HallscribeClient, lectureId: string): Promise<void> {
  for (let tries = 0; tries < 240; tries++) {
    if ((await client.getLecture(lectureId)).pendingJobs === 0) return;
    await sleep(500);
  }
  console.log('  reading is still under way; going on without the rest');
}

function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

async function main(): Promise<number> {
  const options = settings();
  if (options === undefined) {
    console.log(HELP);
    return 2;
  }
  const found = await readdir(options.folder).catch(() => undefined);
  if (found === undefined) {
    console.error(`${options.folder} is not a folder that can be read; nothing was sent.`);
    return 2;
  }
  const names = found.filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
  if (names.length === 0) {
    console.error(`${options.folder} holds no .jpg, .jpeg or .png file.`);
    return 2;
  }
  const client = new HallscribeClient(options.target);
  const stop = new AbortController();
  try {
    await client.createLecture(options.lectureId).catch((error: unknown) => {
      if (!(error instanceof HallscribeError && error.reason === 'LECTURE_EXISTS')) throw error;
    });
    const printing = printEvents(client, options.lectureId, stop.signal);
    const files = names.map((name) => join(options.folder, name));
    await Promise.race([pushFolder(client, files, options), printing]);
    if (!options.keepOpen) await client.finishLecture(options.lectureId);
    await waitForReading(client, options.lectureId);
    await sleep(500); // the last records are on their way
    stop.abort();
    await printing;
    if (options.ask) await ask(client, options.lectureId, options.ask);
    return 0;
  } catch (error) {
    if (!(error instanceof HallscribeError)) throw error;
    console.error(`${error.reason || error.code}: ${error.message}`);
    return error.temporary ? 75 : 1;
  } finally {
    stop.abort();
    client.close();
  }
}

process.exitCode = await main();
