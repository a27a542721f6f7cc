// A process of its own that moves a SQLite file to PostgreSQL and kills itself, as a power cut would, when it tells of its
// progress for the given time. Says that it has begun.
import { writeSync } from 'node:fs';
import path from 'node:path';
import { moveToPostgres } from '../../lib/db/move';

const [from = '', to = '', chunkRows = '', killAt = ''] = process.argv.slice(2);
let calls = 0;
await moveToPostgres({
  from,
  to,
  prismaDirectory: path.resolve('prisma'),
  now: () => new Date(),
  chunkRows: Number(chunkRows),
  onProgress() {
    calls += 1;
    if (calls === 1) writeSync(1, 'begun\n');
    if (calls === Number(killAt)) process.kill(process.pid, 'SIGKILL');
  },
});
