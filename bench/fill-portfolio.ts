// node --import tsx bench/fill-portfolio.ts <database URL> <accounts>: what a benchmark scans.
import { writePortfolio } from './dataset';

const [url, count] = process.argv.slice(2);
if (!url || !Number(count)) throw new Error('Give the URL of a database and a number of accounts.');
await writePortfolio(url, Number(count), new Date());
