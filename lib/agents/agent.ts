import { AppError, isAppError, publicMessage, UnknownTaskTypeError } from '../errors';
import type { Log } from '../ports';

/** What every task is told: the time it is, who asked, and when to stop. */
export interface AgentContext {
  now: Date;
  /** Who asked: `scheduler`, `api`, a person. */
  actor: string;
  signal: AbortSignal;
  log: Log;
  /** The run that a task of the whole portfolio belongs to. */
  runId?: string;
  /** Told after each step of a long task. */
  onProgress?: (progress: TaskProgress) => Promise<void>;
}

export interface TaskProgress {
  done: number;
  total: number;
  counts: Record<string, number>;
  errors: { accountId: string | null; code: string; message: string }[];
}

/** What a task that failed inside answers instead of throwing: the desk goes on. */
export interface FailedTask {
  taskType: string;
  error: string;
  errorCode: string;
  /** When another try may succeed, where whoever was asked said so. */
  retryAfterSeconds?: number;
  confidence: 'low';
  partial: true;
}

export type TaskResult<Result extends object> = ({ taskType: string } & Result) | FailedTask;

/** The task map of an agent: payload and result by task type. */
export type TaskMap = Record<string, { payload: object; result: object }>;

export interface TaskHandler<Payload, Result, Context extends AgentContext> {
  description: string;
  /** @throws AppError `invalid_input` naming the field. */
  parse(payload: unknown): Payload;
  handle(payload: Payload, context: Context): Promise<Result>;
}

/** One handler for every task type of the map: a type without a handler does not compile. */
export type HandlerRecord<Tasks extends TaskMap, Context extends AgentContext> = {
  [Type in keyof Tasks]: TaskHandler<Tasks[Type]['payload'], Tasks[Type]['result'], Context>;
};

/** The contract of an agent. */
export interface Agent<Tasks extends TaskMap, Context extends AgentContext = AgentContext> {
  readonly id: string;
  readonly capabilities: { type: string; description: string }[];
  /**
   * Routes a task by its type. A task that fails inside answers {@link FailedTask}.
   * @throws UnknownTaskTypeError for a type without a handler; AppError `invalid_input` for a payload that does not fit.
   */
  execute<Type extends keyof Tasks & string>(
    task: { type: Type } & Record<string, unknown>,
    context: Context,
  ): Promise<TaskResult<Tasks[Type]['result']>>;
  supports(type: string): type is keyof Tasks & string;
}

export function createAgent<Tasks extends TaskMap, Context extends AgentContext = AgentContext>(
  id: string,
  handlers: HandlerRecord<Tasks, Context>,
): Agent<Tasks, Context> {
  const types = Object.keys(handlers);
  return {
    id,
    capabilities: types.map((type) => ({ type, description: handlers[type as keyof Tasks].description })),
    supports: (type): type is keyof Tasks & string => Object.hasOwn(handlers, type),
    async execute(task, context) {
      const { type, ...payload } = task;
      if (!Object.hasOwn(handlers, type)) throw new UnknownTaskTypeError(String(type), types);
      const handler = handlers[type];
      const parsed = handler.parse(payload);
      try {
        return { taskType: type, ...(await handler.handle(parsed, context)) };
      } catch (error) {
        return failOpen(type, error, context);
      }
    },
  };
}

function failOpen(taskType: string, error: unknown, context: AgentContext): FailedTask {
  const errorCode = isAppError(error) ? error.code : 'internal';
  // A record that is not there is the caller's mistake, not a failure of the task.
  if (isAppError(error) && (error.code === 'not_found' || error.code === 'invalid_input')) throw error;
  const message = 'A task failed; the desk goes on without its result';
  // What has words for a person is known to happen; only a mistake of ours needs its trace.
  if (isAppError(error)) context.log.warn({ taskType, errorCode, reason: error.message }, message);
  else context.log.error({ taskType, errorCode, err: error }, message);
  const later = isAppError(error) ? error.retryAfterSeconds : undefined;
  return {
    taskType,
    error: publicMessage(error),
    errorCode,
    ...(later === undefined ? {} : { retryAfterSeconds: later }),
    confidence: 'low',
    partial: true,
  };
}

/** Throws where the task was told to stop: between two steps of a long one. */
export function checkStopped(signal: AbortSignal): void {
  if (signal.aborted) {
    throw new AppError('unavailable', 'The server is stopping; the task ends here and starts again with it.', {
      retryable: true,
    });
  }
}

/** Adds what a part of a task counted to the whole. */
export function addCounts<Name extends string>(to: Record<Name, number>, counts: Record<Name, number>): void {
  for (const name of Object.keys(counts) as Name[]) to[name] += counts[name];
}
