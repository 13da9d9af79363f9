// The client: one channel, every call.
import {
  type CallOptions,
  type ClientUnaryCall,
  Metadata,
  type ServiceError,
  credentials,
} from '@grpc/grpc-js';

import { channelOptions } from './channel.js';
import { decodeError } from './errors.js';
import { EventServiceClient, type Event } from './generated/hallscribe/v1/event.js';
import {
  CaptionsFormat,
  IngestServiceClient,
  type PutCaptionsResponse,
} from './generated/hallscribe/v1/ingest.js';
import { type Lecture, LectureServiceClient } from './generated/hallscribe/v1/lecture.js';
import { type GetNotesResponse, NotesServiceClient } from './generated/hallscribe/v1/notes.js';
import {
  type SearchRequest,
  type SearchResponse,
  type SearchRoute,
  SearchServiceClient,
} from './generated/hallscribe/v1/search.js';
import { type GetStatusResponse, SystemServiceClient } from './generated/hallscribe/v1/system.js';
import { type PushOptions, type PushProgress, push } from './push.js';
import { type FeedRecord, type SubscribeOptions, follow } from './subscribe.js';
import type { FrameSource } from './window.js';

/** Where the installed service listens. */
export const DEFAULT_TARGET = 'unix:///run/hallscribe/hallscribe.sock';

/** Settings of a client. */
export interface ClientOptions {
  /** Seconds after which a single call (not a stream) fails with DEADLINE_EXCEEDED; 20 when unset. */
  deadlineS?: number;
}

/** What to look for; exactly one. */
export type Query =
  /** Words. */
  | { text: string }
  /** A picture, JPEG or PNG. */
  | { image: Uint8Array }
  /** A recorded frame: the one shown at this media time. */
  | { frame: { lectureId: string; timeS: number } };

/** How to search. */
export interface SearchOptions {
  /** Only these lectures; all when unset. */
  lectureIds?: string[];
  /** How many moments, 1 to 1000; 10 when unset. */
  k?: number;
  /** Only these routes; all that can answer when unset. */
  routes?: SearchRoute[];
  /** Seconds; what was found by then comes back with `partial` set. The client's deadline when unset. */
  deadlineS?: number;
}

type Unary<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

/**
 * A client of one daemon. Calls throw `HallscribeError`. Streams outlive the daemon's restarts; reading calls are
 * retried while it is away for a moment, writing ones are not, so that no call is made twice unseen.
 */
export class HallscribeClient {
  private readonly lectures: LectureServiceClient;
  private readonly ingest: IngestServiceClient;
  private readonly events: EventServiceClient;
  private readonly searching: SearchServiceClient;
  private readonly noting: NotesServiceClient;
  private readonly system: SystemServiceClient;
  private readonly deadlineS: number;

  /**
   * @param target `unix:///path` or `host:port`; the environment's HALLSCRIBE_TARGET when unset, and the installed
   *   service's socket when that is unset too. Nothing is connected before the first call.
   */
  constructor(
    target: string = process.env['HALLSCRIBE_TARGET'] || DEFAULT_TARGET,
    options: ClientOptions = {},
  ) {
    const plain = credentials.createInsecure();
    this.lectures = new LectureServiceClient(target, plain, channelOptions);
    const shared = { ...channelOptions, channelOverride: this.lectures.getChannel() };
    this.ingest = new IngestServiceClient(target, plain, shared);
    this.events = new EventServiceClient(target, plain, shared);
    this.searching = new SearchServiceClient(target, plain, shared);
    this.noting = new NotesServiceClient(target, plain, shared);
    this.system = new SystemServiceClient(target, plain, shared);
    this.deadlineS = options.deadlineS ?? 20;
  }

  /** Close the connection; streams under way end with an error. */
  close(): void {
    this.lectures.close();
  }

  /** Create an open lecture. LECTURE_EXISTS, INVALID_LECTURE_ID. */
  async createLecture(lectureId: string, title = ''): Promise<Lecture> {
    const call = this.lectures.createLecture.bind(this.lectures);
    return present((await this.unary(call, { lectureId, title })).lecture);
  }

  /** Read a lecture. UNKNOWN_LECTURE. */
  async getLecture(lectureId: string): Promise<Lecture> {
    return present((await this.unary(this.lectures.getLecture.bind(this.lectures), { lectureId })).lecture);
  }

