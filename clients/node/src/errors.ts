// What a call can fail with: one error class, decoded from google.rpc.Status in the trailing metadata.
import { type ServiceError, status as StatusCode } from '@grpc/grpc-js';

import { BadRequest, ErrorInfo, RetryInfo } from './generated/google/rpc/error_details.js';
import { Status } from './generated/google/rpc/status.js';
import { ErrorReason } from './generated/hallscribe/v1/error.js';

/** Names of the reasons in the proto's ErrorReason enum. */
export type ReasonName = Exclude<keyof typeof ErrorReason, 'UNSPECIFIED' | 'UNRECOGNIZED'>;

/** Names of gRPC's status codes, such as `NOT_FOUND`. */
export type CodeName = keyof typeof StatusCode;

/** A request field at fault, and what is wrong with it. */
export interface FieldViolation {
  field: string;
  description: string;
}

/** Details of a {@link HallscribeError} beyond its code and message. */
export interface ErrorDetails {
  reason?: ReasonName | (string & {});
  retryAfterS?: number;
  fields?: FieldViolation[];
  cause?: unknown;
}

const DOMAIN = 'hallscribe';

/** A call was refused or failed; `message` says what happened, what was kept and what to do. */
export class HallscribeError extends Error {
  override readonly name = 'HallscribeError';
  /** gRPC's status code. */
  readonly code: CodeName;
  /** The stable name from ErrorReason; empty when the failure lies outside the daemon, such as a lost connection. */
  readonly reason: ReasonName | '' | (string & {});
  /** Seconds after which trying again makes sense; undefined when the daemon said nothing about it. */
  readonly retryAfterS: number | undefined;
  /** The request's fields at fault; empty unless the code is INVALID_ARGUMENT. */
  readonly fields: readonly FieldViolation[];

  constructor(code: CodeName, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.reason = details.reason ?? '';
    this.retryAfterS = details.retryAfterS;
    this.fields = details.fields ?? [];
  }

  /** True when the same stream may succeed later: the daemon is away, stopping, or asks to come back. */
  get temporary(): boolean {
    if (this.code === 'UNAVAILABLE' || this.retryAfterS !== undefined) return true;
    if (this.reason === 'SUBSCRIBER_SLOW' || this.reason === 'LIMIT_REACHED') return true;
    // A daemon that dies mid-stream can reset it before the transport notices; its own errors carry a reason.
    return this.reason === '' && (this.code === 'CANCELLED' || this.code === 'INTERNAL');
  }
}

/** Turn what grpc-js threw into a {@link HallscribeError}; anything else is given back as it is. */
export function decodeError(error: unknown): unknown {
  if (!isServiceError(error)) return error;
  const code = StatusCode[error.code] as CodeName;
  const message = error.details || error.message;
  const [packed] = error.metadata?.get('grpc-status-details-bin') ?? [];
  if (!Buffer.isBuffer(packed)) return new HallscribeError(code, message, { cause: error });
  return new HallscribeError(code, message, { ...decodeDetails(packed), cause: error });
}

function decodeDetails(packed: Buffer): ErrorDetails {
  const details: ErrorDetails = {};
  for (const { typeUrl, value } of Status.decode(packed).details) {
    const type = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
    if (type === 'google.rpc.ErrorInfo') {
      const info = ErrorInfo.decode(value);
      if (info.domain === DOMAIN) details.reason = info.reason;
    } else if (type === 'google.rpc.RetryInfo') {
      const delay = RetryInfo.decode(value).retryDelay;
      if (delay) details.retryAfterS = delay.seconds + delay.nanos / 1e9;
    } else if (type === 'google.rpc.BadRequest') {
      details.fields = BadRequest.decode(value).fieldViolations.map(({ field, description }) => ({
        field,
        description,
      }));
    }
  }
  return details;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}
