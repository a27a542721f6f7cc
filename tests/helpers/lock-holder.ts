// Another program on the same SQLite file: takes the write lock again and again, and holds it for as long as it is told.
// Arguments: the file, how long it holds the lock and how long it leaves it alone, in milliseconds. Prints how often.
import Database from 'better-sqlite3';

const [file = '', hold = '2000', leave = '200'] = process.argv.slice(2);
const db = new Database(file, { timeout: 30_000 });
process.stdout.write('ready 0\n');
process.stdin.resume();
for (let turn = 1; ; turn += 1) {
  db.exec('BEGIN IMMEDIATE');
  process.stdout.write(`held ${turn}\n`);
  await pause(Number(hold));
  db.exec('COMMIT');
  await pause(Number(leave));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