  /** All lectures, oldest first; pages are fetched as the loop goes. */
  async *listLectures(pageSize = 0): AsyncGenerator<Lecture, void, undefined> {
    let pageToken = '';
    do {
      const call = this.lectures.listLectures.bind(this.lectures);
      const page = await this.unary(call, { pageSize, pageToken });
      yield* page.lectures;
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }

  /** End a lecture: it takes no more frames. A second time is no error. UNKNOWN_LECTURE. */
  async finishLecture(lectureId: string): Promise<Lecture> {
    return present(
      (await this.unary(this.lectures.finishLecture.bind(this.lectures), { lectureId })).lecture,
    );
  }

  /** Remove a lecture with all its data. UNKNOWN_LECTURE. */
  async deleteLecture(lectureId: string): Promise<void> {
    await this.unary(this.lectures.deleteLecture.bind(this.lectures), { lectureId });
  }

  /**
   * Push frames into an open lecture and yield where that stands, until every frame has a durable outcome.
   *
   * Frames are taken from their source only as the daemon has room for them. A lost connection or a restarted daemon
   * is borne: the stream is opened again and what was not acknowledged is sent again. Progress must be consumed for
   * the push to go on. Leaving the loop ends the push; what was acknowledged stays.
   *
   * Give a function as `frames` to learn first where the lecture goes on (`lastMediaTimeS`, `nextPosition`), such as
   * after a restart of this program. Throws STREAM_BUSY, LECTURE_FINISHED, UNKNOWN_LECTURE and others; a bad frame is
   * no error but an acknowledgement with the outcome REJECTED.
   */
  pushFrames(
    lectureId: string,
    frames: FrameSource,
    options: PushOptions,
  ): AsyncGenerator<PushProgress, void, undefined> {
    return push(() => this.ingest.streamFrames(), lectureId, frames, options);
  }

  /** Give a lecture its captions, WebVTT or SubRip, in place of earlier ones. INVALID_CAPTIONS changes nothing. */
  putCaptions(lectureId: string, captions: Uint8Array | string): Promise<PutCaptionsResponse> {
    const bytes = typeof captions === 'string' ? Buffer.from(captions) : Buffer.from(captions);
    const request = { lectureId, captions: bytes, format: CaptionsFormat.UNSPECIFIED };
    return this.unary(this.ingest.putCaptions.bind(this.ingest), request);
  }

  /** A lecture's events as they stand, in order of time; pages are fetched as the loop goes. UNKNOWN_LECTURE. */
  async *listEvents(lectureId: string, pageSize = 0): AsyncGenerator<Event, void, undefined> {
    let pageToken = '';
    do {
      const call = this.events.listEvents.bind(this.events);
      const page = await this.unary(call, { lectureId, pageSize, pageToken });
      yield* page.events;
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
  }

  /**
   * Follow the feed, for ever. Each record comes at least once, in order, with a token; a lost connection or a
   * restarted daemon is borne, and the subscription goes on after the last token. To go on in another process, store
   * the last token and start from it.
   *
   * Throws HISTORY_GONE when the token's feed is no more: list the events, then subscribe from now.
   */
  subscribe(options: SubscribeOptions = {}): AsyncGenerator<FeedRecord, void, undefined> {
    return follow((request) => this.events.subscribe(request), options);
  }

  /** Find moments, best first; `routes` of the answer says which routes could not look, and why. */
  search(query: Query, options: SearchOptions = {}): Promise<SearchResponse> {
    const request: SearchRequest = {
      query: queryOf(query),
      lectureIds: options.lectureIds ?? [],
      ...(options.k === undefined ? {} : { k: options.k }),
      routes: options.routes ?? [],
    };
    return this.unary(this.searching.search.bind(this.searching), request, options.deadlineS);
  }

  /** A lecture's notes as they stand: a section for each segment. UNKNOWN_LECTURE. */
  notes(lectureId: string): Promise<GetNotesResponse> {
    return this.unary(this.noting.getNotes.bind(this.noting), { lectureId });
  }

  /** A segment's key frame, JPEG. NO_PICTURE. */
  async picture(lectureId: string, segmentNumber: number): Promise<Buffer> {
    const call = this.noting.getPicture.bind(this.noting);
    return (await this.unary(call, { lectureId, segmentNumber })).jpeg;
  }

  /** The daemon's state. */
  status(): Promise<GetStatusResponse> {
    return this.unary(this.system.getStatus.bind(this.system), {});
  }

  private unary<Request, Response>(
    call: Unary<Request, Response>,
    request: Request,
    deadlineS: number = this.deadlineS,
  ): Promise<Response> {
    const deadline = Date.now() + deadlineS * 1000;
    return new Promise((resolve, reject) => {
      call(request, new Metadata(), { deadline }, (error, response) => {
        if (error) reject(decodeError(error));
        else resolve(response);
      });
    });
  }
}

function queryOf(query: Query): SearchRequest['query'] {
  if ('text' in query) return { $case: 'text', value: query.text };
  if ('image' in query) return { $case: 'image', value: Buffer.from(query.image) };
  return { $case: 'frame', value: query.frame };
}

function present(lecture: Lecture | undefined): Lecture {
  if (lecture === undefined) throw new TypeError('The reply holds no lecture; is this a Hallscribe daemon?');
  return lecture;
}
