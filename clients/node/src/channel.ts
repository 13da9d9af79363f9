// How the client talks to the daemon.
import type { ChannelOptions } from '@grpc/grpc-js';

import { EventServiceService } from './generated/hallscribe/v1/event.js';
import { LectureServiceService } from './generated/hallscribe/v1/lecture.js';
import { NotesServiceService } from './generated/hallscribe/v1/notes.js';
import { SearchServiceService } from './generated/hallscribe/v1/search.js';
import { SystemServiceService } from './generated/hallscribe/v1/system.js';

/** Calls that may be made twice without harm. Streams are not among them: they resume by position and token. */
const REPEATABLE = [
  LectureServiceService.getLecture,
  LectureServiceService.listLectures,
  LectureServiceService.finishLecture,
  EventServiceService.listEvents,
  SearchServiceService.search,
  NotesServiceService.getNotes,
  NotesServiceService.getPicture,
  SystemServiceService.getStatus,
];

const serviceConfig = {
  loadBalancingConfig: [],
  methodConfig: [
    {
      name: REPEATABLE.map(({ path }) => {
        const [, service, method] = path.split('/');
        return { service, method };
      }),
      retryPolicy: {
        maxAttempts: 5,
        initialBackoff: '0.2s',
        maxBackoff: '5s',
        backoffMultiplier: 2,
        retryableStatusCodes: ['UNAVAILABLE'],
      },
    },
  ],
};

/** Options of the channel. */
export const channelOptions: ChannelOptions = {
  'grpc.service_config': JSON.stringify(serviceConfig),
  // Notes of a long lecture and key frames are larger than the usual 4 MiB.
  'grpc.max_receive_message_length': 32 * 1024 * 1024,
  // A daemon that restarts is back within seconds; the usual two minutes between attempts would miss it.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
  // A proxy of the environment must not stand between a box and its own daemon.
  'grpc.enable_http_proxy': 0,
};
