// A scripted daemon in this process, for what a real one does too rarely to wait for.
import {
  type ServerDuplexStream,
  type ServerWritableStream,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { BadRequest, ErrorInfo, RetryInfo } from '../../src/generated/google/rpc/error_details.js';
import { Status } from '../../src/generated/google/rpc/status.js';
import {
  EventServiceService,
  type EventServiceServer,
  type SubscribeRequest,
  type SubscribeResponse,
} from '../../src/generated/hallscribe/v1/event.js';
import {
  FrameOutcome,
  IngestServiceService,
  type IngestServiceServer,
  type StreamFramesRequest,
  StreamFramesResponse,
} from '../../src/generated/hallscribe/v1/ingest.js';
import { ErrorReason, HallscribeClient } from '../../src/index.js';

/** An error as the daemon sends it. */
export function refusal(code: status, reason: string, message: string, retryAfterS?: number): ServiceError {
  const info = ErrorInfo.encode({ reason, domain: 'hallscribe', metadata: {} }).finish();
  const details = [{ typeUrl: 'type.googleapis.com/google.rpc.ErrorInfo', value: Buffer.from(info) }];
  if (retryAfterS !== undefined) {
    const delay = { seconds: Math.floor(retryAfterS), nanos: Math.round((retryAfterS % 1) * 1e9) };
    const value = Buffer.from(RetryInfo.encode({ retryDelay: delay }).finish());
    details.push({ typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value });
  }
  if (code === status.INVALID_ARGUMENT) {
    const violation = BadRequest.fromPartial({ fieldViolations: [{ field: 'k', description: 'too large' }] });
    const value = Buffer.from(BadRequest.encode(violation).finish());
    details.push({ typeUrl: 'type.googleapis.com/google.rpc.BadRequest', value });
  }
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', Buffer.from(Status.encode({ code, message, details }).finish()));
  return Object.assign(new Error(message), { code, details: message, metadata });
}

type FrameStream = ServerDuplexStream<StreamFramesRequest, StreamFramesResponse>;
type Subscription = ServerWritableStream<SubscribeRequest, SubscribeResponse>;

/** One lecture whose frames become durable at once, except as scripted. */
export class FakeDaemon {
  readonly outcomes = new Map<number, number>();
  readonly sizes: number[] = [];
  uid = 'A';
  credit = 2;
  streams = 0;
  /** The most frames beyond the last received position that ever arrived. */
  overrun = 0;
  /** End the stream with this error when this position arrives, before it is recorded or without acknowledging. */
  cut: { position: number; error: ServiceError; recorded: boolean } | undefined;
  subscriptions: SubscribeRequest[] = [];
  onSubscribe: (call: Subscription, attempt: number) => void = (call) => call.end();

  private current: FrameStream | undefined;
  private work: Promise<unknown> = Promise.resolve();
  private readonly server = new Server();
  private readonly folder = mkdtempSync(join(tmpdir(), 'hallscribe-fake-'));
  client!: HallscribeClient;

  static async start(): Promise<FakeDaemon> {
    const fake = new FakeDaemon();
    const ingest: Partial<IngestServiceServer> = { streamFrames: (call) => fake.streamFrames(call) };
    const events: Partial<EventServiceServer> = {
      subscribe: (call) => {
        fake.subscriptions.push(call.request);
        fake.onSubscribe(call, fake.subscriptions.length);
      },
    };
    fake.server.addService(IngestServiceService, ingest as IngestServiceServer);
    fake.server.addService(EventServiceService, events as EventServiceServer);
    const target = `unix://${join(fake.folder, 'sock')}`;
    await new Promise<void>((resolve, reject) => {
      fake.server.bindAsync(target, ServerCredentials.createInsecure(), (e) => (e ? reject(e) : resolve()));
    });
    fake.client = new HallscribeClient(target);
    return fake;
  }

  stop(): void {
    this.client.close();
    this.server.forceShutdown();
    rmSync(this.folder, { recursive: true });
  }

  get durable(): number {
    return this.outcomes.size;
  }

  /** End the stream that is open, as a daemon does that stops. */
  interrupt(error: ServiceError): void {
    const call = this.current!;
    call.removeAllListeners('data').removeAllListeners('end').resume();
    this.work = this.work.then(() => void call.emit('error', error));
  }

  private streamFrames(call: FrameStream): void {
    this.streams++;
    this.current = call;
    call.on('data', ({ payload }: StreamFramesRequest) => {
      if (payload?.$case === 'open') return this.opened(call);
      if (payload?.$case !== 'frame' || call.destroyed) return;
      const { position, image } = payload.value;
      this.overrun = Math.max(this.overrun, position - this.durable);
      if (this.cut?.position === position) return this.end(call, position, image.length);
      this.later(call, position, image.length);
    });
    call.on('end', () => {
      this.work = this.work.then(() => call.end());
    });
  }

  private opened(call: FrameStream): void {
    const opened = {
      nextPosition: this.durable + 1,
      maxImageBytes: 1000,
      wantedFramesPerSecond: 1,
      lectureUid: this.uid,
      lastMediaTimeS: this.durable,
    };
    call.write(StreamFramesResponse.fromPartial({ opened, ...this.standing() }));
  }

  private end(call: FrameStream, position: number, size: number): void {
    const { error, recorded } = this.cut!;
    this.cut = undefined;
    call.removeAllListeners('data').removeAllListeners('end').resume();
    this.work = this.work.then(() => {
      if (recorded) this.outcomes.set(position, size);
      call.emit('error', error);
    });
  }

  /** Frames take a while, one after the other, as a real daemon's do. */
  private later(call: FrameStream, position: number, size: number): void {
    this.work = this.work.then(() => sleep(2)).then(() => this.record(call, position, size));
  }

  private record(call: FrameStream, position: number, size: number): void {
    const duplicate = this.outcomes.has(position);
    if (!duplicate && position !== this.durable + 1) {
      call.emit('error', refusal(status.INVALID_ARGUMENT, 'POSITION_GAP', `position ${position}`));
      return;
    }
    if (!duplicate) this.outcomes.set(position, size);
    const outcome = position % 2 ? FrameOutcome.KEPT : FrameOutcome.REUSED;
    const reason = ErrorReason.UNSPECIFIED;
    const acknowledgements = [{ position, count: 1, outcome, reason, detail: '', duplicate }];
    call.write(StreamFramesResponse.fromPartial({ acknowledgements, ...this.standing() }));
  }

  private standing() {
    return { receivedPosition: this.durable, durablePosition: this.durable, credit: this.credit };
  }
}
