import { describe, expect, it } from 'vitest';
import { AppError, databaseOutOfReach } from '../../lib/errors';

const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code });

describe('a database out of reach', () => {
  it.each([
    ['a server that stops', coded('57P01', 'terminating connection due to administrator command')],
    ['a server that starts', coded('57P03', 'the database system is starting up')],
    ['nobody who listens', coded('ECONNREFUSED')],
    ['a connection that broke', new Error('Connection terminated unexpectedly')],
    ['a pool that a stop has closed', new Error('Cannot use a pool after calling end on the pool')],
    ['a file that a stop has closed', new TypeError('The database connection is not open')],
    ['too many connections', coded('53300')],
    ['a standby', coded('25006')],
    ['a deadlock', coded('40P01')],
    ['another process that writes', coded('SQLITE_BUSY')],
    ['a snapshot of before', coded('SQLITE_BUSY_SNAPSHOT')],
    ['a disk that fails', coded('SQLITE_IOERR_WRITE')],
    ['Prisma without a connection', coded('P1001')],
    [
      'Prisma’s adapter',
      Object.assign(new Error('x'), { cause: { kind: 'SocketTimeout', originalCode: 'SQLITE_BUSY' } }),
    ],
    [
      'deep inside Prisma',
      Object.assign(coded('P2010'), { meta: { driverAdapterError: { cause: { originalCode: '57P01' } } } }),
    ],
  ])('is %s', (_, error) => {
    expect(databaseOutOfReach(error)).toMatchObject({ code: 'unavailable', retryable: true, retryAfterSeconds: 2 });
  });

  it.each([coded('SQLITE_FULL'), coded('53100')])('names a disk that is full', (error) => {
    expect(databaseOutOfReach(error)?.message).toBe('The disk of the database is full.');
  });

  it.each([
    ['a mistake of ours', new TypeError('undefined is not a function')],
    ['a double', coded('23505')],
    ['a statement that is wrong', coded('42601')],
    ['a constraint', coded('SQLITE_CONSTRAINT_UNIQUE')],
    ['a record that is not there', coded('P2025')],
    ['an answer of ours', new AppError('conflict', 'no')],
    ['a text', 'ECONNREFUSED'],
    ['nothing', null],
  ])('is not %s', (_, error) => {
    expect(databaseOutOfReach(error)).toBeNull();
  });

  it('is found out in an error that contains itself', () => {
    const error = coded('x') as Error & { cause?: unknown };
    error.cause = error;
    expect(databaseOutOfReach(error)).toBeNull();
  });
});
